"""A head gives clients from the exchange to managers of his: one, many to one manager, many spread among several."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Manager
from crm import clock
from crm.web import htmx
from crm.web.errors import DomainError
from crm.web.marking import keys
from crm.web.tags.times import on_day
from crm.web.views import Access, FormPage, fetch, safe_next
from exchange import services
from exchange.claim_rulebook import load_claim_rules
from exchange.claims import ClaimRefused, claimer_of, states
from exchange.giving_forms import AssignForm, AssignManyForm, SpreadForm
from exchange.rules.claiming import ONE_DAY, OVERRULABLE, Refusal
from exchange.selectors import waiting_count_now
from exchange.views.board import MOST_AT_ONCE, ClientForm, known_clients


def overrule_words(refusal: Refusal, manager: Manager) -> str:
    """One rule that says no for who should get a client, for the head who may overrule it."""
    words = {
        "pause": gettext("%(manager)s may claim nothing until %(date)s: too many claims without a first contact."),
        "cooldown": gettext("%(manager)s held it before and may claim it again only from %(date)s."),
        "cap": gettext("%(manager)s holds %(number)d clients already: that is the most."),
    }
    last = refusal.on - ONE_DAY if refusal.on and refusal.rule == "pause" else refusal.on
    return words[refusal.rule] % {"manager": manager, "date": on_day(last), "number": refusal.number}


def ask_why(words: Sequence[str]) -> DomainError:
    """The refusal of a head who has not said why the rules should not count."""
    asked = gettext("Say why it should be so all the same, or choose another manager.")
    return DomainError(" ".join([*words, asked]), field="reason")


class AssignView(ClientForm):
    """A head gives a client from the exchange to a manager of his departments."""

    access = Access.HEAD
    title = _("Assign from the exchange")
    form_class = AssignForm
    submit_label = _("Assign")

    @cached_property
    def client(self) -> Client:
        client = fetch(Client.objects.known_to(self.request.user), pk=self.kwargs["pk"])
        # Who posts may have been too slow: the service tells him who was quicker. A link that is old leads nowhere.
        if self.request.method != "POST" and not client.is_on_exchange:
            raise Http404
        return client

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"reader": self.request.user}

    def save(self, form: AssignForm) -> Any:
        manager = form.cleaned_data["manager"]
        try:
            assigned = services.assign_from_exchange(
                client_id=self.client.pk, by=self.request.user, **form.cleaned_data
            )
        except ClaimRefused as refused:
            if refused.field != "reason":
                raise
            raise ask_why([overrule_words(each, manager) for each in refused.refusals]) from refused
        waiting_count_now()
        return assigned

    def render_success(self) -> HttpResponseBase:
        # From the board one goes on working on the board; from the card, to the card as it is now.
        details = getattr(self.request, "htmx", None)
        if details and (details.current_url_abs_path or "").startswith(reverse("exchange-board")):
            return htmx.done("drawer-close", "list-refresh")
        return super().render_success()

    def get_success_message(self) -> str:
        return _("Assigned to %(manager)s.") % {"manager": self.saved.manager}


class _ManyForm(FormPage):
    """A form about the clients marked on the board. They are frozen in it: what else comes to the exchange meanwhile
    is not touched. Afterwards a page says what became of each."""

    access = Access.HEAD
    template_name = "exchange/many_form.html"
    partial_template_name = None

    @cached_property
    def marked(self) -> list[int]:
        return keys((self.request.POST or self.request.GET).getlist("clients"))

    @cached_property
    def clients(self) -> dict[int, Client]:
        # One more than may be posted, so that too many are noticed.
        return known_clients(self.marked[: MOST_AT_ONCE + 1], self.request.user)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.clients:
            htmx.toast(request, _("Mark the clients first."), level=messages.ERROR)
            return htmx.redirect(request, self.back)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # The board posts what is marked on it: the form is opened, nothing is done yet.
        if "open" in request.POST:
            return self.get(request, *args, **kwargs)
        return super().post(request, *args, **kwargs)

    @property
    def back(self) -> str:
        return safe_next(self.request) or reverse("exchange-board")

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Exchange"), reverse("exchange-board"))]

    def get_form_kwargs(self) -> dict[str, Any]:
        found = super().get_form_kwargs()
        if "open" in self.request.POST:
            found = {name: value for name, value in found.items() if name not in ("data", "files")}
        return found | {"reader": self.request.user, "clients": self.clients, "most": MOST_AT_ONCE}

    def render_success(self) -> HttpResponseBase:
        answers: list[services.Answer] = self.saved
        waiting_count_now()
        done = sum(answer.ok for answer in answers)
        words = ngettext("%(done)d of %(all)d client given.", "%(done)d of %(all)d clients given.", len(answers))
        context = self.get_context_data(
            lines=[{"client": self.clients[each.client_id], "ok": each.ok, "words": each.words} for each in answers],
            words=words % {"done": done, "all": len(answers)},
            unknown=len(self.marked) - len(self.clients),
            back=self.back,
        )
        return TemplateResponse(self.request, "exchange/many_result.html", context)


class AssignMany(_ManyForm):
    """The marked clients to one manager. Where rules say no for him a reason is asked for before anything is done."""

    title = _("Assign the marked clients")
    form_class: ClassVar[Any] = AssignManyForm
    submit_label = _("Assign")

    def save(self, form: AssignManyForm) -> list[services.Answer]:
        manager, chosen, reason = (form.cleaned_data[name] for name in ("manager", "clients", "reason"))
        by = self.request.user
        if not reason.strip() and (manager.pk != by.pk or by.sees_everything):
            against = against_rules([self.clients[pk] for pk in chosen], manager)
            if against:
                raise ask_why(against)
        return services.assign_many(client_ids=chosen, manager=manager, by=by, reason=reason)


class SpreadMany(_ManyForm):
    """The marked clients evenly among several managers."""

    title = _("Spread the marked clients")
    form_class: ClassVar[Any] = SpreadForm
    submit_label = _("Spread evenly")

    def save(self, form: SpreadForm) -> list[services.Answer]:
        data = form.cleaned_data
        return services.spread(client_ids=data["clients"], among=data["among"], by=self.request.user)


def against_rules(clients: Sequence[Client], manager: Manager) -> list[str]:
    """Which rules a head would overrule by giving all these clients to this manager, and for which of them. Three
    queries."""
    now = clock.now()
    rules = load_claim_rules()
    claimer = claimer_of(manager, today=clock.local_date(now))
    found = states(clients, manager, now=now, rules=rules, claimer=claimer)
    by_rule: dict[str, list[tuple[Client, Refusal]]] = {}
    for client in clients:
        for refusal in found[client.pk].refusals:
            if refusal.rule in OVERRULABLE:
                by_rule.setdefault(refusal.rule, []).append((client, refusal))
    words = []
    if paused := by_rule.get("pause"):
        words.append(overrule_words(paused[0][1], manager))
    if cooling := by_rule.get("cooldown"):
        held = ", ".join(
            gettext("%(client)s (from %(date)s)") % {"client": client, "date": on_day(refusal.on)}
            for client, refusal in cooling
        )
        words.append(
            gettext("%(manager)s held some of them before and must wait: %(clients)s.")
            % {"manager": manager, "clients": held}
        )
    fitting = sum(client.is_on_exchange for client in clients)
    if rules.cap is not None and claimer.held + fitting > rules.cap:
        facts = {"manager": manager, "held": claimer.held, "after": claimer.held + fitting, "cap": rules.cap}
        words.append(
            gettext("%(manager)s holds %(held)d clients; with these it would be %(after)d, and %(cap)d are the most.")
            % facts
        )
    return words
