"""The files of a sale or an event: sent there, taken from what the client has already, taken away again."""

from functools import cached_property
from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.contact_privacy import hidden_contacts
from clients.file_panel import upload_terms
from clients.models import Client, Manager
from clients.views.files import ClientFiles
from crm.web import htmx
from crm.web.errors import DomainError
from crm.web.views import Access, ActionView, fetch, safe_next
from interactions import file_links
from interactions.file_links import Subject
from interactions.models import Event, SalesProcess

#: So many of the client's files are offered to be attached; the older ones are found on the client's page of files.
_OFFERED = 50


def files_of(subject: Subject, reader: Manager, *, editable: bool) -> dict[str, Any]:
    """What the box of files shows. Hidden with the contacts of the client: then only that is told. Two queries, or
    three for who may attach."""
    if hidden_contacts([subject.client], reader):
        return {"files_hidden": True}
    route = "process" if isinstance(subject, SalesProcess) else "event"
    return {
        "links": list(file_links.links_of(subject, reader)),
        "attachable": list(file_links.attachable(subject, reader)[:_OFFERED]) if editable else [],
        "files_editable": editable,
        "files_url": reverse(f"{route}-files", args=[subject.pk]),
        "files_of": subject,
        "remove_route": f"{route}-file-remove",
        **upload_terms(),
    }


class LinkedFiles(ClientFiles):
    """The box of files alone, and where files are sent to: new ones (``files``), or one of the client's
    (``attachment``).

    Class attributes:
        model: what the files belong to.
    """

    access = Access.SALES
    template_name = "interactions/linked_files.html"
    partial_template_name = "interactions/_linked_files.html"
    model: ClassVar[type[SalesProcess | Event]]

    @cached_property
    def subject(self) -> Any:
        user, rows = self.request.user, self.model.objects.select_related("client")
        allowed = self.model.objects.editable_by(user) if self.request.method == "POST" else None
        subject = fetch(rows.visible_to(user), allowed, pk=self.kwargs["pk"])
        if hidden_contacts([subject.client], user):
            raise Http404
        return subject

    @cached_property
    def client(self) -> Client:
        return self.subject.client

    def keep(self, client: Client, upload: UploadedFile) -> None:
        file_links.upload(subject=self.subject, upload=upload, by=self.request.user)  # type: ignore[arg-type]

    def get_title(self) -> str | Promise:
        return _("Files: %(subject)s") % {"subject": self.subject}

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        return [(str(self.subject), self.subject.get_absolute_url())]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        editable = self.model.objects.editable_by(self.request.user).filter(pk=self.subject.pk).exists()
        files = files_of(self.subject, self.request.user, editable=editable)  # type: ignore[arg-type]
        context = {"title": self.get_title(), "breadcrumbs": self.get_breadcrumbs()}
        return {
            **context,
            "view": self,
            "client": self.client,
            "refused": getattr(self, "refused", []),
            **files,
            **kwargs,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        chosen = request.POST.get("attachment", "")
        if not chosen:
            return super().post(request, *args, **kwargs)
        subject, self.refused = self.subject, []
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
            raise Http404
        attachment = fetch(file_links.attachable(subject, request.user), pk=int(chosen))  # type: ignore[arg-type]
        try:
            file_links.link(subject=subject, attachment=attachment)
        except DomainError as error:
            self.refused = [(attachment.name, str(error.message))]
        return self._answer(not self.refused)


class LinkedFileRemove(ActionView):
    """A file goes from a sale or an event; the client keeps it."""

    access = Access.SALES
    success_message = _("Taken away from here; the client still has it.")
    model: ClassVar[type[SalesProcess | Event]]

    def perform(self) -> HttpResponseBase | None:
        user, pk = self.request.user, self.kwargs["pk"]
        subject: Any = fetch(self.model.objects.visible_to(user), self.model.objects.editable_by(user), pk=pk)
        link = fetch(file_links.links_of(subject, user), pk=self.kwargs["link"])  # type: ignore[arg-type]
        file_links.unlink(subject=subject, link_id=link.pk)
        if htmx.wants_partial(self.request):
            return htmx.done("list-refresh")
        return htmx.redirect(self.request, safe_next(self.request) or subject.get_absolute_url())


class ProcessFiles(LinkedFiles):
    """Of a sale."""

    model = SalesProcess


class ProcessFileRemove(LinkedFileRemove):
    """Of a sale."""

    model = SalesProcess


class EventFiles(LinkedFiles):
    """Of an event."""

    model = Event


class EventFileRemove(LinkedFileRemove):
    """Of an event."""

    model = Event
