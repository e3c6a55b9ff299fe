"""The nightly runs: the monitor, one night, an administrator's word on it, undoing it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Department
from crm import clock
from crm.web import htmx
from crm.web.errors import DomainError
from crm.web.exports import ExportMixin, csv_response
from crm.web.tags.times import on_day
from crm.web.views import Access, ActionView, FormPage, ListPage, PageView, fetch, safe_next
from exchange import night_selectors as nights
from exchange.alarms import next_run_time, state_for
from exchange.models import Decision, Detachment, NightlyRun, Proposal
from exchange.night import deciding
from exchange.night_forms import UndoForm
from exchange.selectors import waiting_count_now
from exchange.undo import Undone, undo, undo_one

#: So many clients an answer names; the page of the night shows them all.
_NAMED = 5


class NightList(ListPage):
    """The last nights, those that are missing among them."""

    access = Access.HEAD
    title = _("Nights")
    template_name = "exchange/nights.html"
    partial_template_name = "exchange/_nights.html"
    page_size = 30

    def get_queryset(self) -> QuerySet[NightlyRun]:
        return nights.monitored()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page = context["page"]
        state = state_for(self.request.user)
        missed = state.missed if state and page.number == 1 else None
        rows = nights.with_gaps(page.rows, missed)
        highest = max((run.detached for run in page.rows), default=0)
        return context | {
            "nights": rows,
            "missed": missed,
            "next_run": next_run_time(clock.now()),
            "bars": list(_bars(page.rows[::-1], highest)),
            "highest": highest,
        }


#: Of the little chart: the width of a night, its bar, the height of the highest bar.
_STEP, _BAR, _HEIGHT = 10, 8, 40


def _bars(runs: Sequence[NightlyRun], highest: int) -> Iterator[dict[str, Any]]:
    for number, run in enumerate(runs):
        height = max(1, round(_HEIGHT * run.detached / highest)) if run.detached else 0
        yield {"x": number * _STEP, "y": _HEIGHT - height, "width": _BAR, "height": height, "run": run}


class _OfNight:
    """Pages and actions of one night."""

    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def run(self) -> NightlyRun:
        return get_object_or_404(NightlyRun.objects.select_related("decided_by"), pk=self.kwargs["pk"])

    @cached_property
    def terms(self) -> nights.UndoTerms:
        return nights.undo_terms()

    @property
    def url(self) -> str:
        return reverse("night-detail", args=[self.run.pk])

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Nights"), reverse("night-list"))]

    def get_title(self) -> str:
        return gettext("Night of %(day)s") % {"day": on_day(self.run.date)}

    def progress(self) -> dict[str, Any] | None:
        """How far the job is that takes the confirmed clients, or gives many back; None when none is at work."""
        run = self.run
        if nights.is_being_taken(run):
            proposals = Proposal.objects.filter(run=run)
            total, left = proposals.count(), proposals.open().count()
            return {"title": _("Clients leave for the exchange"), "done": total - left, "total": total}
        if "undoing" in self.request.GET:
            rows = nights.detachments_of(run, self.request.user)
            if left := self.terms.open_detachments(rows).count():
                total = rows.count()
                return {"title": _("Clients are given back"), "done": total - left, "total": total}
        return None


Cells = Callable[[Any], Iterable[Any]]


class NightDetail(_OfNight, ListPage):
    """One night: what it did, and the clients behind each number, a page at a time."""

    access = Access.HEAD
    template_name = "exchange/night.html"
    partial_template_name = "exchange/_night_rows.html"
    tabs = ("left", "kept", "warned", "parked")

    @property
    def tab(self) -> str:
        wanted = self.request.GET.get("tab", "")
        return wanted if wanted in self.tabs else "left"

    @cached_property
    def department(self) -> Department | None:
        """The department whose part is shown, with all below it."""
        wanted = self.request.GET.get("department", "")
        if not wanted.isdecimal() or len(wanted) > 18:
            return None
        return Department.objects.visible_to(self.request.user).filter(pk=wanted).first()

    @cached_property
    def lists(self) -> dict[str, QuerySet]:
        """What stands behind each tab, of what this reader answers for."""
        run, user = self.run, self.request.user
        return {
            "left": nights.leaving_of_night(run, user),
            "kept": nights.kept_in_night(run, user),
            "warned": nights.warned_in_night(run, user),
            "parked": nights.parked_in_night(run),
        }

    def get_queryset(self) -> QuerySet:
        rows = self.lists[self.tab]
        if self.department and self.tab == "left":
            rows = rows.filter(department__path__startswith=self.department.path)
        return rows

    def shown(self, rows: Sequence[Any]) -> list[Any]:
        """The rows of a page as the template wants them."""
        user = self.request.user
        if self.tab == "left":
            return nights.left_rows(rows, self.run, user, self.terms)
        if self.tab == "parked":
            # A parked client of another department is a number; its error may tell what stands in it.
            ids = [row.client_id for row in rows]
            visible = set(Client.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
            return [{"parked": row, "is_visible": row.client_id in visible} for row in rows]
        return list(rows)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        is_partial = htmx.wants_partial(self.request)
        context |= {
            "run": self.run,
            "tab": self.tab,
            "rows": self.shown(context["page"].rows),
            "department": self.department,
            "has_plan": nights.has_plan(self.run),
            "is_asking": self.run.decision == Decision.ASKED,
        }
        return context if is_partial else context | self._around()

    def _around(self) -> dict[str, Any]:
        """What stands around the list."""
        run, user = self.run, self.request.user
        words = {
            "left": _("Would leave") if run.decision in _NOBODY_LEFT else _("Left"),
            "kept": pgettext_lazy("exchange", "Kept"),
            "warned": _("Warned"),
            "parked": _("Parked"),
        }
        found = nights.parts(run, user, self.terms)
        may_decide = run.decision == Decision.ASKED and Access.ADMIN.allows(user)
        leaving = Proposal.objects.open().still_due().filter(run=run).count() if may_decide else 0
        return {
            "night": nights.Night(run=run),
            "tabs": [(key, words[key], rows.order_by().count()) for key, rows in self.lists.items()],
            "parts": found,
            "terms": self.terms,
            "progress": self.progress(),
            "undoing": "undoing" in self.request.GET,
            "may_decide": may_decide,
            "leaving": leaving,
            "confirm_words": _confirm_words(leaving),
            "confirm_label": _confirm_label(leaving),
            "reject_words": gettext(
                "Reject this night? Nobody leaves by it. The next night looks anew, and asks again if it must."
            ),
        }


#: Decisions by which nobody left (yet).
_NOBODY_LEFT = (Decision.ASKED, Decision.REJECTED, Decision.SUPERSEDED)


def _confirm_label(leaving: int) -> str:
    words = ngettext("Let %(count)d client leave", "Let %(count)d clients leave", leaving)
    return words % {"count": leaving}


def _confirm_words(leaving: int) -> str:
    words = ngettext(
        "Let %(count)d client leave for the exchange? It stays if it gets a contact before its turn comes, or if "
        "something holds it by then.",
        "Let %(count)d clients leave for the exchange? Those that get a contact before their turn comes, or that "
        "something holds by then, stay.",
        leaving,
    )
    return words % {"count": leaving}


class NightExport(ExportMixin, NightDetail):
    """The list of one tab as CSV."""

    export_label = _("A night")

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        header, cells = _COLUMNS[self.tab]
        batches = nights.in_batches(self.get_queryset())
        rows = (cells(row) for batch in batches for row in self.shown(batch))
        return csv_response(request, f"night-{self.run.date}-{self.tab}", header, rows)


def _left_cells(row: nights.LeftRow) -> Iterable[Any]:
    return (
        row.client, row.client.city, row.manager, row.department or "", row.clock_date, row.due_on,
        row.last_contact_on, row.state,
    )  # fmt: skip


def _kept_cells(row: Any) -> Iterable[Any]:
    return (
        row.client, row.client.city, row.manager, row.manager.department or "", row.clock_date,
        row.get_kind_display(), row.label, row.since, row.until,
    )  # fmt: skip


def _warned_cells(row: Any) -> Iterable[Any]:
    return (
        row.client, row.client.city, row.manager, row.manager.department or "", row.leaves_on, row.level,
        row.deputy or "", row.head or "",
    )  # fmt: skip


def _parked_cells(row: dict[str, Any]) -> Iterable[Any]:
    parked = row["parked"]
    if not row["is_visible"]:
        return (gettext("a client of another department"), "", parked.step_words, parked.parked_at, "")
    return (parked.client, parked.client.manager or "", parked.step_words, parked.parked_at, parked.error)


_WHO = [_("Client"), _("City"), _("Manager"), _("Department")]
_COLUMNS: dict[str, tuple[list[Any], Cells]] = {
    "left": ([*_WHO, _("Clock date"), _("Due since"), _("Last contact"), _("What became of it")], _left_cells),
    "kept": ([*_WHO, _("Clock date"), _("Held by"), _("What"), _("Since"), _("Until")], _kept_cells),
    "warned": ([*_WHO, _("Leaves on"), _("Days before"), _("Deputy"), _("Head")], _warned_cells),
    "parked": ([_("Client"), _("Manager"), _("Step"), _("When"), _("Error")], _parked_cells),
}


class NightProgress(_OfNight, PageView):
    """How far the job is; asks for itself every two seconds, and has the page drawn anew when the job is done."""

    access = Access.HEAD
    template_name = "exchange/_night_progress.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        progress = self.progress()
        if progress is None:
            return htmx.redirect(request, self.url)
        return self.render_to_response(
            self.get_context_data(run=self.run, progress=progress, undoing="undoing" in request.GET)
        )


class _Decide(_OfNight, ActionView):
    """An administrator's word on a night."""

    access = Access.ADMIN

    def get_return_url(self) -> str:
        return self.url


