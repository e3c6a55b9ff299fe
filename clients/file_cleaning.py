"""Files nobody can reach any more: deleted a month ago, or left behind without a row."""

import datetime as dt
from collections.abc import Iterator
from itertools import islice

from django.core.files.storage import Storage
from django.db.models import QuerySet

from clients.models import Attachment, ImportJob
from clients.storage import private_files
from crm import clock

#: So long a deleted file can be brought back.
KEPT = dt.timedelta(days=30)
#: Bytes without a row may be an upload that is under way.
UNDER_WAY = dt.timedelta(days=1)
_BATCH = 500


def clean_files(*, now: dt.datetime | None = None) -> tuple[int, int]:
    """Remove what was deleted long ago, and bytes without a row. May be broken off and run again at any time.

    Returns:
        How many deleted files, and how many left behind, are gone.
    """
    now = now or clock.now()
    of_rows = (("files", Attachment.objects.all()), ("imports", ImportJob.objects.all()))
    left = sum(_clean_orphans(folder, rows, now - UNDER_WAY) for folder, rows in of_rows)
    return _clean_deleted(now - KEPT), left


def _clean_deleted(before: dt.datetime) -> int:
    storage, gone = private_files(), 0
    while rows := list(
        Attachment.objects.filter(deleted_at__lt=before).order_by("pk").values_list("pk", "file")[:_BATCH]
    ):
        # The rows first: bytes without a row are found again, a row without its bytes would be a broken link. Those
        # brought back meanwhile stay.
        ids = [pk for pk, _ in rows]
        Attachment.objects.filter(pk__in=ids, deleted_at__lt=before).delete()
        kept = set(Attachment.objects.filter(pk__in=ids).values_list("pk", flat=True))
        for pk, name in rows:
            if pk not in kept:
                storage.delete(name)
                gone += 1
    return gone


def _clean_orphans(folder: str, rows: QuerySet, before: dt.datetime) -> int:
    storage, gone = private_files(), 0
    found = _names(storage, folder)
    while names := list(islice(found, _BATCH)):
        known = set(rows.filter(file__in=names).values_list("file", flat=True))
        for name in set(names) - known:
            if storage.get_modified_time(name) < before:
                storage.delete(name)
                gone += 1
    return gone


def _names(storage: Storage, top: str) -> Iterator[str]:
    """All files that lie there, folder by folder."""
    if not storage.exists(top):
        return
    for folder in sorted(storage.listdir(top)[0]):
        for name in storage.listdir(f"{top}/{folder}")[1]:
            yield f"{top}/{folder}/{name}"
