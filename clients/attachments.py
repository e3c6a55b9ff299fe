"""The files of a client. One verb, one transaction; permission is the caller's (``readable_by``, ``editable_by``).

The bytes are written before the row, and taken away again if the row cannot be; what a killed process leaves behind,
and what was deleted a month ago, ``clients.file_cleaning`` removes.
"""

import hashlib
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from clients import contact_privacy
from clients.models import Attachment, Client, Manager
from clients.models.files import stored_name
from clients.querysets import AttachmentQuerySet
from clients.rules.file_types import HEAD, FileRefused, clean_name, recognise, renamed
from clients.storage import private_files
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError


def readable_by(reader: Manager) -> AttachmentQuerySet:
    """The files ``reader`` may read: those of clients he may see. A file may be full of phones: where the contacts are
    hidden from him, the files are too."""
    return _shown_to(reader).present()


def restorable_by(reader: Manager) -> AttachmentQuerySet:
    """The deleted files of the same clients."""
    return _shown_to(reader).filter(deleted_at__isnull=False)


def _shown_to(reader: Manager) -> AttachmentQuerySet:
    return Attachment.objects.visible_to(reader).exclude(contact_privacy.hidden_q(reader, "client__"))


def attach(*, client_id: int, upload: UploadedFile, by: Manager, comment: str = "", name: str = "") -> Attachment:
    """Keep a file for a client.

    Raises:
        DomainError: it is too large, of a type that is not taken, here already, or there is no room left.
        Conflict: the client does not exist any more.
    """
    try:
        name = clean_name(name or upload.name or "")
        _refuse_large(upload.size or 0)
        upload.seek(0)
        content_type = recognise(name, upload.read(HEAD))
    except FileRefused as refused:
        raise _refusal(refused) from None
    sha256 = hashlib.sha256()
    for chunk in upload.chunks():
        sha256.update(chunk)
    attachment = Attachment(
        client_id=client_id,
        name=name,
        comment=comment.strip(),
        content_type=content_type,
        size=upload.size,
        sha256=sha256.hexdigest(),
        uploaded_by=by,
    )
    storage = private_files()
    upload.seek(0)
    attachment.file.name = storage.save(stored_name(attachment, name), upload)
    try:
        with transaction.atomic():
            _lock(client_id)
            _refuse_double(attachment)
            _refuse_overflow(attachment)
            attachment.full_clean(exclude=["file", "client", "uploaded_by"])
            attachment.save()
    except BaseException:
        storage.delete(attachment.file.name)
        raise
    return attachment


@transaction.atomic
def update(*, attachment_id: int, name: str, comment: str) -> Attachment:
    """Give a file another name (its ending stays) and comment.

    Raises:
        DomainError: nothing is left of the name, or the client has the very same file under it.
        Conflict: the file was deleted meanwhile.
        ValidationError: the comment is too long.
    """
    attachment = _locked(attachment_id)
    if attachment.deleted_at is not None:
        raise Conflict(_("This file was deleted meanwhile."))
    try:
        attachment.name = renamed(attachment.name, name)
    except FileRefused as refused:
        raise _refusal(refused) from None
    attachment.comment = comment.strip()
    _refuse_double(attachment)
    attachment.full_clean(exclude=["file", "client", "uploaded_by"])
    attachment.save(update_fields=["name", "comment"])
    return attachment


@transaction.atomic
def delete(*, attachment_id: int, by: Manager) -> Attachment:
    """Put a file away; it can be brought back for a month. Done twice it is done once."""
    attachment = _locked(attachment_id)
    if attachment.deleted_at is None:
        attachment.deleted_at, attachment.deleted_by = clock.now(), by
        attachment.save(update_fields=["deleted_at", "deleted_by"])
    return attachment


@transaction.atomic
def restore(*, attachment_id: int) -> Attachment:
    """Bring a deleted file back.

    Raises:
        DomainError: the client has the same file again, or there is no room left.
        Conflict: it has been cleaned away.
    """
    attachment = _locked(attachment_id)
    if attachment.deleted_at is not None:
        _refuse_double(attachment)
        _refuse_overflow(attachment)
        attachment.deleted_at = attachment.deleted_by = None
        attachment.save(update_fields=["deleted_at", "deleted_by"])
    return attachment


def too_large() -> str:
    """What is said of a file that is too large."""
    return _("Too large: a file may have %(limit)s at most.") % {"limit": filesizeformat(settings.MAX_FILE_SIZE)}


def _refuse_large(size: int) -> None:
    if size > settings.MAX_FILE_SIZE:
        raise DomainError(too_large())


def _refuse_double(attachment: Attachment) -> None:
    same = Attachment.objects.present().filter(
        client=attachment.client_id, sha256=attachment.sha256, name=attachment.name
    )
    if same.exclude(pk=attachment.pk).exists():
        raise DomainError(_("This client has this very file already."), field="name")


def _refuse_overflow(attachment: Attachment) -> None:
    present = Attachment.objects.present().filter(client=attachment.client_id)
    total: dict[str, Any] = present.aggregate(size=Sum("size", default=0))
    if total["size"] + attachment.size > settings.MAX_CLIENT_FILES_SIZE:
        limit = filesizeformat(settings.MAX_CLIENT_FILES_SIZE)
        raise DomainError(_("No room left: all files of a client may have %(limit)s.") % {"limit": limit})


def _refusal(refused: FileRefused) -> DomainError:
    words = {
        "ending": _("Files of this type are not taken: documents, pictures, texts, letters, archives and calls are."),
        "content": _("This is not what its name says it is."),
        "empty": _("This file is empty."),
        "name": _("Give the file a name."),
    }
    return DomainError(words[refused.reason], field="name")


def _lock(client_id: int) -> Client:
    client = lock_clients([client_id]).get(client_id)
    if client is None:
        raise Conflict(_("This client does not exist any more."))
    return client


def _locked(attachment_id: int) -> Attachment:
    """The file with its client's row locked: two people cannot make the same double at once."""
    client_id = Attachment.objects.filter(pk=attachment_id).values_list("client_id", flat=True).first()
    if client_id is not None:
        _lock(client_id)
    attachment = Attachment.objects.select_for_update(of=("self",)).filter(pk=attachment_id).first()
    if attachment is None:
        raise Conflict(_("This file does not exist any more."))
    return attachment
