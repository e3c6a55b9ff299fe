"""The files of sales and events: files of their client that belong there too. One verb, one transaction; permission to
change the sale or the event is the caller's, what may be read of the files is said here.
"""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clients import attachments
from clients.models import Attachment, Manager
from clients.zoning import lock_clients
from crm.web.errors import Conflict
from interactions.models import Event, FileLink, SalesProcess

Subject = SalesProcess | Event


def links_of(subject: Subject, reader: Manager) -> QuerySet[FileLink]:
    """The files of a sale or an event that ``reader`` may read, the latest first. What is deleted is not among them;
    where the contacts of the client are hidden from him, none is."""
    readable = attachments.readable_by(reader).filter(client=subject.client_id)
    return (
        FileLink.objects.filter(**_of(subject), attachment__in=readable)
        .select_related("attachment__uploaded_by")
        .order_by("-attachment__uploaded_at", "-pk")
    )


def attachable(subject: Subject, reader: Manager) -> QuerySet[Attachment]:
    """The files of the client that are not here yet."""
    here = FileLink.objects.filter(**_of(subject)).values("attachment")
    return attachments.readable_by(reader).filter(client=subject.client_id).exclude(pk__in=here)


@transaction.atomic
def upload(*, subject: Subject, upload: UploadedFile, by: Manager, comment: str = "") -> FileLink:
    """Keep a new file for the client and attach it here.

    Raises:
        DomainError: as ``attachments.attach``.
        Conflict: the client, the sale or the event does not exist any more.
    """
    attachment = attachments.attach(client_id=subject.client_id, upload=upload, by=by, comment=comment)
    return link(subject=subject, attachment=attachment)


@transaction.atomic
def link(*, subject: Subject, attachment: Attachment) -> FileLink:
    """Attach a file the client has already. Done twice it is done once.

    Raises:
        Conflict: the file was deleted meanwhile, or the sale or the event is gone or another client's now.
    """
    lock_clients([subject.client_id])
    if not type(subject)._default_manager.filter(pk=subject.pk, client=attachment.client_id).exists():
        raise Conflict(_("This file is another client's."))
    if not Attachment.objects.present().filter(pk=attachment.pk).exists():
        raise Conflict(_("This file was deleted meanwhile."))
    return FileLink.objects.get_or_create(attachment=attachment, **_of(subject))[0]


def unlink(*, subject: Subject, link_id: int) -> None:
    """Take a file from here; the client keeps it. Done twice it is done once."""
    FileLink.objects.filter(pk=link_id, **_of(subject)).delete()


def _of(subject: Subject) -> dict[str, Any]:
    return {"process_id" if isinstance(subject, SalesProcess) else "event_id": subject.pk}
