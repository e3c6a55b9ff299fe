"""The files on the card of a client: the latest of them, and the place to drop new ones."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from clients.models import Attachment, Client
from clients.panels import Context, Panel, register
from clients.rules.file_types import ACCEPT

#: So many stand on the card; all of them have a page of their own.
LATEST = 6


def register_panel() -> None:
    """Called once, when the app is ready."""
    register(Panel("files", "right", "clients/panel_files.html", panel, order=60))


def panel(request: HttpRequest, client: Client) -> Context:
    """The latest files. Hidden with the contacts: then only their number is told. One query."""
    if client.hides_contacts:  # type: ignore[attr-defined]
        return {"files_hidden": Attachment.objects.present().filter(client=client).count()}
    return {**latest(client), **upload_terms()}


def latest(client: Client) -> dict[str, Any]:
    """The latest files of a client and whether there are more. One query."""
    rows = list(Attachment.objects.present().filter(client=client).select_related("uploaded_by")[: LATEST + 1])
    return {"files": rows[:LATEST], "has_more": len(rows) > LATEST}


def upload_terms() -> dict[str, Any]:
    """What is said before a file is chosen."""
    return {"max_size": settings.MAX_FILE_SIZE, "accept": ACCEPT}
