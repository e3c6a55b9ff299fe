"""Sales: list, board, page, open, edit, move, close, reopen, delete."""

from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import F, Sum
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.views.bulk import BulkMixin
from clients.views.desk import DeskList, ListExport
from clients.views.tags import TagsPage
from crm import clock
from crm.web import htmx
from crm.web.columns import Column
from crm.web.errors import DomainError
from crm.web.views import Access, ActionView, PageView, fetch
from interactions import sales, selectors
from interactions.columns import process_columns
from interactions.filters import SALE_TABS, ProcessFilter
from interactions.forms import CloseForm, LineFormSet, MoveForm, ProcessForm, kept_rows
from interactions.models import ProcessKind, SalesProcess
from interactions.views import same_offer
from interactions.views.base import DrawerPage, FormsetPage, PicksClient, card_of, client_to_work_on, number_in
from interactions.views.events import client_chip, tab_links

SALES = _("Sales")


class ProcessList(BulkMixin, DeskList):
    """Sales one may see; mine and open unless others are asked for."""

    access = Access.SALES
    title = SALES
    template_name = "interactions/process_list.html"
    partial_template_name = "interactions/_process_list.html"
    filterset_class = ProcessFilter
    main_filters = ("q", "kind", "stage", "who", "since", "until", "status", "client")
    list_page = "process-list"
    export_url_name = "process-export"
    sorts: ClassVar[Any] = {
        "started": ("started_on", "pk"),
        "amount": (F("amount").asc(nulls_first=True), "pk"),
        "stage": ("stage__position", "pk"),
        "client": ("client__search_name", "pk"),
        "close": (F("expected_close_on").asc(nulls_last=True), "pk"),
        "closed": ("closed_on", "pk"),
    }
    default_sort = "-started"

    @property
    def status(self) -> str:
        """The tab: one client's sales are all shown, else the open ones first."""
        return self.request.GET.get("status") or ("all" if self.request.GET.get("client") else "open")

    def get_all_columns(self) -> list[Column]:
        return process_columns(is_open=self.status == "open")

    def get_queryset(self) -> Any:
        rows = SalesProcess.objects.visible_to(self.request.user).with_people().select_related("loss_reason")
        return rows.open() if self.status == "open" else rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["tabs"] = tab_links(self, SALE_TABS, default=self.status)
        context["chips"] = [*client_chip(self, context["filter"]), *context["chips"]]
        context["sums"] = selectors.sums(context["filter"].qs)
        return context


class ProcessExport(ListExport, ProcessList):
    """The rows of the list, with the same filters and columns, for a spreadsheet."""

    export_label = SALES
    file_name = "sales"


class ProcessTags(TagsPage):
    """Of a sale."""

    rows = SalesProcess


