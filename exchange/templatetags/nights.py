"""Template tags of the nights: badges and words."""

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from exchange.models import Decision, NightlyRun, RunStatus

register = template.Library()

_STATUS = {RunStatus.DONE: ("", "check-circle"), RunStatus.RUNNING: ("accent", "arrow-repeat")}
_DECISIONS = {
    Decision.ASKED: ("yellow", "shield-exclamation"),
    Decision.CONFIRMED: ("green", "check-circle"),
    Decision.REJECTED: ("red", "x-circle"),
    Decision.SUPERSEDED: ("", "skip-forward"),
}
_MINUTE = 60
_HOUR = 3600


def _tag(tone: str, icon: str, words: object) -> SafeString:
    css = f"sv-tag sv-tag-{tone}" if tone else "sv-tag"
    return format_html('<span class="{}"><i class="bi bi-{}" aria-hidden="true"></i> {}</span>', css, icon, words)


@register.simple_tag
def run_status(run: NightlyRun) -> SafeString:
    """The status of a run as a badge."""
    tone, icon = _STATUS.get(RunStatus(run.status), ("red", "exclamation-octagon"))
    return _tag(tone, icon, run.get_status_display())


@register.simple_tag
def decision_badge(run: NightlyRun) -> SafeString | str:
    """What became of the night's question; nothing for a night that had none."""
    found = _DECISIONS.get(Decision(run.decision))
    return _tag(*found, run.get_decision_display()) if found else ""


@register.filter
def duration(seconds: float | None) -> str:
    """``{{ night.seconds|duration }}``: "0.4 s", "12 s", "3 min 20 s", "1 h 5 min"."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return _("%(n)s s") % {"n": number_format(seconds, 1)}
    whole = round(seconds)
    if whole < _MINUTE:
        return _("%(n)s s") % {"n": whole}
    if whole < _HOUR:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": whole // _MINUTE, "seconds": whole % _MINUTE}
    return _("%(hours)s h %(minutes)s min") % {"hours": whole // _HOUR, "minutes": whole % _HOUR // _MINUTE}
