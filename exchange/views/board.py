"""The exchange: the board, claiming, returning, assigning."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.web import htmx
from crm.web.views import Access, ActionView, FormPage, ListPage, fetch, safe_next
from exchange import services
from exchange.filters import ExchangeFilter
from exchange.forms import AssignForm, ReturnForm
from exchange.selectors import board_rows, waiting_count_now, won_total


class ExchangeBoard(ListPage):
    """What is worth taking: every client on the exchange with what is known about it."""

    access = Access.SALES
    title = _("Exchange")
    template_name = "exchange/board.html"
    partial_template_name = "exchange/_board.html"
    filterset_class = ExchangeFilter
    main_filters = ("q", "region", "industry", "category", "won")
    sorts = {
        "since": ("exchange_since", "pk"),
        "name": ("search_name", "pk"),
        "total": ("won_total", "pk"),
        "contact": (F("last_contact_on").asc(nulls_last=True), "pk"),
    }
    default_sort = "-since"

    def get_queryset(self) -> QuerySet[Client]:
        rows = Client.objects.visible_to(self.request.user).on_exchange()
        return rows.select_related("region", "industry", "last_manager")

    def order(self, queryset: QuerySet) -> QuerySet:
        # The sum is worked out for every client of the list only when the list is sorted by it.
        if self.get_sort().lstrip("-") == "total":
            queryset = queryset.annotate(won_total=won_total())
        return super().order(queryset)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["rows"] = board_rows(context["page"].rows, self.request.user)
        context["may_assign"] = Access.HEAD.allows(self.request.user)
        return context


class ClaimView(ActionView):
    """Take a client from the exchange. The loser of a race gets 409 and reads who was quicker."""

    access = Access.SALES
    partial_template_name = "exchange/_rows.html"
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
        return super().render_failure(error)

    def render_partial(self, *, status: int = 200) -> HttpResponseBase:
        [row] = board_rows([self.client], self.request.user)
        row.taken, row.notice = status == 200, str(getattr(self, "failure", ""))
        context = {"rows": [row], "badge": waiting_count_now(), "is_answer": True}
        return TemplateResponse(self.request, [self.partial_template_name], context, status=status)


class _ClientForm(FormPage):
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


class ReturnView(_ClientForm):
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


class AssignView(_ClientForm):
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
        assigned = services.assign_from_exchange(client_id=self.client.pk, manager=manager, by=self.request.user)
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
