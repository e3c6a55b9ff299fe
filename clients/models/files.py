"""Files of a client: in private storage, served only to those who may see the client."""

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients import querysets
from clients.models.client import Client
from clients.models.people import Manager
from clients.storage import private_files
from crm import clock


def stored_name(attachment: "Attachment", filename: str) -> str:
    """Where a file lies: a random name, so that nothing of what was typed reaches the file system."""
    name = uuid.uuid4().hex
    return f"files/{name[:2]}/{name}"


class Attachment(models.Model):
    """One file of a client. ``name`` is what people call it; on the disk it has a random name."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="attachments", verbose_name=_("client"))
    file = models.FileField(_("file"), upload_to=stored_name, storage=private_files, max_length=200)
    name = models.CharField(_("name"), max_length=255)
    comment = models.CharField(_("comment"), max_length=200, blank=True)
    #: What it really is, found out from its beginning; never what the browser said.
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("in bytes"))
    sha256 = models.CharField(max_length=64, editable=False)
    uploaded_by = models.ForeignKey(
        Manager, models.PROTECT, related_name="attachments", editable=False, verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded"), default=clock.now, editable=False)
    #: Deleted by somebody: it can be brought back until the file itself is cleaned away.
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)
    deleted_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("deleted by")
    )

    objects = querysets.AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="attachment_named"),
            models.CheckConstraint(condition=Q(size__gt=0), name="attachment_not_empty"),
            models.UniqueConstraint(
                fields=["client", "sha256", "name"],
                name="attachment_once_per_client",
                condition=Q(deleted_at__isnull=True),
                violation_error_message=_("This client has this very file already."),
            ),
        ]
        indexes = [
            # The files of a card.
            models.Index(
                fields=["client", "-uploaded_at"], name="attachment_of_client", condition=Q(deleted_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("attachment-download", args=[self.pk])