class ProcessBoard(PageView):
    """Open sales of one kind by stage, side by side."""

    access = Access.SALES
    title = _("Board of sales")
    template_name = "interactions/board.html"
    partial_template_name = "interactions/_board.html"

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(SALES, reverse("process-list"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kinds = list(ProcessKind.objects.filter(is_active=True, stages__isnull=False).distinct())
        pk = number_in(self.request, "kind")
        kind = next((kind for kind in kinds if kind.pk == pk), kinds[0] if kinds and pk is None else None)
        if kind is None and (pk is not None):
            raise Http404
        rows = SalesProcess.objects.visible_to(self.request.user)
        everybody = self.request.GET.get("who") == "all"
        if not everybody:
            rows = rows.filter(responsible=self.request.user).in_hand()
        columns = selectors.board(rows, kind, self.request.user) if kind else []
        return super().get_context_data(kinds=kinds, kind=kind, columns=columns, everybody=everybody, **kwargs)


class ProcessMixin:
    """Something with one sale."""

    access = Access.SALES
    kwargs: dict[str, Any]
    request: Any

    @cached_property
    def process(self) -> SalesProcess:
        rows = SalesProcess.objects.with_people().select_related("client__manager", "source", "loss_reason", "author")
        return fetch(rows.visible_to(self.request.user), self.allowed(), pk=self.kwargs["pk"])

    def allowed(self) -> Any:
        """The sales this may be done with."""
        return SalesProcess.objects.editable_by(self.request.user)

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(SALES, reverse("process-list")), (str(self.process), self.process.get_absolute_url())]


class ProcessPage(ProcessMixin, PageView):
    """One sale: where it stands, what moved it, what is in it."""

    template_name = "interactions/process_detail.html"

    def allowed(self) -> None:
        return None

    def get_title(self) -> str:
        return str(self.process)

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(SALES, reverse("process-list")), (str(self.process.client), card_of(self.process.client))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        process, user = self.process, self.request.user
        this = SalesProcess.objects.filter(pk=process.pk)
        editable = this.editable_by(user).exists()
        may_move = sales.positions_open_to(process) if editable else set()
        return super().get_context_data(
            process=process,
            editable=editable,
            leads=not process.is_open and this.led_by(user).exists(),
            deletable=this.deletable_by(user).exists(),
            stages=[(stage, stage.position in may_move) for stage in process.kind.stages.all()],
            may_win=editable and sales.may_win(process),
            steps=process.stage_changes.select_related("from_stage", "to_stage", "changed_by", "event"),
            events=selectors.events_of(process, user),
            lines=process.lines.select_related("product"),
            lines_total=process.lines.aggregate(total=Sum(F("quantity") * F("price")))["total"],
            zone=selectors.shown_zone(process.client, clock.today()),
            today=selectors.local_today(),
            **kwargs,
        )


class ProcessCreate(PicksClient, FormsetPage):
    """Open a sale."""

    access = Access.SALES
    title = _("New sale")
    form_class = ProcessForm
    formset_class = LineFormSet
    rows_title = _("Products")
    offers = same_offer.SALE
    picker_title = _("New sale: to whom?")
    submit_label = _("Open the sale")
    success_message = _("The sale is open.")

    @cached_property
    def client(self) -> Client | None:
        pk = number_in(self.request, "client")
        return client_to_work_on(self.request, pk) if pk else None

    @cached_property
    def instance(self) -> SalesProcess:
        return SalesProcess(client=self.client, responsible=self.request.user, started_on=clock.today())

    def get_instance(self) -> SalesProcess:
        return self.instance

    def get_title(self) -> str | Promise:
        return _("New sale to %(client)s") % {"client": self.client}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        crumbs = [(SALES, reverse("process-list"))]
        return [*crumbs, (str(self.client), card_of(self.client))] if self.client else crumbs

    def save(self, form: ProcessForm) -> SalesProcess:
        lines = kept_rows(self.formset) if self.formset.is_bound else ()
        return sales.start_process(process=form.instance, by=self.request.user, lines=lines)


class ProcessUpdate(ProcessMixin, FormsetPage):
    """Edit the facts of a sale; no contact."""

    form_class = ProcessForm
    formset_class = LineFormSet
    rows_title = _("Products")
    offers = same_offer.SALE
    submit_label = _("Save")
    success_message = _("Saved.")

    def get_instance(self) -> SalesProcess:
        return self.process

    def get_title(self) -> str | Promise:
        return _("Edit: %(sale)s") % {"sale": self.process}

    def save(self, form: ProcessForm) -> SalesProcess:
        lines = kept_rows(self.formset) if self.formset.is_bound else None
        return sales.change_process(process=form.instance, by=self.request.user, lines=lines)


class ProcessMove(ProcessMixin, ActionView):
    """To another stage: a counted contact."""

    def perform(self) -> HttpResponseBase | None:
        process, form = self.process, MoveForm(self.request.POST)
        if not form.is_valid():
            raise ValidationError(_("There is no such stage."))
        self.moved = sales.move_process(process=process, stage=form.cleaned_data["stage"], by=self.request.user)
        return htmx.done("list-refresh") if htmx.wants_partial(self.request) else None

    def render_failure(self, error: DomainError | ValidationError) -> HttpResponseBase:
        response = super().render_failure(error)
        if htmx.wants_partial(self.request):
            # Somebody has moved or closed it meanwhile: the board is old.
            response["HX-Trigger"] = "list-refresh"
        return response

    def get_success_message(self) -> str | Promise:
        return _("Now at “%(stage)s”.") % {"stage": self.moved.stage}


class ProcessClose(ProcessMixin, DrawerPage):
    """Won or lost: a counted contact."""

    form_class = CloseForm
    submit_label = _("Close the sale")

    def get_title(self) -> str | Promise:
        return _("Close: %(sale)s") % {"sale": self.process}

    def get_initial(self) -> dict[str, Any]:
        outcome = self.request.GET.get("outcome")
        return {"outcome": outcome if outcome in ("won", "lost") else "won", "closed_on": clock.today()}

    def save(self, form: CloseForm) -> SalesProcess:
        data = form.cleaned_data
        self.process.refresh_from_db()
        return sales.close_process(
            process=self.process,
            won=data["outcome"] == "won",
            by=self.request.user,
            closed_on=data["closed_on"],
            loss_reason=data["loss_reason"],
            comment=data["comment"],
        )

    def get_success_message(self) -> str | Promise:
        return _("Won. Well done!") if self.saved.status == "won" else _("Lost. The reason is kept for the funnel.")


class ProcessReopen(ProcessMixin, ActionView):
    """Open a closed sale again: the head's."""

    success_message = _("The sale is open again.")

    def allowed(self) -> Any:
        return SalesProcess.objects.led_by(self.request.user)

    def perform(self) -> None:
        sales.reopen_process(process=self.process, by=self.request.user)


class ProcessDelete(ProcessMixin, ActionView):
    """A sale opened by mistake goes with its steps; what people wrote stays in the history."""

    success_message = _("Deleted. The client's colour was computed anew.")

    def allowed(self) -> Any:
        return SalesProcess.objects.deletable_by(self.request.user)

    def perform(self) -> str:
        client = self.process.client
        sales.delete_process(process=self.process)
        return card_of(client)
