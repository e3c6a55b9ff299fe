"""The exchange: the board and what changes on it, claiming, returning."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Manager
from clients.page_rows import rows_of
from crm import clock
from crm.web import htmx
from crm.web.errors import Conflict, DomainError
from crm.web.marking import keys
from crm.web.prepared import Params, Prepared
from crm.web.views import Access, ActionView, FormPage, ListPage, PageView, fetch, safe_next
from exchange import board, services
from exchange.claim_rulebook import load_claim_rules
from exchange.claims import Budget, ClaimRefused, budget, claimer_of, owed
from exchange.filters import ExchangeFilter
from exchange.forms import ReturnForm
from exchange.rules.claiming import Claimer, ClaimRules
from exchange.selectors import waiting_count_now

#: More clients than this are not chosen by looking at them.
MOST_AT_ONCE = 200


class _Mine:
    """What the reader may claim: rules and facts, read once for a request."""

    request: HttpRequest

    @cached_property
    def now(self) -> dt.datetime:
        return clock.now()

    @cached_property
    def rules(self) -> ClaimRules:
        rows_of(self.request.user, "rules")  # type: ignore[arg-type]  # with all that the page needs of the reader
        return load_claim_rules()

    @cached_property
    def claimer(self) -> Claimer:
        return claimer_of(self.request.user, today=clock.local_date(self.now))

    def rows_of(self, clients: Sequence[Client]) -> list[board.BoardRow]:
        return board.board_rows(clients, self.request.user, now=self.now, rules=self.rules, claimer=self.claimer)

    @cached_property
    def budget(self) -> Budget:
        return budget(self.request.user, now=self.now, rules=self.rules, claimer=self.claimer)

    def mine(self) -> dict[str, Any]:
        """Context: what the reader holds and may still claim, what he owes, whether he gives clients to others."""
        return {
            "budget": self.budget,
            "budget_key": budget_key(self.budget),
            "owed": owed(self.request.user) if self.budget.works else [],
            "may_assign": Access.HEAD.allows(self.request.user),
        }


def budget_key(found: Budget) -> str:
    """By what a page and the server tell whether the budget line is still right."""
    return f"{found.held}-{found.claimed_today}-{found.paused_until or ''}"


#: What a row of the board shows of a client itself.
_SHOWN = """
    kind name city category birthday last_contact_on exchange_since quarantine_until archived_at manager
    industry__name last_manager__first_name last_manager__last_name last_manager__username
