"""The files of a client: the list, sending new ones, reading one, its name, deleting and bringing back."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from clients import attachments
from clients.contact_privacy import hidden_contacts
from clients.file_panel import latest, upload_terms
from clients.forms.files import AttachmentForm
from clients.models import Attachment, Client
from clients.rules.file_types import SHOWN_TYPES
from clients.storage import private_files
from clients.views.card import crumbs_of
from crm.web import htmx
from crm.web.errors import DomainError
from crm.web.pagination import paginate
from crm.web.views import Access, ActionView, FormPage, PageMixin, PageView, fetch, safe_next

#: So many are taken at once.
_AT_ONCE = 20


class ClientFiles(PageView):
    """All files of one client; new ones are sent here too. ``?latest``: only those that stand on the card."""

    access = Access.SALES
    title = _("Files")
    template_name = "clients/files.html"
    partial_template_name = "clients/_files.html"
    #: What was not taken: (name, why).
    refused: list[tuple[str, str]]

    @cached_property
    def client(self) -> Client:
        user, pk = self.request.user, self.kwargs["pk"]
        if self.request.method == "POST":
            client = fetch(Client.objects.known_to(user), Client.objects.editable_by(user), pk=pk)
        else:
            client = fetch(Client.objects.visible_to(user), pk=pk)
        if hidden_contacts([client], user):
            raise Http404
        return client

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        return crumbs_of(self.client)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        client, user = self.client, self.request.user
        context = super().get_context_data(
            client=client,
            editable=Client.objects.editable_by(user).filter(pk=client.pk).exists(),
            refused=getattr(self, "refused", []),
            **upload_terms(),
            **kwargs,
        )
        if "latest" in self.request.GET:
            return {**context, **latest(client)}
        rows = client.attachments.present().select_related("uploaded_by")
        page = paginate(rows, self.request.GET.get("page"))
        return {**context, "page": page, "files": page.rows, "is_whole": True}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Each file is taken or refused by itself: the good ones are kept whatever the others are."""
        client, uploads = self.client, request.FILES.getlist("files")
        self.refused = [(upload.name or "", gettext("Too many at once.")) for upload in uploads[_AT_ONCE:]]
        kept = 0
        for upload in uploads[:_AT_ONCE]:
            try:
                self.keep(client, upload)
                kept += 1
            except DomainError as error:
                self.refused.append((upload.name or "", str(error.message)))
        if not uploads:
            self.refused = [("", gettext("Choose a file."))]
        if kept:
            words = ngettext("%(count)d file is kept.", "%(count)d files are kept.", kept) % {"count": kept}
            htmx.toast(request, words)
        return self._answer(bool(kept))

    def keep(self, client: Client, upload: UploadedFile) -> None:
        """Keep one of the files that were sent.

        Raises:
            DomainError: it is not taken.
        """
        attachments.attach(client_id=client.pk, upload=upload, by=self.request.user)  # type: ignore[arg-type]

    def _answer(self, has_kept: bool) -> HttpResponseBase:
        status = 422 if self.refused else 200
        if htmx.wants_partial(self.request):
            context = {"refused": self.refused}
            response = TemplateResponse(self.request, ["clients/_upload_answer.html"], context, status=status)
            if has_kept:
                response["HX-Trigger"] = "list-refresh"
            return response
        if self.refused:
            return self.render_to_response(self.get_context_data(), status=status)
        return htmx.redirect(self.request, safe_next(self.request) or self.request.get_full_path())


class AttachmentDownload(PageMixin, View):
    """The file itself, to those who may read it. With ``?show=1`` pictures and PDFs open in the browser.

    Never as a page of ours: its type is the one that was recognised, and a sandbox holds whatever it may be.
    """

    access = Access.SALES

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        attachment = get_object_or_404(attachments.readable_by(request.user), pk=pk)  # type: ignore[arg-type]
        is_shown = request.GET.get("show") == "1" and attachment.content_type in SHOWN_TYPES
        try:
            content = private_files().open(attachment.file.name)
        except FileNotFoundError:
            raise Http404 from None
        response = FileResponse(
            content, as_attachment=not is_shown, filename=attachment.name, content_type=attachment.content_type
        )
        response["Content-Security-Policy"] = _POLICY_OF_PDF if _is_pdf(attachment) and is_shown else _POLICY
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
#: A browser's own reader of PDFs does not open in a sandbox; scripts in a PDF do not reach our pages.
_POLICY_OF_PDF = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"


def _is_pdf(attachment: Attachment) -> bool:
    return attachment.content_type == "application/pdf"


class OfAttachment:
    """A view about one file the user may change: 404 for files he may not read, 403 for those he may only read."""

    @cached_property
    def attachment(self) -> Attachment:
        user = self.request.user  # type: ignore[attr-defined]
        rows = self.get_rows().select_related("client")
        return fetch(rows, Attachment.objects.editable_by(user), pk=self.kwargs["pk"])  # type: ignore[attr-defined]

    def get_rows(self) -> QuerySet[Attachment]:
        return attachments.readable_by(self.request.user)  # type: ignore[attr-defined]

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        client = self.attachment.client
        return [*crumbs_of(client), (_("Files"), reverse("client-files", args=[client.pk]))]

    def get_success_url(self) -> str:
        here = reverse("client-files", args=[self.attachment.client_id])
        return safe_next(self.request) or here  # type: ignore[attr-defined]

    get_return_url = get_success_url


class AttachmentUpdate(OfAttachment, FormPage):
    """Its name and comment."""

    access = Access.SALES
    title = _("Name and comment")
    form_class = AttachmentForm
    submit_label = _("Save")
    success_message = _("Saved.")

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.attachment.name, "comment": self.attachment.comment}

    def save(self, form: AttachmentForm) -> Attachment:
        return attachments.update(attachment_id=self.attachment.pk, **form.cleaned_data)

    def render_success(self) -> HttpResponseBase:
        if htmx.wants_partial(self.request):
            return htmx.done("drawer-close", "list-refresh")
        return super().render_success()


class _AttachmentAction(OfAttachment, ActionView):
    access = Access.SALES

    def done(self) -> HttpResponseBase | None:
        """The lists on the page read themselves anew."""
        return htmx.done("list-refresh") if htmx.wants_partial(self.request) else None


class AttachmentDelete(_AttachmentAction):
    """Put away; it can be brought back for a month."""

    def perform(self) -> HttpResponseBase | None:
        attachments.delete(attachment_id=self.attachment.pk, by=self.request.user)  # type: ignore[arg-type]
        return self.done()

    def get_success_message(self) -> str:
        return gettext("%(name)s is deleted.") % {"name": self.attachment.name}

    def get_undo_url(self) -> str:
        return reverse("attachment-restore", args=[self.attachment.pk])


class AttachmentRestore(_AttachmentAction):
    """Brought back."""

    success_message = _("The file is back.")

    def get_rows(self) -> QuerySet[Attachment]:
        return attachments.restorable_by(self.request.user)  # type: ignore[arg-type]

    def perform(self) -> HttpResponseBase | None:
        attachments.restore(attachment_id=self.attachment.pk)
        return self.done()
