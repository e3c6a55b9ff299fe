"""Doing something to many rows of a list: marking them, the job's page, the list of jobs, taking one back."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from clients.bulk import jobs
from clients.bulk.forms import BulkForm
from clients.bulk.outcome import asked, done_words, outcome, undone_words
from clients.bulk.registry import BulkAction, actions_of
from clients.models import BulkJob
from crm import clock
from crm.web import htmx
from crm.web.errors import DomainError
from crm.web.exports import ExportMixin
from crm.web.marking import keys
from crm.web.views import Access, ActionView, FormPage, ListPage, fetch


class BulkMixin:
    """A list whose rows can be marked: ``class ClientList(BulkMixin, DeskList)``.

    The marked rows are posted to the list's own address, filters and all, so that "all that match" is computed by the
    very filters that are on the screen. They are frozen in a job, and its page asks for the rest.

    ``?job=`` shows (and exports) the rows frozen in a job instead of those the filters find.

    Context: ``bulk`` (None where the reader is offered nothing): ``actions``, ``total`` (the count in words), ``page``.
    """

    request: HttpRequest

    @property
    def bulk_page(self) -> str:
        """The name of the list's route: its actions are registered under it."""
        return self.list_page  # type: ignore[attr-defined]

    @cached_property
    def bulk_actions(self) -> list[BulkAction]:
        return actions_of(self.bulk_page, self.request.user)  # type: ignore[arg-type]

    def get_rows(self) -> tuple[Any, QuerySet]:
        if "job" not in self.request.GET or not isinstance(self, ExportMixin):
            return super().get_rows()  # type: ignore[misc]
        pk = (keys([self.request.GET["job"]]) or [0])[0]
        ids = fetch(BulkJob.objects.filter(owner=self.request.user), pk=pk).ids
        return None, self.order(self.get_queryset().filter(pk__in=ids))  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)  # type: ignore[misc]
        page = context["page"]
        context["bulk"] = (
            {
                "actions": self.bulk_actions,
                "total": page.count_text,
                "page": self.bulk_page,
                "more": page.has_other_pages,
            }
            if self.bulk_actions and page.rows
            else None
        )
        return context

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Freeze what is marked, and go on to the job's page."""
        key = request.POST.get("action", "")
        action = next((action for action in self.bulk_actions if action.key == key), None)
        here = request.get_full_path()
        try:
            if action is None:
                raise DomainError(_("Choose what to do with the marked rows."))
            job = jobs.ask(action=action, ids=self.marked_ids(action), by=request.user, query=request.GET.urlencode())  # type: ignore[arg-type]
        except DomainError as refused:
            htmx.toast(request, str(refused), level=messages.ERROR)
            return htmx.redirect(request, here)
        return htmx.redirect(request, action.leads_to(job.pk, job.data["query"]) or job.get_absolute_url())

    def marked_ids(self, action: BulkAction) -> list[int]:
        """The keys of the rows that are marked, or of all that match; only of those the reader may see, in the list's
        order. One more than may be done at once, so that too many are noticed."""
        if self.request.POST.get("all"):
            rows = self.get_rows()[1]
            return list(rows.values_list("pk", flat=True)[: jobs.MOST + 1])
        wanted = keys(self.request.POST.getlist("rows"))[: jobs.MOST + 1]
        found = set(action.visible(self.request.user).filter(pk__in=wanted).values_list("pk", flat=True))  # type: ignore[arg-type]
        return [pk for pk in wanted if pk in found]


class _OfJob:
    """Something about one bulk job: its owner's alone."""

    access = Access.SALES
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def job(self) -> BulkJob:
        jobs_of_mine = BulkJob.objects.filter(owner=self.request.user).select_related("owner")
        return fetch(jobs_of_mine, pk=self.kwargs["pk"])  # type: ignore[misc]

    @cached_property
    def action(self) -> BulkAction:
        action = jobs.action_of(self.job)
        # What leads elsewhere at once (a file) is never asked about, and never done.
        if action is None or action.leads_to(self.job.pk, ""):
            raise Http404
        return action

    @property
    def list_url(self) -> str:
        """The list the rows were marked on, filtered as it was."""
        query = self.job.data.get("query", "")
        return reverse(self.job.page) + (f"?{query}" if query else "")


