"""Lines of a client's history.

Drawn by plain functions: twenty events drawn by template tags cost more than everything else on the card.
"""

from collections.abc import Iterable, Iterator

from django import template
from django.template.defaultfilters import truncatechars
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clients.templatetags.mentions import mentions
from crm.web.addresses import address
from crm.web.escaping import escaped
from crm.web.tags.marks import icon
from crm.web.tags.times import on_day, time_tag
from interactions.models import Agreement, Approval, Event, EventStatus

register = template.Library()

#: Longer texts are read on the page of the event.
_TEXT_SHOWN, _RESULT_SHOWN = 600, 400
_KEPT, _BROKEN = Agreement.Status.KEPT, Agreement.Status.BROKEN


@register.simple_tag
def history_lines(events: Iterable[Event]) -> SafeString:
    """The ``<li>`` of events that were read as ``interactions.selectors.history`` reads them."""
    return SafeString("".join(map(_line, events)))


def _line(event: Event) -> str:
    counted = " is-counted" if event.counted_on else ""
    texts = _text(event.text, _TEXT_SHOWN) + _text(event.result, _RESULT_SHOWN, icon("arrow-return-right") + " ")
    return (
        f'<li class="sv-event is-{event.status}{counted}" id="event-{event.pk}">'
        f'<span class="sv-event-icon">{icon(event.kind.icon)}</span><div class="sv-event-body">'
        f'<div class="sv-event-head">{"".join(_head(event))}{time_tag(event.occurred_at)}</div>{texts}'
        f'{"".join(map(_agreement, event.agreements.all()))}<p class="in-meta">{"".join(_meta(event))}</p></div></li>'
    )


def _head(event: Event) -> Iterator[str]:
    """What it was, and what is to be said of its state."""
    kind = event.kind
    if kind.is_system:
        url = event.process.get_absolute_url() if event.process else event.get_absolute_url()
        yield f'<a href="{url}">{escaped(str(kind))}: {escaped(event.subject)}</a>'
        # Not every event of the program's own is a step of a sale.
        if stage := getattr(getattr(event, "stage_change", None), "to_stage", None):
            yield _tag(str(stage))
    else:
        yield f'<a href="{event.get_absolute_url()}">{escaped(str(event))}</a>'
        if event.subject:
            yield f'<span class="sv-muted">{escaped(str(kind))}</span>'
    if event.status == EventStatus.PLANNED:
        if event.is_overdue:
            yield f'<span class="sv-tag sv-tag-red">{icon("alarm")} {_("overdue")}</span>'
        else:
            yield _tag(event.get_status_display(), "sv-tag-accent")
    elif event.status == EventStatus.CANCELLED:
        yield _cancelled(event)
    if event.approval == Approval.PENDING:
        title = escaped(_("Dated far back: it counts when the head approves it."))
        words = f"{icon('hourglass-split')} {escaped(_('waits for the head'))}"
        yield f'<span class="sv-tag sv-tag-yellow" title="{title}">{words}</span>'
    elif event.approval == Approval.REJECTED:
        name = event.approved_by
        yield _tag(_("does not count: date rejected by %(name)s") % {"name": name} if name else _("does not count"))
    if event.series_id:
        yield f'<span class="sv-muted">{icon("arrow-repeat", _("recurs"))}</span>'


def _cancelled(event: Event) -> str:
    returned_at = event.returned_at  # type: ignore[attr-defined]
    if not returned_at:
        return _tag(event.get_status_display())
    title = _("The client went to the exchange on %(day)s, and its plans were returned.") % {"day": on_day(returned_at)}
    return f'<span class="sv-tag" title="{escaped(title)}">{escaped(_("returned with the client"))}</span>'


def _text(text: str, shown: int, before: str = "") -> str:
    if not text:
        return ""
    words = mentions(text if len(text) <= shown else truncatechars(text, shown))
    return f'<p class="in-text sv-wrap">{before}{words}</p>'


def _agreement(agreement: Agreement) -> str:
    if agreement.status == _KEPT:
        mark = icon("check-circle", _("kept"))
    elif agreement.status == _BROKEN:
        mark = icon("x-circle", _("not kept"))
    else:
        mark = icon("circle", _("open"))
    words = f"{escaped(agreement.get_side_display())}: {escaped(agreement.text)}"
    due = f", {time_tag(agreement.due_on)}" if agreement.due_on else ""
    return f'<p class="in-agreement in-agreement-{agreement.status}">{mark} {words}{due}</p>'


def _meta(event: Event) -> Iterator[str]:
    """Who did it and who took part, which sale it belongs to, what it continues."""
    is_system = event.kind.is_system
    yield escaped(str(event.responsible))
    if event.author_id != event.responsible_id and not is_system:
        yield f"<span>{escaped(_('entered by %(name)s') % {'name': event.author.short_name})}</span>"
    for participant in event.participants.all():
        mark = icon("person") if participant.person_id else ""
        yield f"<span>{mark} {escaped(str(participant))}</span>"
    if event.approval == Approval.APPROVED and event.approved_by and event.approved_by_id != event.author_id:
        words = _("date approved by %(name)s") % {"name": event.approved_by}
        yield f"<span>{icon('check2')} {escaped(words)}</span>"
    if event.process and not is_system:
        yield f'<a href="{event.process.get_absolute_url()}">{icon("funnel")} {escaped(str(event.process))}</a>'
    if event.continues:
        words = _("continues: %(event)s") % {"event": event.continues}
        yield f'<a href="{event.continues.get_absolute_url()}">{icon("arrow-up-short")}{escaped(words)}</a>'
    if continued_by := event.continued_by:  # type: ignore[attr-defined]
        yield f'<a href="{address("event-detail", continued_by)}">{icon("arrow-down-short")}{_("continued")}</a>'


def _tag(words: object, css: str = "") -> str:
    return f'<span class="sv-tag{css and f" {css}"}">{escaped(str(words))}</span>'