"""
_shown = Prepared(
    lambda: (
        Client.objects.filter(pk__in=Params("keys"))
        .order_by()
        .select_related("industry", "last_manager")
        .only(*_SHOWN.split())
    )
)


class ExchangeBoard(_Mine, ListPage):
    """What is worth taking: every client on the exchange with what is known about it."""

    access = Access.SALES
    title = _("Exchange")
    template_name = "exchange/board.html"
    partial_template_name = "exchange/_board.html"
    filterset_class = ExchangeFilter
    main_filters = ("q", "may", "region", "industry", "won", "talk")
    #: So much is said of each client that 50 would be more than 100 KB.
    page_size = 40
    sorts: ClassVar[Any] = {
        "since": ("exchange_since", "pk"),
        "name": ("search_name", "pk"),
        "total": ("won_total", "pk"),
        "contact": (F("last_contact_on").asc(nulls_first=True), "pk"),
        "owners": ("owners_number", "pk"),
        "claims": ("claims_number", "-exchange_since", "pk"),
        "may": ("claimable", "-exchange_since", "pk"),
        "category": ("category_rank", "-exchange_since", "pk"),
        "loss": (F("why_lost").asc(nulls_last=True), "-exchange_since", "pk"),
        "region": (F("region__position").asc(nulls_last=True), "region__name", "-exchange_since", "pk"),
        "industry": (F("industry__position").asc(nulls_last=True), "industry__name", "-exchange_since", "pk"),
        "manager": (F("last_manager__last_name").asc(nulls_last=True), "last_manager__first_name", "pk"),
    }
    default_sort = "-since"
    #: What the order is chosen by where there are no columns for it: the address and the words.
    sort_words: ClassVar[dict[str, str | Promise]] = {
        "-since": _("Newest first"),
        "since": _("Longest here first"),
        "may": _("Claimable now first"),
        "-total": _("Largest past sales first"),
        "-contact": _("Latest contact first"),
        "claims": _("Never claimed first"),
        "owners": _("Fewest owners first"),
        "category": _("Category"),
        "loss": _("Why lost"),
        "region": _("Region"),
        "industry": _("Industry"),
        "manager": _("Last manager"),
        "name": _("Name"),
    }

    def get_queryset(self) -> QuerySet[Client]:
        # Everybody in sales sees what is on the exchange (``visible_q``): his own clients need not be asked about.
        rows = Client.objects.on_exchange()
        if not self.request.GET.get("shelf"):
            # Nobody can take them, and nobody should call them.
            rows = rows.exclude(quarantine_until__gte=clock.today())
        return rows.select_related("region", "industry", "last_manager")

    def order(self, queryset: QuerySet) -> QuerySet:
        # What is worked out for every client of the list is worked out only when the list is sorted by it.
        match self.get_sort().lstrip("-"):
            case "total":
                queryset = queryset.alias(won_total=board.won_total())
            case "owners":
                queryset = queryset.alias(owners_number=board.owners_number())
            case "claims":
                queryset = queryset.alias(claims_number=board.claims_number())
            case "loss":
                queryset = queryset.alias(why_lost=board.last_loss("loss_reason__name"))
            case "category":
                queryset = queryset.alias(category_rank=board.category_rank())
            case "may":
                free = board.claimable_q(self.request.user, now=self.now, rules=self.rules, claimer=self.claimer)
                queryset = queryset.alias(claimable=board.claimable_first(free))
        return super().order(queryset)

    def read_rows(self, rows: QuerySet, keys: list[Any]) -> dict[Any, Client]:
        return {client.pk: client for client in _shown(keys=keys)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows = self.rows_of(context["page"].rows)
        return {
            **context,
            **self.mine(),
            **live_facts(rows, self.budget, now=self.now),
            "rows": rows,
            "sort_menu": self.sort_menu(),
            "most_at_once": MOST_AT_ONCE,
            "is_answer": htmx.wants_partial(self.request),
        }

    def sort_menu(self) -> list[tuple[str, str | Promise, bool]]:
        """Address, words, whether it is the present one."""
        links = []
        for key, words in self.sort_words.items():
            query = self.request.GET.copy()
            query.pop("page", None)
            query["sort"] = key
            links.append((f"?{query.urlencode()}", words, key == self.get_sort()))
        return links


def live_facts(rows: Iterable[Any], found: Budget, *, now: dt.datetime, seen: float = 0.0) -> dict[str, Any]:
    """Context: what an open board tells the server when it asks whether anything has changed."""
    opens = [
        refusal.at
        for row in rows
        if isinstance(row, board.BoardRow)
        for refusal in row.state.refusals
        if refusal.at is not None and refusal.at > now
    ]
    return {
        "live_seen": repr(seen or now.timestamp()),
        "live_open": int(found.left != 0),
        "live_opens": int(min(opens).timestamp()) + 1 if opens else "",
    }


class ExchangeLive(_Mine, PageView):
    """What has changed on an open board or card since it was drawn: rows to be drawn anew where they stand, the budget,
    the badge. 204 when nothing has.

    Address: ``ids`` (on the page and not taken), ``seen`` (when the page was drawn), ``budget``, ``open`` and
    ``arrived`` (what the page says now), ``fresh`` (rows are due to be drawn anew), ``card`` (the page is a card).
    A quiet answer costs three small queries and the rules.
    """

    access = Access.SALES
    template_name = "exchange/_live.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        ids = keys(request.GET.get("ids", "").split(","))[:MOST_AT_ONCE]
        gone: list[Any] = list(board.gone(ids, request.user, now=self.now)) if ids else []
        if request.GET.get("card"):
            return self.card(gone)
        seen = self.seen
        arrived = board.arrived_since(dt.datetime.fromtimestamp(seen, dt.UTC), but=ids)
        turned = (self.budget.left != 0) != (request.GET.get("open", "1") == "1")
        redraw = turned or bool(request.GET.get("fresh"))
        if not (
            gone
            or redraw
            or str(arrived) != request.GET.get("arrived", "0")
            or budget_key(self.budget) != request.GET.get("budget", "")
        ):
            return HttpResponse(status=204)
        rows = gone
        if redraw:
            here = Client.objects.visible_to(request.user).on_exchange().filter(pk__in=ids)
            rows = rows + self.rows_of(list(here.select_related("region", "industry", "last_manager")))
        context = {
            **self.mine(),
            **live_facts(rows, self.budget, now=self.now, seen=seen),
            "rows": rows,
            "gone": gone,
            "arrived": arrived,
            "badge": waiting_count_now(),
        }
        return self.render_to_response(context)

    @property
    def seen(self) -> float:
        """When the page was drawn; not earlier than a page can be open."""
        longest = dt.timedelta(hours=board.TOLD_HOURS).total_seconds()
        try:
            seen = float(self.request.GET.get("seen", ""))
        except ValueError:
            seen = 0.0
        now = self.now.timestamp()
        return seen if now - longest <= seen <= now else now

    def card(self, gone: list[board.GoneRow]) -> HttpResponseBase:
        """On a card the claim button becomes the words who has the client now."""
        if not gone:
            return HttpResponse(status=204)
        return TemplateResponse(
            self.request, "exchange/_claim_box.html", {"client": gone[0].client, "gone": gone[0], "oob": True}
        )


class ClaimView(_Mine, ActionView):
    """Take a client from the exchange. The loser of a race gets 409 and reads who was quicker; whom a rule forbids it,
    422 with every reason in the row."""

    access = Access.SALES
    partial_template_name = "exchange/_answer.html"
    success_message = _("The client is yours now.")

    @cached_property
    def client(self) -> Client:
        # Of every client a manager may know that it exists; whether it can be claimed is said by the service.
        clients = Client.objects.known_to(self.request.user).select_related("region", "industry", "last_manager")
        return fetch(clients, pk=self.kwargs["pk"])

    def perform(self) -> None:
        services.claim(client_id=self.client.pk, by=self.request.user)
        waiting_count_now()

    def render_failure(self, error: Any) -> HttpResponseBase:
        self.failure = error
        response = super().render_failure(error)
        if isinstance(error, ClaimRefused) and htmx.wants_partial(self.request):
            return self.render_partial(status=response.status_code)
        return response

    def render_partial(self, *, status: int = 200) -> HttpResponseBase:
        row: Any = board.GoneRow(self.client, str(getattr(self, "failure", "")), taken=status == 200)
        if status not in (200, Conflict.status):
            [row] = self.rows_of([self.client])
        context = {"rows": [row], "badge": waiting_count_now(), **self.mine()}
        return TemplateResponse(self.request, [self.partial_template_name], context, status=status)


class ClaimMany(_Mine, ActionView):
    """Take the marked clients, one after the other; an answer for each, in its row and in a summary. Without JavaScript
    the answers are a page."""

    access = Access.SALES
    partial_template_name = "exchange/_many_answer.html"

    def perform(self) -> HttpResponseBase:
        ids = marked(self.request)
        known = known_clients(ids, self.request.user)
        answers = services.claim_many(client_ids=known, by=self.request.user)
        done = sum(answer.ok for answer in answers)
        badge = waiting_count_now()
        words = [
            ngettext("%(done)d of %(all)d client is yours now.", "%(done)d of %(all)d clients are yours now.", len(ids))
            % {"done": done, "all": len(ids)}
        ]
        lines = [
            {
                "client": known[answer.client_id],
                "ok": answer.ok,
                "words": answer.words if not answer.ok else gettext("Yours now."),
            }
            for answer in answers
        ]
        context = {
            **self.mine(),
            "title": gettext("Claimed together"),
            "breadcrumbs": [(_("Exchange"), reverse("exchange-board"))],
            "lines": lines,
            "words": " ".join(words),
            "unknown": len(ids) - len(known),
            "badge": badge,
            "back": safe_next(self.request) or reverse("exchange-board"),
        }
        if not htmx.wants_partial(self.request):
            return TemplateResponse(self.request, "exchange/many_result.html", context)
        rows = self.answered_rows(answers, known)
        return TemplateResponse(self.request, [self.partial_template_name], {**context, "rows": rows})

    def answered_rows(self, answers: Sequence[services.Answer], known: dict[int, Client]) -> list[Any]:
        """The rows as they are now: the reader's, somebody else's, or still here with the reason why not."""
        here = Client.objects.on_exchange().filter(pk__in=known).select_related("region", "industry", "last_manager")
        still = {row.client.pk: row for row in self.rows_of(list(here))}
        rows: list[Any] = []
        for answer in answers:
            row = still.get(answer.client_id)
            rows.append(row or board.GoneRow(known[answer.client_id], answer.words, taken=answer.ok))
        return rows


def marked(request: HttpRequest) -> list[int]:
    """The ids of the clients marked on a list, as they stand in its form.

    Raises:
        DomainError: none, or more than are done at once.
    """
    ids = keys((request.POST or request.GET).getlist("clients"))
    if not ids:
        raise DomainError(_("Mark the clients first."))
    if len(ids) > MOST_AT_ONCE:
        raise DomainError(_("At most %(number)d clients at once.") % {"number": MOST_AT_ONCE})
    return ids


def known_clients(ids: Sequence[int], reader: Manager) -> dict[int, Client]:
    """Those of these clients that ``reader`` may know of, in the order given."""
    found = Client.objects.known_to(reader).filter(exchange_since__isnull=False).in_bulk(ids)
    # Somebody may have been quicker a moment ago: that is an answer. Of clients long off the exchange nothing is said.
    gone = {row.client.pk: row.client for row in board.gone(ids, reader, now=clock.now())}
    return {pk: client for pk in ids if (client := found.get(pk) or gone.get(pk)) is not None}


class ClientForm(FormPage):
    """A form about one client, with the way back to its card."""

    @property
    def client(self) -> Client:
        raise NotImplementedError

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Exchange"), reverse("exchange-board")), (str(self.client), self.client.get_absolute_url())]

    def get_success_url(self) -> str:
        return safe_next(self.request) or self.client.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(client=self.client, **kwargs)


class ReturnView(ClientForm):
    """Give a client back: its manager returns it, a head releases it."""

    access = Access.SALES
    form_class = ReturnForm

    @cached_property
    def client(self) -> Client:
        user = self.request.user
        # Of a colleague's client everybody may know that it exists: it is not "not found", but "not yours" (403).
        transferable = Client.objects.transferable_by(user).held()
        return fetch(Client.objects.known_to(user).select_related("manager"), transferable, pk=self.kwargs["pk"])

    @property
    def is_own(self) -> bool:
        return self.client.manager_id == self.request.user.pk

    @property
    def submit_label(self) -> str | Promise:
        return _("Return to the exchange") if self.is_own else _("Release to the exchange")

    def get_title(self) -> str | Promise:
        return self.submit_label

    def get_success_message(self) -> str | Promise:
        return _("The client is on the exchange.")

    def save(self, form: ReturnForm) -> Any:
        returned = services.return_client(client_id=self.client.pk, by=self.request.user, **form.cleaned_data)
        waiting_count_now()
        return returned

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(is_own=self.is_own, **kwargs)
