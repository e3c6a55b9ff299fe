"""Sums, numbers, shares."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def money(value: Decimal | float | str | None) -> str:
    """A sum without its kopecks unless it has some, grouped as the reader is used to."""
    if value is None or value == "":
        return ""
    amount = Decimal(str(value))
    return number_format(amount, decimal_pos=0 if amount == amount.to_integral_value() else 2, force_grouping=True)


@register.filter
def number(value: float | str | None) -> str:
    """A whole number, grouped."""
    return "" if value is None or value == "" else number_format(value, decimal_pos=0, force_grouping=True)


@register.filter
def share(part: float | None, whole: float | None) -> str:
    """``{{ red|share:held }}``: "12 %"; a dash where there is no whole."""
    if not whole:
        return "–"
    # Translators: a share, such as "12%".
    return _("%(share)s%%") % {"share": number_format(round(100 * (part or 0) / whole), force_grouping=True)}


@register.filter
def signed(value: float | str | None) -> str:
    """A change with its sign: "+3", "−2" (a true minus), "0"."""
    if value is None or value == "":
        return ""
    change = Decimal(str(value))
    grouped = number_format(abs(change), force_grouping=True)
    return grouped if not change else f"{'+' if change > 0 else '−'}{grouped}"


@register.simple_tag
def meter(value: float, maximum: float = 100, label: str = "") -> SafeString:
    """A thin progress bar, such as a portrait's completeness."""
    done = max(0.0, min(100.0, 100 * (value or 0) / maximum)) if maximum else 0.0
    return format_html(
        '<svg class="sv-bar sv-meter" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="sv-fill-track" width="100" height="8"/>'
        '<rect class="sv-fill-accent" width="{}" height="8"/></svg>',
        label or f"{done:.0f}%",
        f"{done:.2f}",
    )
