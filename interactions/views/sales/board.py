"""The board: open sales of one kind by stage, moved by hand or by keyboard."""

from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.web import htmx
from crm.web.errors import DomainError
from crm.web.filtering import active_chips
from crm.web.views import Access, PageView
from interactions.filters import BoardFilter
from interactions.models import ProcessKind, SalesProcess
from interactions.selectors.board import Column, board_columns, first_piles, next_pile, one_card
from interactions.stages import StageRefused
from interactions.views.base import number_in
from interactions.views.events import about_chips
from interactions.views.sales.base import SALES
from interactions.views.sales.steps import ProcessMove

MAIN_FILTERS = ("q", "who", "source", "idle")


class OfTheBoard:
    """The sales on the board as it is filtered, and the kind whose stages it shows."""

    request: HttpRequest

    @cached_property
    def kinds(self) -> list[ProcessKind]:
        """The kinds that have a board."""
        return list(ProcessKind.objects.filter(is_active=True, stages__isnull=False).distinct())

    @cached_property
    def kind(self) -> ProcessKind | None:
        """The kind asked for, else the first one; None where no kind has stages."""
        pk = number_in(self.request, "kind")
        found = next((kind for kind in self.kinds if pk in (None, kind.pk)), None)
        if found is None and pk is not None:
            raise Http404
        return found

    @cached_property
    def filterset(self) -> BoardFilter:
        rows = SalesProcess.objects.visible_to(self.request.user)
        filterset = BoardFilter(self.request.GET or None, queryset=rows, request=self.request)
        filterset.form.auto_id = "filter_%s"
        return filterset

    @property
    def sales(self) -> QuerySet[SalesProcess]:
        """A filter that cannot be understood finds nothing, as in lists."""
        return self.filterset.qs if self.filterset.form.is_valid() else SalesProcess.objects.none()

    def columns(self) -> list[Column]:
        return board_columns(self.sales, self.kind) if self.kind else []

    def of_columns(self, columns: list[Column]) -> dict[str, Any]:
        """What the heads of the columns, and the line above them, say."""
        return {
            "columns": columns,
            "count": sum(column.count for column in columns),
            "amount": sum(column.amount or 0 for column in columns),
            "weighted": sum(column.weighted for column in columns),
        }


class ProcessBoard(OfTheBoard, PageView):
    """Open sales of one kind by stage, side by side."""

    access = Access.SALES
    title = _("Board of sales")
    template_name = "interactions/board.html"
    partial_template_name = "interactions/_board.html"

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(SALES, reverse("process-list"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        columns = self.columns()
        piles = first_piles(self.sales, columns, self.kind, self.request.user) if self.kind else {}
        fields = list(self.filterset.form)
        return super().get_context_data(
            kinds=self.kinds,
            kind=self.kind,
            filter=self.filterset,
            filters_main=[field for field in fields if field.is_hidden or field.name in MAIN_FILTERS],
            filters_more=[field for field in fields if not field.is_hidden and field.name not in MAIN_FILTERS],
            chips=[*about_chips(self, self.filterset), *active_chips(self.filterset, self.request)],
            piles=[(column, piles[column.key]) for column in columns],
            **self.of_columns(columns),
            **kwargs,
        )


class BoardMore(OfTheBoard, PageView):
    """Further cards of a column, behind the last one shown."""

    access = Access.SALES
    template_name = "interactions/_board_pile.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stage = number_in(self.request, "stage")
        columns = {column.key: column for column in self.columns()}
        if self.kind is None or stage not in columns:
            raise Http404
        column = columns[stage]
        after = self.request.GET.get("after", "")
        try:
            pile = next_pile(self.sales, self.kind, column.stage, after, self.request.user)
        except ValueError as error:
            raise Http404 from error
        return super().get_context_data(column=column, pile=pile, **kwargs)


class BoardMove(OfTheBoard, ProcessMove):
    """A card of the board goes to another column: answered with the card as it stands now and the columns' figures, or
    with the card where it was and why it stays there."""

    def perform(self) -> HttpResponseBase | None:
        done = super().perform()
        card = self.card_on_board() if htmx.wants_partial(self.request) else None
        return done if card is None else self.render_card(card)

    def render_failure(self, error: DomainError | ValidationError) -> HttpResponseBase:
        if isinstance(error, StageRefused) and htmx.wants_partial(self.request):
            card = self.card_on_board()
            if card is not None:
                return self.render_card(card, refused=error, status=422)
        return super().render_failure(error)

    def card_on_board(self) -> dict[str, Any] | None:
        """The sale with its column as they stand now; None where this board does not show it (any more)."""
        card, columns = one_card(self.process, self.request.user), self.columns()
        column = next((each for each in columns if card and each.key == (card.sale.stage_id or 0)), None)
        return {"card": card, "column": column, **self.of_columns(columns)} if column else None

    def render_card(self, card: dict[str, Any], *, refused: StageRefused | None = None, status: int = 200) -> Any:
        context = {**card, "refused": refused}
        return TemplateResponse(self.request, ["interactions/_board_moved.html"], context, status=status)
