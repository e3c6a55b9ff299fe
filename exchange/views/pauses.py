"""Pauses of claiming: a head sees them and lifts them."""

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from crm import clock
from crm.web.views import Access, ActionView, PageView, fetch
from exchange.claim_rulebook import load_claim_rules
from exchange.failing import lift_pause
from exchange.models import ClaimPause
from exchange.pauses import liftable_pauses, pause_rows, visible_pauses


class PauseList(PageView):
    """Who may not claim now, until when, and which claims without a first contact it is for."""

    access = Access.HEAD
    title = _("Pauses of claiming")
    template_name = "exchange/pauses.html"
    partial_template_name = "exchange/_pauses.html"

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Exchange"), reverse("exchange-board"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rules = load_claim_rules()
        rows = pause_rows(self.request.user, today=clock.today(), rules=rules)
        return super().get_context_data(rows=rows, rules=rules, **kwargs)


class PauseLift(ActionView):
    """The manager may claim again at once."""

    access = Access.HEAD
    success_url = "claim-pause-list"

    @cached_property
    def pause(self) -> ClaimPause:
        reader = self.request.user
        rows = visible_pauses(reader).select_related("manager")
        return fetch(rows, liftable_pauses(reader), pk=self.kwargs["pk"])

    def perform(self) -> None:
        lift_pause(pause=self.pause, by=self.request.user)

    def get_success_message(self) -> str | Promise:
        return _("%(manager)s may claim clients again.") % {"manager": self.pause.manager}