class BulkJobPage(_OfJob, FormPage):
    """What will be done to how many, and the action's form; once it is begun, how far it is and what came of it."""

    template_name = "clients/bulk_job.html"
    partial_template_name = "clients/_bulk_job.html"

    def get_title(self) -> str | Promise:
        return self.action.label

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Bulk actions"), reverse("bulk-list"))]

    def get_form_class(self) -> type[BulkForm]:
        return self.action.form_class

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user, "total": self.job.total}

    @property
    def submit_label(self) -> str | Promise:  # type: ignore[override]
        return self.action.label

    def get_cancel_url(self) -> str:
        return self.list_url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job, action, now = self.job, self.action, clock.now()
        context = super().get_context_data(job=job, list_url=self.list_url, **kwargs)
        context["words"] = action.count_words(job.total)
        if job.status == BulkJob.Status.ASKED:
            return {**context, "refused": job.total - jobs.allowed(job, action)}
        return {
            **context,
            "percent": job.done * 100 // job.total,
            "under_way": jobs.is_under_way(job),
            "is_stuck": jobs.is_stuck(job, now),
            "may_undo": jobs.may_undo(job, now),
            "undo_until": jobs.undo_until(job),
            "asked": asked(job, action),
            "outcome": outcome(job, action, job.owner),
        }

    def save(self, form: BulkForm) -> BulkJob:
        # The form as it was sent: it is read again for every chunk, by the rights its owner has then.
        sent = {name: self.request.POST.getlist(name) for name in form.fields if name in self.request.POST}
        return jobs.start(job=self.job, asked=sent)

    def form_invalid(self, form: BulkForm) -> HttpResponseBase:
        self.job.refresh_from_db()
        if self.job.status == BulkJob.Status.ASKED:
            return super().form_invalid(form)
        # Begun in another window: there is no form any more to stand the words at.
        htmx.toast(self.request, jobs.BEGUN, level=messages.ERROR)
        return htmx.redirect(self.request, self.job.get_absolute_url())

    def render_success(self) -> HttpResponseBase:
        job: BulkJob = self.saved
        everything = job.status == BulkJob.Status.DONE and job.changed == job.total
        return htmx.redirect(self.request, self.list_url if everything else job.get_absolute_url())

    def get_success_message(self) -> str | Promise:
        job: BulkJob = self.saved
        if job.status != BulkJob.Status.DONE:
            return _("It is being done. You can leave this page.")
        return done_words(job)

    def get_undo_url(self) -> str:
        return reverse("bulk-undo", args=[self.job.pk]) if jobs.may_undo(self.saved, clock.now()) else ""


class BulkUndo(_OfJob, ActionView):
    """Take back what was done, where nobody has changed it since."""

    def perform(self) -> str | None:
        job = jobs.undo(job=self.job)
        complete = job.status == BulkJob.Status.UNDONE and jobs.put_back(job) == job.changed
        return None if complete else job.get_absolute_url()

    def get_success_message(self) -> str | Promise:
        job = self.job
        if job.status != BulkJob.Status.UNDONE:
            return _("It is being taken back. You can leave this page.")
        return undone_words(job)


class BulkList(ListPage):
    """What one did to many rows, the latest first."""

    access = Access.SALES
    title = _("Bulk actions")
    template_name = "clients/bulk_list.html"
    partial_template_name = "clients/_bulk_list.html"

    def get_queryset(self) -> QuerySet[BulkJob]:
        jobs_of_mine = BulkJob.objects.filter(owner=self.request.user)  # type: ignore[misc]
        # What was frozen is long; a list of jobs does not show it.
        return jobs_of_mine.exclude(status=BulkJob.Status.ASKED).defer("ids", "answers", "before", "data")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for job in context["page"]:
            job.what = action.label if (action := jobs.action_of(job)) else job.action
        return context
