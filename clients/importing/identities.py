"""What the rows of a pass are known by, kept between its chunks in the database and within one in memory."""

import hashlib
from collections.abc import Iterable

from clients.models import ImportIdentity, ImportJob

_BATCH = 500


class StoredIdentities:
    """See ``registry.Identities``. What is added is written by ``keep``: after the chunk, whether it was rolled back
    (a dry run) or not."""

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._known: dict[str, int] = {}
        self._new: dict[str, int] = {}

    def load(self, keys: Iterable[str]) -> None:
        """Read what is remembered of these keys."""
        digests = list({_digest(key) for key in keys} - self._known.keys())
        for start in range(0, len(digests), _BATCH):
            rows = ImportIdentity.objects.filter(job=self._job, digest__in=digests[start : start + _BATCH])
            self._known.update(rows.values_list("digest", "line"))

    def line(self, key: str) -> int | None:
        """The row that was first to add this key."""
        return self._known.get(_digest(key))

    def add(self, key: str, line: int) -> None:
        """Remember it; what is remembered already stays."""
        digest = _digest(key)
        if digest not in self._known:
            self._known[digest] = self._new[digest] = line

    def keep(self) -> None:
        """Write down what was added."""
        rows = [ImportIdentity(job=self._job, digest=digest, line=line) for digest, line in self._new.items()]
        ImportIdentity.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)
        self._new.clear()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]
