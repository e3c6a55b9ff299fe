"""Contacts dated far back: the head's queue, and what became of a salesperson's own."""

from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm import clock
from crm.web import htmx
from crm.web.errors import DomainError
from crm.web.views import Access, ActionView, ListPage
from interactions import selectors, services
from interactions.filters import APPROVAL_TABS, ApprovalFilter
from interactions.models import Event
from interactions.views.events import EVENTS, tab_links
from interactions.views.sales.base import SALES

#: More at once is no decision any more.
MOST_AT_ONCE = 200


class ApprovalList(ListPage):
    """What waits for a head's word, with what the word would do; a salesperson reads how his own stand."""

    access = Access.SALES
    title = gettext_lazy("Approvals of dates")
    template_name = "interactions/approvals.html"
    partial_template_name = "interactions/_approvals.html"
    filterset_class = ApprovalFilter
    sorts: ClassVar[Any] = {
        "when": ("occurred_at", "pk"),
        "registered": ("created_at", "pk"),
        "leaves": (F("client__detach_on").asc(nulls_last=True), "pk"),
    }

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(EVENTS, reverse("event-list"))]

    def get_queryset(self) -> QuerySet[Event]:
        rows = selectors.decided_by(self.request.user).exclude(approval="")
        return rows.select_related("client__manager__department", "kind", "author", "approved_by", "process")

    @property
    def default_sort(self) -> str:  # type: ignore[override]
        """Who leaves first is decided on first; of what was decided the latest comes first."""
        return "-registered" if self.request.GET.get("status") in ("approved", "rejected") else "leaves"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        decides = self.request.user.access_level >= Access.HEAD
        status = self.request.GET.get("status", "")
        return {
            **context,
            "tabs": [*tab_links(self, APPROVAL_TABS), (reverse("stage-approval-list"), SALES, False)],
            "status": status,
            "decides": decides and not status,
            "rows": selectors.queue_rows(context["page"], today=clock.today()),
            "limit": selectors.limit_in_words(),
        }


class ApprovalDecide(ActionView):
    """Approve or reject the marked ones, all at once."""

    access = Access.HEAD

    def perform(self) -> HttpResponseBase | None:
        decision = self.request.POST.get("decision")
        if decision not in ("approve", "reject"):
            raise Http404
        marked = self.request.POST.getlist("events")
        chosen = {int(pk) for pk in marked if pk.isascii() and pk.isdigit() and len(pk) < 19}
        if not chosen:
            raise DomainError(gettext_lazy("Mark those you decide on."))
        events = Event.objects.led_by(self.request.user).filter(pk__in=sorted(chosen)[:MOST_AT_ONCE])
        self.decided, self.missed = services.decide_backdatings(
            events=events, by=self.request.user, approve=decision == "approve"
        )
        self.missed += len(chosen) - self.decided - self.missed
        self.decision = decision
        return htmx.done("list-refresh") if htmx.wants_partial(self.request) else None

    def get_success_message(self) -> str | Promise:
        words = {
            "approve": ngettext("%(count)d date approved.", "%(count)d dates approved.", self.decided),
            "reject": ngettext("%(count)d date rejected.", "%(count)d dates rejected.", self.decided),
        }[self.decision] % {"count": self.decided}
        if self.missed:
            words += " " + _("The others had been decided on already.")
        return words