class NightConfirm(_Decide):
    """Let the proposed clients leave: a job does it."""

    success_message = _("Confirmed: the clients leave now.")

    def perform(self) -> None:
        deciding.confirm(run_id=self.run.pk, by=self.request.user)


class NightReject(_Decide):
    """Nobody leaves by this night."""

    success_message = _("Rejected: nobody leaves by this night.")

    def perform(self) -> None:
        deciding.reject(run_id=self.run.pk, by=self.request.user)


class NightUndo(_OfNight, FormPage):
    """Give the clients of a night back, or a department's part of them. A head: those of his people."""

    access = Access.HEAD
    form_class = UndoForm
    submit_label = _("Give back")

    def get_title(self) -> str:
        return gettext("Undo the night of %(day)s") % {"day": on_day(self.run.date)}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [*super().get_breadcrumbs(), (_OfNight.get_title(self), self.url)]

    @cached_property
    def parts(self) -> list[nights.Part]:
        return nights.parts(self.run, self.request.user, self.terms)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"parts": self.parts}

    def get_initial(self) -> dict[str, Any]:
        return {"department": self.request.GET.get("department", "")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(run=self.run, whole=self.parts[0], terms=self.terms, **kwargs)

    def save(self, form: UndoForm) -> Undone | int:
        """What was done, or how many clients a job gives back."""
        if self.terms.days is None:
            raise DomainError(_("Undo is switched off."))
        department = form.cleaned_data["department"]
        rows = nights.to_undo(self.run, self.request.user, department)
        number = self.terms.open_detachments(rows).count()
        if not number:
            raise DomainError(_("There is nobody to give back: all were claimed or given back, or it is too late."))
        if number > nights.UNDO_AT_ONCE:
            from exchange.tasks import undo_night

            undo_night.delay_on_commit(self.run.pk, self.request.user.pk, department.pk if department else None)
            return number
        return undo(detachments=rows, by=self.request.user)

    def get_success_message(self) -> str:
        if isinstance(self.saved, Undone):
            waiting_count_now()
            return _undone_words(self.saved)
        words = ngettext("%(count)d client is being given back.", "%(count)d clients are being given back.", self.saved)
        return words % {"count": self.saved}

    def get_success_url(self) -> str:
        return self.url if isinstance(self.saved, Undone) else f"{self.url}?undoing=1"


def _undone_words(done: Undone) -> str:
    """How many came back, and for those who did not: who, and why."""
    back = len(done.given_back)
    words = [ngettext("%(count)d client was given back.", "%(count)d clients were given back.", back) % {"count": back}]
    if done.kept:
        stay = ngettext("%(count)d was not:", "%(count)d were not:", len(done.kept)) % {"count": len(done.kept)}
        named = list(done.kept.items())[:_NAMED]
        names = dict(Client.objects.filter(pk__in=[pk for pk, _why in named]).values_list("pk", "name"))
        words += [stay, " ".join(f"{names.get(pk, pk)} – {why}" for pk, why in named)]
        if len(done.kept) > _NAMED:
            words.append(gettext("The list of the night says it of each."))
    return " ".join(words)


class DetachmentUndo(ActionView):
    """Give one client back, from the row of its night or from its card."""

    access = Access.HEAD

    def perform(self) -> None:
        mine = Detachment.objects.visible_to(self.request.user).filter(run__isnull=False)
        self.detachment = fetch(mine.select_related("client", "manager"), pk=self.kwargs["pk"])
        undo_one(detachment=self.detachment, by=self.request.user)
        waiting_count_now()

    def get_success_message(self) -> str:
        row = self.detachment
        return gettext("%(client)s is with %(manager)s again.") % {"client": row.client, "manager": row.manager}

    def get_return_url(self) -> str:
        return safe_next(self.request) or reverse("night-detail", args=[self.detachment.run_id])
