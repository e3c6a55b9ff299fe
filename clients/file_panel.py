"""The files on the card of a client: the latest of them, and the place to drop new ones."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest

from clients.card_rows import CLIENT, limited, number_of, register_count, rows_of
from clients.card_rows import register as register_rows
from clients.models import Attachment, Client
from clients.panels import Context, Panel, register
from clients.rules.file_types import ACCEPT

#: So many stand on the card; all of them have a page of their own.
LATEST = 6


def register_panel() -> None:
    """Called once, when the app is ready."""
    register_rows("files", _to_read, people=["uploaded_by"])
    register_count("number-of-files", lambda: Attachment.objects.present().filter(client=CLIENT))
    register(Panel("files", "right", "clients/panel_files.html", panel, order=60))


def panel(request: HttpRequest, client: Client) -> Context:
    """The latest files. Hidden with the contacts: then only their number is told."""
    if client.hides_contacts:  # type: ignore[attr-defined]
        return {"files_hidden": number_of(client, "number-of-files")}
    files = sorted(rows_of(client, "files"), key=lambda row: (row.uploaded_at, row.pk), reverse=True)
    return {**_first(files), **upload_terms()}


def latest(client: Client) -> dict[str, Any]:
    """The latest files of a client and whether there are more. One query."""
    return _first(Attachment.objects.present().filter(client=client).select_related("uploaded_by")[: LATEST + 1])


def _first(rows: Iterable[Attachment]) -> dict[str, Any]:
    found = list(rows)
    return {"files": found[:LATEST], "has_more": len(found) > LATEST}


def _to_read() -> QuerySet[Attachment]:
    return limited(Attachment.objects.present().filter(client=CLIENT), LATEST + 1)


def upload_terms() -> dict[str, Any]:
    """What is said before a file is chosen."""
    return {"max_size": settings.MAX_FILE_SIZE, "accept": ACCEPT}
