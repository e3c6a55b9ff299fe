"""Columns of the journal of inquiries."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from crm.web.columns import Column
from crm.web.tags.marks import icon
from crm.web.tags.numbers import money
from crm.web.tags.times import time_tag
from interactions.models import Inquiry

_SHOWN = 90
_TONES = {"waiting": "sv-tag-yellow", "passed": "sv-tag-accent", "taken": "", "closed": ""}


def _client(inquiry: Inquiry) -> SafeString:
    words = Truncator(inquiry.text).chars(_SHOWN)
    link = format_html('<a href="{}">{} {}</a>', inquiry.get_absolute_url(), icon(inquiry.kind.icon), inquiry.client)
    return format_html('{}<span class="sv-sub">{}</span>', link, words) if words else link


def _status(inquiry: Inquiry) -> SafeString:
    return format_html('<span class="sv-tag {}">{}</span>', _TONES[inquiry.status], inquiry.get_status_display())


def _typed(inquiry: Any) -> str:
    return "" if inquiry.is_typed_hidden else inquiry.typed


def _with(*names: str) -> Any:
    return lambda rows: rows.select_related(*names)


def inquiry_columns() -> list[Column]:
    """Everything the journal could show."""
    return [
        Column(
            key="client",
            label=_("Client"),
            value=lambda row: row.client,
            cell=_client,
            sort="client",
            css="in-cell-text",
            main=True,
        ),
        Column(
            key="when",
            label=_("Received"),
            value=lambda row: row.received_at,
            cell=lambda row: time_tag(row.received_at),
            sort="when",
            css="sv-nowrap",
        ),
        Column(key="status", label=_("Status"), value=lambda row: row.get_status_display(), cell=_status),
        Column(
            key="assigned",
            label=_("Who goes on with it"),
            value=lambda row: row.assigned_to,
            cell=lambda row: row.assigned_to.short_name if row.assigned_to else "",
            css="sv-nowrap",
        ),
        Column(
            key="answered",
            label=_("Answered by"),
            value=lambda row: row.taken_by,
            cell=lambda row: row.taken_by.short_name,
            css="sv-nowrap",
        ),
        Column(key="typed", label=_("As it came"), value=_typed, css="sv-nowrap", default=False),
        Column(key="text", label=_("What about"), value=lambda row: row.text, css="sv-clip", default=False),
        Column(key="kind", label=_("How it came"), value=lambda row: row.kind, css="sv-nowrap", default=False),
        Column(key="source", label=_("Source"), value=lambda row: row.source, prepare=_with("source"), default=False),
        Column(
            key="product", label=_("Product"), value=lambda row: row.product, prepare=_with("product"), default=False
        ),
        Column(
            key="amount",
            label=_("Amount"),
            value=lambda row: row.amount,
            cell=lambda row: money(row.amount),
            sort="amount",
            css="num",
            default=False,
        ),
        Column(key="rule", label=_("Rule"), value=lambda row: row.rule, prepare=_with("rule"), default=False),
        Column(
            key="settled",
            label=_("Settled"),
            value=lambda row: row.settled_at,
            cell=lambda row: time_tag(row.settled_at) if row.settled_at else "",
            css="sv-nowrap",
            default=False,
        ),
        Column(key="why", label=_("Why closed"), value=lambda row: row.closed_because, css="sv-clip", default=False),
    ]
