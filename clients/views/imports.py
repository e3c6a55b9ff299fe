"""Importing a file: sending it, saying what its columns are, looking at what will be, doing it, taking it back."""

from itertools import chain
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise, cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from clients.forms.imports import ColumnsForm, ReadingForm, UploadForm
from clients.importing import error_file, jobs, passes, reading, registry
from clients.importing.registry import ImportKind
from clients.importing.results import results
from clients.models import ImportJob, ImportRow
from crm import clock
from crm.web import htmx, marking
from crm.web.errors import DomainError
from crm.web.views import Access, ActionView, FormPage, ListPage, PageMixin, PageView, fetch

Status = ImportJob.Status


class ImportList(ListPage):
    """What one imported, the latest first; administrators see everybody's."""

    access = Access.SALES
    title = _("Imports")
    template_name = "clients/imports.html"
    partial_template_name = "clients/_imports.html"

    def get_queryset(self) -> QuerySet[ImportJob]:
        return jobs.visible_to(self.request.user)  # type: ignore[arg-type]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(kinds=registry.kinds_for(self.request.user), **kwargs)  # type: ignore[arg-type]
        for job in context["page"]:
            job.kind_label = _label(job)
        return context


class ImportCreate(FormPage):
    """Send a file. ``?mends=``: the mended file of errors of an import; ``?kind=``: what its rows are."""

    access = Access.SALES
    form_class = UploadForm
    submit_label = _("Next")

    @cached_property
    def mends(self) -> ImportJob | None:
        own = ImportJob.objects.filter(owner=self.request.user)
        pk = next(iter(marking.keys([self.request.GET.get("mends", "")])), None)
        return fetch(own, pk=pk) if pk is not None else None

    def get_title(self) -> str | Promise:
        return _("Send the mended file") if self.mends else _("Import a file")

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        crumbs: list[tuple[str | Promise, str]] = [(_("Imports"), reverse("import-list"))]
        return [*crumbs, (self.mends.name, self.mends.get_absolute_url())] if self.mends else crumbs

    def get_form_kwargs(self) -> dict[str, Any]:
        kinds = registry.kinds_for(self.request.user)  # type: ignore[arg-type]
        if self.mends:
            kinds = [kind for kind in kinds if kind.key == self.mends.kind]
        return {**super().get_form_kwargs(), "kinds": kinds}

    def get_initial(self) -> dict[str, Any]:
        return {"kind": self.request.GET.get("kind", "clients")}

    def get_form(self, form_class: Any = None) -> UploadForm:
        form = super().get_form(form_class)
        limit = {
            "limit": filesizeformat(settings.MAX_FILE_SIZE),
            "rows": number_format(reading.MOST_ROWS, force_grouping=True),
        }
        form.fields["file"].help_text += " " + gettext("At most %(limit)s and %(rows)s rows.") % limit
        return form

    def save(self, form: UploadForm) -> ImportJob:
        sent = form.cleaned_data
        return jobs.send(kind=sent["kind"], upload=sent["file"], by=self.request.user, mends=self.mends)  # type: ignore[arg-type]

    def get_success_url(self) -> str:
        return reverse("import-columns", args=[self.saved.pk])


class _OfImport:
    """Something about one import."""

    access = Access.SALES
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def job(self) -> ImportJob:
        return fetch(jobs.visible_to(self.request.user), pk=self.kwargs["pk"])  # type: ignore[arg-type]

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Imports"), reverse("import-list"))]


class _OwnImport(_OfImport):
    """Something only the sender does: the words of the answers are his, and the new entries too."""

    @cached_property
    def job(self) -> ImportJob:
        own = ImportJob.objects.filter(owner=self.request.user).select_related("owner")  # type: ignore[misc]
        return fetch(own, pk=self.kwargs["pk"])

    @cached_property
    def kind(self) -> ImportKind:
        kind = jobs.kind_of(self.job)
        if kind is None:
            raise Http404
        return kind


class ImportColumns(_OwnImport, FormPage):
    """What each column is, with its first cells, and what the kind asks; then the dry run begins."""

    template_name = "clients/import_columns.html"
    partial_template_name = None
    submit_label = _("Check")
    title = _("Columns")

    def get_title(self) -> str:
        return self.job.name

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.job.status not in jobs.OPEN:
            return htmx.redirect(request, self.job.get_absolute_url())
        return super().get(request, *args, **kwargs)

    def get_form(self, form_class: Any = None) -> ColumnsForm:
        job, data = self.job, self.request.POST if self.request.method == "POST" else None
        return ColumnsForm(
            data,
            headers=job.headers,
            fields=self.kind.fields(job.owner),
            options=self._options(data),
            initial={f"column_{number}": key for number, key in job.mapping.items()},
        )

    def _options(self, data: Any) -> Any:
        form_class, owner = self.kind.options_form, self.job.owner
        if data is not None:
            return form_class(data, user=owner)
        before = passes.options_form(self.job, self.kind)
        return before if self.job.options and before.is_valid() else form_class(user=owner)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(job=self.job, kind=self.kind, **kwargs)
        form, sample = context["form"], self.job.sample
        context["columns"] = list(zip(form, sample["cells"], strict=True))
        context["fields"] = self.kind.fields(self.job.owner)
        context["reading"] = ReadingForm(
            how=reading.reading_of(self.job), sheets=sample["sheets"], auto_id="reading_%s"
        )
        context["guessed"] = len(self.job.mapping)
        return context

    def save(self, form: ColumnsForm) -> ImportJob:
        # The options as they were sent: they are read again for every chunk, by the rights its owner has then.
        names = [name for name in form.options.fields if name in self.request.POST]
        sent = {name: self.request.POST.getlist(name) for name in names}
        return jobs.check(job=self.job, mapping=form.mapping, options=sent)


