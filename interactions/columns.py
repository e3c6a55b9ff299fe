"""Columns of the lists of events and sales, and what these apps add to the list of clients."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from clients.columns import TAGS, register
from crm import clock
from crm.web.addresses import address
from crm.web.columns import Column
from crm.web.tags.marks import icon
from crm.web.tags.numbers import money
from crm.web.tags.times import day, time_tag
from interactions.models import Event, SalesProcess
from interactions.process_activity import idle_days, is_idle
from interactions.selectors import local_today


def _client(row: Any) -> SafeString:
    return format_html('<a href="{}">{}</a>', address("client-detail", row.client_id), row.client)


_CLIENT = Column(
    key="client",
    label=_("Client"),
    value=lambda row: row.client,
    cell=_client,
    sort="client",
    css="in-cell-client",
)
_RESPONSIBLE = Column(
    key="responsible",
    label=_("Responsible"),
    value=lambda row: row.responsible,
    cell=lambda row: row.responsible.short_name,
    css="sv-nowrap",
)
_CITY = Column(key="city", label=_("City"), value=lambda row: row.client.city, css="sv-nowrap", default=False)


def _tag(words: Any, *, tone: str = "", sign: str = "") -> SafeString:
    return format_html(
        '<span class="sv-tag {}">{}{}</span>', tone, format_html("{} ", icon(sign)) if sign else "", words
    )


# --- events -----------------------------------------------------------------------------------------------------------
def _event(event: Event) -> SafeString:
    sign = format_html(" {}", icon("arrow-repeat", gettext("recurs"))) if event.series_id else ""
    link = format_html('<a href="{}">{} {}</a>{}', event.get_absolute_url(), icon(event.kind.icon), event, sign)
    if not (event.text or event.subject):
        return link
    kind = str(event.kind) if event.subject else ""
    words = ": ".join(part for part in (kind, Truncator(event.text).chars(110)) if part)
    return format_html('{}<span class="sv-sub">{}</span>', link, words)


def _when(event: Event) -> SafeString:
    when = time_tag(event.occurred_at)
    return format_html('<span class="sv-overdue">{}</span>', when) if event.is_overdue else when


def _event_status(event: Event) -> SafeString:
    if event.is_overdue:
        return _tag(gettext("overdue"), tone="sv-tag-red", sign="alarm")
    if event.approval == "pending":
        return _tag(gettext("waits for the head"), tone="sv-tag-yellow", sign="hourglass-split")
    return _tag(event.get_status_display(), tone="sv-tag-accent" if event.status == "planned" else "")


def _process(event: Event) -> Any:
    if event.process is None:
        return ""
    return format_html('<a href="{}">{}</a>', event.process.get_absolute_url(), event.process)


def event_columns() -> list[Column]:
    """Everything a list of events could show."""
    return [
        Column(key="what", label=_("What"), value=str, cell=_event, css="in-cell-text", main=True),
        Column(
            key="when",
            label=_("When"),
            value=lambda event: event.occurred_at,
            cell=_when,
            sort="when",
            css="sv-nowrap",
        ),
        _CLIENT,
        Column(key="status", label=_("Status"), value=lambda event: event.get_status_display(), cell=_event_status),
        _RESPONSIBLE,
        Column(key="result", label=_("Result"), value=lambda event: event.result, css="sv-clip", default=False),
        Column(key="details", label=_("Details"), value=lambda event: event.text, css="sv-clip", default=False),
        Column(key="kind", label=_("Kind"), value=lambda event: event.kind, css="sv-nowrap", default=False),
        Column(key="sale", label=_("Sale"), value=lambda event: event.process, cell=_process, default=False),
        Column(
            key="counted",
            label=_("Counts as contact on"),
            value=lambda event: event.counted_on,
            cell=lambda event: day(event.counted_on),
            css="sv-nowrap",
            default=False,
        ),
        _CITY,
        Column(
            key="author",
            label=_("Registered by"),
            value=lambda event: event.author,
            cell=lambda event: event.author.short_name,
            prepare=lambda rows: rows.select_related("author"),
            css="sv-nowrap",
            default=False,
        ),
        Column(
            key="registered",
            label=_("Registered"),
            value=lambda event: event.created_at,
            cell=lambda event: time_tag(event.created_at),
            css="sv-nowrap",
            default=False,
        ),
    ]


# --- sales ------------------------------------------------------------------------------------------------------------
def _sale(sale: SalesProcess) -> SafeString:
    return format_html('<a href="{}">{}</a><span class="sv-sub">{}</span>', sale.get_absolute_url(), sale, sale.kind)


def _stage(sale: SalesProcess) -> SafeString:
    if sale.is_open:
        return _tag(sale.stage or sale.get_status_display(), tone="sv-tag-accent")
    if sale.status == "won":
        return _tag(sale.get_status_display(), tone="sv-tag-green", sign="trophy")
    lost = _tag(sale.get_status_display(), sign="x-lg")
    return format_html('{}<span class="sv-sub">{}</span>', lost, sale.loss_reason) if sale.loss_reason else lost


def _expected(sale: SalesProcess) -> SafeString:
    late = sale.is_open and sale.expected_close_on is not None and sale.expected_close_on < local_today()
    when = time_tag(sale.expected_close_on)
    return format_html('<span class="sv-overdue">{}</span>', when) if late else when


def _date(key: str, label: Any, name: str, **kwargs: Any) -> Column:
    return Column(
        key=key,
        label=label,
        value=lambda row: getattr(row, name),
        cell=lambda row: time_tag(getattr(row, name)),
        css="sv-nowrap",
        **kwargs,
    )


def _idle(sale: SalesProcess) -> SafeString | str:
    today = clock.today()
    days = idle_days(sale, today)
    if not days:
        return ""
    words = ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
    return _tag(words, tone="sv-tag-yellow", sign="hourglass-split") if is_idle(sale, today) else words


def _weighted(sale: SalesProcess) -> Decimal | None:
    """What an open sale counts for in the forecast: its sum times the probability of its stage."""
    if not sale.is_open or sale.amount is None:
        return None
    return (sale.amount * (sale.stage.probability if sale.stage else 0) / 100).quantize(Decimal(1))


def _names(relation: str) -> Callable[[SalesProcess], str]:
    return lambda sale: ", ".join(str(each) for each in getattr(sale, relation).all())


def process_columns(*, is_open: bool) -> list[Column]:
    """Everything a list of sales could show; of the dates of their end the one that fits the open or the closed."""
    return [
        Column(key="sale", label=_("Sale"), value=str, cell=_sale, main=True),
        _CLIENT,
        Column(
            key="stage",
            label=_("Stage"),
            value=lambda sale: (sale.stage if sale.is_open else None) or sale.get_status_display(),
            cell=_stage,
            sort="stage",
            css="sv-cell-short",
        ),
        Column(
            key="amount",
            label=_("Amount"),
            value=lambda sale: sale.amount,
            cell=lambda sale: money(sale.amount),
            sort="amount",
            css="num",
        ),
        Column(
            key="weighted",
            label=_("Weighted"),
            value=_weighted,
            cell=lambda sale: money(_weighted(sale)),
            css="num",
            default=False,
        ),
        Column(
            key="idle",
            label=_("Idle"),
            value=lambda sale: idle_days(sale, clock.today()),
            cell=_idle,
            sort="idle",
            css="sv-nowrap",
            default=is_open,
        ),
        _date("stage_since", _("At this stage since"), "stage_since", sort="since", default=False),
        _date("started", _("Started"), "started_on", sort="started", default=not is_open),
        Column(
            key="expected",
            label=_("Expected"),
            value=lambda sale: sale.expected_close_on,
            cell=_expected,
            sort="close",
            css="sv-nowrap",
            default=is_open,
        ),
        _date("closed", _("Closed"), "closed_on", sort="closed", default=not is_open),
        _RESPONSIBLE,
        TAGS,
        Column(key="kind", label=_("Kind"), value=lambda sale: sale.kind, css="sv-nowrap", default=False),
        Column(
            key="source",
            label=_("Source"),
            value=lambda sale: sale.source,
            prepare=lambda rows: rows.select_related("source"),
            default=False,
        ),
        Column(
            key="co_managers",
            label=_("Co-managers"),
            value=_names("co_managers"),
            prepare=lambda rows: rows.prefetch_related("co_managers"),
            default=False,
        ),
        Column(
            key="competitors",
            label=_("Competitors"),
            value=_names("competitors"),
            prepare=lambda rows: rows.prefetch_related("competitors"),
            default=False,
        ),
        Column(
            key="lost_to",
            label=_("Lost to"),
            value=lambda sale: sale.lost_to,
            prepare=lambda rows: rows.select_related("lost_to"),
            default=False,
        ),
        Column(key="loss", label=_("Why lost"), value=lambda sale: sale.loss_reason, default=False),
        Column(key="comment", label=_("Comment"), value=lambda sale: sale.comment, css="sv-clip", default=False),
        _CITY,
    ]


# --- in the list of clients -------------------------------------------------------------------------------------------
def _with_next_step(rows: QuerySet) -> QuerySet:
    planned = Event.objects.planned().filter(client=OuterRef("pk")).order_by("occurred_at", "pk")
    return rows.annotate(
        step_at=Subquery(planned.values("occurred_at")[:1]), step_kind=Subquery(planned.values("kind__name")[:1])
    )


def _next_steps() -> Callable[[Any], str]:
    none, kind = format_html('<span class="sv-faint">{}</span>', pgettext("next step", "none")), cache(gettext)
    return lambda client: none if client.step_at is None else f"{day(client.step_at)} · {kind(client.step_kind)}"


def _with_open_sales(rows: QuerySet) -> QuerySet:
    open_sales = SalesProcess.objects.open().filter(client=OuterRef("pk")).order_by().values("client")
    return rows.annotate(open_sum=Subquery(open_sales.annotate(total=Sum("amount")).values("total")))


def add_to_clients() -> None:
    """Tell the list of clients what it can show of events and sales."""
    register(
        Column(
            key="step",
            label=_("Next step"),
            value=lambda client: client.step_at,  # type: ignore[attr-defined]
            cells=_next_steps,
            prepare=_with_next_step,
            css="sv-cell-short",
        )
    )
    register(
        Column(
            key="open_sales",
            label=_("Open sales"),
            value=lambda client: client.open_sum,  # type: ignore[attr-defined]
            cell=lambda client: money(client.open_sum),  # type: ignore[attr-defined]
            prepare=_with_open_sales,
            css="num",
            default=False,
        )
    )
