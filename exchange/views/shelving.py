"""Setting clients of the exchange aside and bringing them back; writing down that one called or wrote."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client
from crm import clock
from crm.web import htmx
from crm.web.views import Access, ActionView, FormPage, ListPage, fetch, safe_next
from exchange import inbound, shelving
from exchange.models import Shelving
from exchange.selectors import waiting_count_now
from exchange.shelving_forms import InboundForm, QuarantineForm, ReasonForm, ShelfFilter
from interactions.models import Approval, Event

QUARANTINE, ARCHIVE = Shelving.Action.QUARANTINE.value, Shelving.Action.ARCHIVE.value
#: What ``?kind=`` may be, in the order of the tabs.
SHELVES = {
    ARCHIVE: pgettext_lazy("clients", "Archived"),
    QUARANTINE: _("Not to be contacted"),
}


class Shelf(ListPage):
    """What is set aside: the archive, or those nobody may contact for a time."""

    access = Access.SALES
    title = _("Set aside")
    template_name = "exchange/shelf.html"
    partial_template_name = "exchange/_shelf.html"
    filterset_class = ShelfFilter
    main_filters = ("kind", "q", "manager")

    @property
    def shelf(self) -> str:
        wanted = self.request.GET.get("kind", "")
        return wanted if wanted in SHELVES else ARCHIVE

    def get_queryset(self) -> QuerySet[Client]:
        rows = Client.objects.visible_to(self.request.user).select_related("last_manager")
        if self.shelf == QUARANTINE:
            return rows.quarantined(clock.today())
        return rows.archived()

    def order(self, queryset: QuerySet) -> QuerySet:
        # The first to come back, or the last to have gone.
        term = F("quarantine_until").asc() if self.shelf == QUARANTINE else F("archived_at").desc()
        return queryset.order_by(term, "pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        clients, user = context["page"].rows, self.request.user
        why = shelving.latest(clients, clock.today())
        query = self.request.GET.copy()
        query.pop("page", None)
        shelves = []
        for kind, words in SHELVES.items():
            query["kind"] = kind
            shelves.append((f"?{query.urlencode()}", words, kind == self.shelf))
        context["rows"] = [(client, why.get(client.pk), shelving.decides_on(user, client)) for client in clients]
        return {**context, "shelf": self.shelf, "shelves": shelves}


class _ShelvingForm(FormPage):
    """A form of who decides on the client: its last manager's head, directors, administrators."""

    access = Access.HEAD

    @cached_property
    def client(self) -> Client:
        client = _decided_client(self.request, self.kwargs["pk"])
        # Who posts may have been too slow: the service tells him. A link that is old leads nowhere.
        if self.request.method != "POST" and not self.may_be(client):
            raise PermissionDenied
        return client

    def may_be(self, client: Client) -> bool:
        """Whether it can be done to the client as it stands."""
        raise NotImplementedError

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Exchange"), reverse("exchange-board")), (self.client.name, self.client.get_absolute_url())]

    def get_success_url(self) -> str:
        return safe_next(self.request) or self.client.get_absolute_url()

    def render_success(self) -> HttpResponseBase:
        waiting_count_now()
        return _stay_on_the_list(self.request) or super().render_success()


def _decided_client(request: HttpRequest, pk: int) -> Client:
    """A client the user decides on: 404 when there is none, 403 when it is another head's."""
    client = fetch(Client.objects.known_to(request.user).select_related("last_manager", "manager"), pk=pk)
    if not shelving.decides_on(request.user, client):
        raise PermissionDenied
    return client


def _stay_on_the_list(request: HttpRequest) -> HttpResponseBase | None:
    """From a list of the exchange one goes on working there; None: on to the card, as it is now."""
    details = getattr(request, "htmx", None)
    here = (details.current_url_abs_path or "") if details else ""
    return htmx.done("drawer-close", "list-refresh") if here.startswith(reverse("exchange-board")) else None


