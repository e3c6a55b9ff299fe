"""Which column is what: where the headings stand, what they mean, and what was said of the same headings before."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from clients.importing.cells import RawRow
from clients.importing.registry import ImportField, as_text
from clients.models import ImportJob, ImportMapping, Manager
from crm import clock
from crm.web.text import fold

_NOT_WORDS = re.compile(r"[\W_]+")


def key_of(text: str) -> str:
    """A heading as it is compared: "E-mail:" is "e mail"."""
    return _NOT_WORDS.sub(" ", fold(text)).strip()


def known_headings(fields: Sequence[ImportField]) -> dict[str, str]:
    """What a heading may say → the field it means. The first field to claim a word keeps it."""
    known: dict[str, str] = {}
    for field in fields:
        for word in (str(field.label), field.key, *field.synonyms):
            known.setdefault(key_of(word), field.key)
    return known


def find_heading(rows: Sequence[RawRow], fields: Sequence[ImportField]) -> int:
    """The row in which the headings stand: the one with the most known ones; else the first with most cells filled.
    1C puts titles and blank rows above the table."""
    known = known_headings(fields)
    recognised = {row.line: sum(key_of(as_text(cell)) in known for cell in row.cells if cell != "") for row in rows}
    if recognised and max(recognised.values()) > 0:
        return max(recognised, key=lambda line: (recognised[line], -line))
    filled = {row.line: sum(cell != "" for cell in row.cells) for row in rows}
    return max(filled, key=lambda line: (filled[line], -line), default=1)


def guess(headers: Sequence[str], fields: Sequence[ImportField], before: Mapping[str, str]) -> dict[str, str]:
    """Column → field: as it was said before, else by the words of the heading. A field that takes one column gets the
    first that fits.

    Args:
        before: folded heading → field, "" where the column was passed over.
    """
    known, by_key = known_headings(fields), {field.key: field for field in fields}
    mapping: dict[str, str] = {}
    for number, header in enumerate(headers):
        word = key_of(header)
        # "Phone 2" is a phone.
        key = before.get(word, known.get(word) or known.get(word.rstrip(" 0123456789")))
        if key in by_key and (by_key[key].is_many or key not in mapping.values()):
            mapping[str(number)] = key
    return mapping


def remembered(owner: Manager, kind: str, headers: Sequence[str]) -> ImportMapping | None:
    """What this person said of a file with these headings."""
    return ImportMapping.objects.filter(owner=owner, kind=kind, signature=_signature(headers)).first()


def remember(job: ImportJob) -> None:
    """Keep what was said, for the next file with these headings."""
    ImportMapping.objects.update_or_create(
        owner=job.owner,
        kind=job.kind,
        signature=_signature(job.headers),
        defaults={"mapping": said(job), "options": job.options, "used_at": clock.now()},
    )


def said(job: ImportJob) -> dict[str, Any]:
    """Folded heading → field, "" where the column was passed over."""
    return {key_of(header): job.mapping.get(str(number), "") for number, header in enumerate(job.headers)}


def _signature(headers: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(key_of(header) for header in headers).encode()).hexdigest()