class ImportReading(_OwnImport, ActionView):
    """Read the file with other letters, another separator, sheet or row of headings."""

    def perform(self) -> str:
        form = ReadingForm(self.request.POST, how=reading.reading_of(self.job), sheets=self.job.sample["sheets"])
        if not form.is_valid():
            raise DomainError(" ".join(str(words) for words in next(iter(form.errors.values()))))
        jobs.read_again(job=self.job, how=form.reading())
        return reverse("import-columns", args=[self.job.pk])


class ImportDetail(_OfImport, PageView):
    """How far an import is, what would become of its rows, what became of them. ``?outcome=``: only such rows."""

    template_name = "clients/import.html"
    partial_template_name = "clients/_import.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.job.status == Status.MAPPING and self.job.owner_id == request.user.pk and jobs.kind_of(self.job):
            return htmx.redirect(request, reverse("import-columns", args=[self.job.pk]))
        return super().get(request, *args, **kwargs)

    def get_title(self) -> str:
        return self.job.name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job, now = self.job, clock.now()
        context = super().get_context_data(job=job, kind=jobs.kind_of(job), kind_label=_label(job), **kwargs)
        under_way = job.status in passes.UNDER_WAY
        context.update(
            under_way=under_way,
            is_stuck=passes.is_stuck(job, now),
            is_own=job.owner_id == self.request.user.pk,
            # Taking back goes through the written rows only.
            of=_written(job) if job.status == Status.UNDOING else job.total,
            may_undo=jobs.may_undo(job, now),
            undo_until=jobs.undo_until(job),
            writes=_written(job),
        )
        if not under_way and job.status in (Status.CHECKED, Status.DONE, Status.UNDONE):
            query = self.request.GET
            context.update(results(job, query.get("outcome", ""), query.get("page"), self.request.user))  # type: ignore[arg-type]
        return context


def _written(job: ImportJob) -> int:
    return int(job.counts.get("created", 0) + job.counts.get("updated", 0))


class ImportRun(_OwnImport, ActionView):
    """Import what was checked."""

    def perform(self) -> str:
        self.job = jobs.run(job=self.job)
        return self.job.get_absolute_url()

    def get_success_message(self) -> str | Promise:
        if self.job.status != Status.DONE:
            return _("The import is under way. You can leave this page.")
        number = _written(self.job)
        words = ngettext("%(count)d row is imported.", "%(count)d rows are imported.", number)
        return words % {"count": number}

    def get_undo_url(self) -> str:
        return reverse("import-undo", args=[self.job.pk]) if jobs.may_undo(self.job, clock.now()) else ""


class ImportUndo(_OfImport, ActionView):
    """Take back what was imported, where nobody has worked with it since."""

    def perform(self) -> str:
        self.job = jobs.undo(job=self.job)
        return self.job.get_absolute_url()

    def get_success_message(self) -> str | Promise:
        if self.job.status != Status.UNDONE:
            return _("It is being taken back. You can leave this page.")
        return _("The import is taken back.")


class ImportDiscard(_OwnImport, ActionView):
    """Forget a file that was not imported."""

    success_message = _("The file is forgotten.")

    def perform(self) -> str:
        jobs.discard(job=self.job)
        return reverse("import-list")


class ImportErrors(_OwnImport, PageMixin, View):
    """The refused rows (``?outcome=skipped``: those passed over) as a file to mend and send again.

    No export: it holds nothing but what this very person sent, and why it was not taken. So it needs no right to take
    lists out, and only the sender gets it.
    """

    http_method_names: ClassVar[list[str]] = ["get", "head", "options"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        job = self.job
        if job.status not in (Status.CHECKED, Status.DONE, Status.UNDONE):
            raise Http404
        skipped = request.GET.get("outcome") == ImportRow.Outcome.SKIPPED
        outcome = ImportRow.Outcome.SKIPPED if skipped else ImportRow.Outcome.REFUSED
        lines = error_file.lines(job, outcome, is_dry=job.status == Status.CHECKED)
        first = next(lines)  # made now, in the reader's language
        response = StreamingHttpResponse(chain([first], lines), content_type="text/csv")
        response.headers["Content-Disposition"] = content_disposition_header(
            as_attachment=True, filename=error_file.file_name(job)
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "private, no-store"
        return response


def _label(job: ImportJob) -> str | Promise:
    kind = jobs.kind_of(job)
    return kind.label if kind else job.kind