class QuarantineCreate(_ShelvingForm):
    """Nobody may contact a client of the exchange for a time."""

    title = _("Do not contact")
    form_class = QuarantineForm
    submit_label = pgettext_lazy("verb", "Set aside")

    def may_be(self, client: Client) -> bool:
        return client.is_on_exchange

    @cached_property
    def was_set_aside(self) -> bool:
        return self.client.is_quarantined(clock.today())

    def get_initial(self) -> dict[str, Any]:
        if not self.was_set_aside:
            return {}
        why = shelving.latest([self.client], clock.today()).get(self.client.pk)
        return {"until": self.client.quarantine_until, "reason": why.reason if why else ""}

    def get_form_kwargs(self) -> dict[str, Any]:
        first, last = shelving.quarantine_days(clock.today())
        return super().get_form_kwargs() | {"first": first, "last": last}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(client=self.client, what=QUARANTINE, **kwargs)

    def get_success_message(self) -> str | Promise:
        return _("Set aside: nobody can claim it until then.")

    def get_undo_url(self) -> str:
        # Another day in place of the first is not undone by lifting both.
        return "" if self.was_set_aside else reverse("quarantine-lift", args=[self.client.pk])

    def save(self, form: QuarantineForm) -> Shelving:
        return shelving.quarantine(client_id=self.client.pk, by=self.request.user, **form.cleaned_data)


class ArchiveCreate(_ShelvingForm):
    """A client leaves the market for good."""

    title = _("Archive the client")
    form_class = ReasonForm
    submit_label = pgettext_lazy("verb", "Archive")
    success_message = _("Archived.")

    def may_be(self, client: Client) -> bool:
        return not client.is_held and client.archived_at is None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(client=self.client, what=ARCHIVE, **kwargs)

    def get_undo_url(self) -> str:
        return reverse("archive-restore", args=[self.client.pk])

    def save(self, form: ReasonForm) -> Shelving:
        return shelving.archive(client_id=self.client.pk, by=self.request.user, **form.cleaned_data)


class _ShelvingAction(ActionView):
    access = Access.HEAD

    @cached_property
    def client(self) -> Client:
        return _decided_client(self.request, self.kwargs["pk"])

    def perform(self) -> HttpResponseBase | None:
        self.act()
        waiting_count_now()
        return _stay_on_the_list(self.request)

    def act(self) -> None:
        raise NotImplementedError


class QuarantineLift(_ShelvingAction):
    """It may be contacted and claimed again."""

    success_message = _("It may be contacted and claimed again.")

    def act(self) -> None:
        shelving.lift(client_id=self.client.pk, by=self.request.user)


class ArchiveRestore(_ShelvingAction):
    """Back from the archive."""

    def get_success_message(self) -> str | Promise:
        if self.client.exchange_since is None:
            return _("Brought back: it waits for a lead manager.")
        return _("Brought back: it is on the exchange from now on.")

    def act(self) -> None:
        shelving.restore(client_id=self.client.pk, by=self.request.user)


class InboundCreate(FormPage):
    """A client of the exchange called or wrote by itself: whoever answered writes it down, before anybody claims."""

    access = Access.SALES
    title = _("The client called or wrote")
    form_class = InboundForm
    submit_label = _("Register")

    @cached_property
    def client(self) -> Client:
        user = self.request.user
        client = fetch(Client.objects.known_to(user).select_related("manager"), pk=self.kwargs["pk"])
        if inbound.takes_inbound(client) or (client.is_held and self.request.method == "POST"):
            return client  # whoever typed while another claimed is told whose it is
        raise PermissionDenied

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Exchange"), reverse("exchange-board")), (self.client.name, self.client.get_absolute_url())]

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"client": self.client, "user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        until = self.client.quarantine_until if self.client.is_quarantined(clock.today()) else None
        return super().get_context_data(client=self.client, quarantine_until=until, **kwargs)

    def get_success_message(self) -> str | Promise:
        if self.saved.approval == Approval.PENDING:
            return _("Registered; the date lies far back and counts when it is approved. The head is told.")
        return _("Registered. Its last manager and his head are told.")

    def get_success_url(self) -> str:
        return safe_next(self.request) or self.client.get_absolute_url()

    def render_success(self) -> HttpResponseBase:
        return _stay_on_the_list(self.request) or super().render_success()

    def save(self, form: InboundForm) -> Event:
        return inbound.register_inbound(client_id=self.client.pk, by=self.request.user, **form.cleaned_data)
