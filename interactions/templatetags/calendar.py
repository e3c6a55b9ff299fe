"""Tags of the calendar."""

import datetime as dt

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.web.tags.numbers import meter
from interactions.rules.load import Level, Load

register = template.Library()


@register.filter
def hours(minutes: int) -> str:
    """A length of time in short words: "40 min", "2 h", "2 h 20 min"."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        return _("%(minutes)s min") % {"minutes": rest}
    if not rest:
        return _("%(hours)s h") % {"hours": whole}
    return _("%(hours)s h %(minutes)s min") % {"hours": whole, "minutes": rest}


@register.filter
def slot(day: dt.date, hour: int = 10) -> str:
    """An hour of a day as the form of a plan takes it."""
    return f"{day:%Y-%m-%d}T{hour:02d}:00"


@register.simple_tag
def load_meter(load: Load, css: str = "") -> SafeString:
    """How full a day is: a bar and the planned hours. Nothing where nobody works and nothing is planned."""
    if load.level is Level.OFF:
        return SafeString("")
    if not load.planned:
        return format_html('<span class="cal-load is-free {}">{}</span>', css, _("free"))
    words = hours(load.planned)
    if not load.capacity:
        return format_html('<span class="cal-load is-over {}" title="{}">{}</span>', css, _("on a day off"), words)
    told = _("%(planned)s planned of %(all)s") % {"planned": words, "all": hours(load.capacity)}
    bar = meter(load.planned, load.capacity, told)
    return format_html(
        '<span class="cal-load is-{} {}" title="{}">{}<span class="cal-load-words">{}</span></span>',
        load.level.value,
        css,
        told,
        bar,
        f"{load.percent} %",
    )
