"""The words of "why": short sentences with an icon and, where the reader may open it, a link to the document."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from clients.models import Manager, OwnershipPeriod
from clients.periods import period
from clients.rules.zones import Zone, next_change, zone_on
from clients.zoning import published
from crm import clock
from crm.web.access import Access
from crm.web.tags.times import on_day
from crm.web.tags.zones import ZONE_ICONS, zone_word
from exchange.models import Decision, DetachHold, Detachment, LeavingWarning, Shelving, TransitionCause

if TYPE_CHECKING:
    from exchange.why.day import WhyOn
    from exchange.why.facts import EventState, Story


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of the explanation. ``link`` are the words that lead to ``url``."""

    icon: str
    text: str
    url: str = ""
    link: str = ""
    tone: str = ""


def of_day(why: "WhyOn", reader: Manager) -> Iterator[Sentence]:
    """The sentences of a day."""
    if why.period is None:
        yield from _not_held(why)
    else:
        yield from _colour(why)
        yield from _clock(why)
        yield from _dates(why)
        yield from _frozen(why)
        yield from _leaving(why, reader)
        yield from (told(row) for row in why.warnings)
    yield from _night(why, reader)
    yield from why.later


# --- the colour -------------------------------------------------------------------------------------------------------
def _colour(why: "WhyOn") -> Iterator[Sentence]:
    facts = {"manager": why.manager, "zone": zone_word(why.zone).lower(), "date": on_day(why.since)}
    icon = ZONE_ICONS.get(why.zone, "circle")
    if why.is_reconstructed:
        text = _("Held by %(manager)s, %(zone)s – reconstructed: no change of colour was written down by then.")
    else:
        text = _("Held by %(manager)s, %(zone)s since %(date)s.")
    told = why.change is not None and why.change.cause not in (TransitionCause.NIGHT, TransitionCause.CONTACT)
    cause = why.change.get_cause_display() if why.change and told else ""
    yield Sentence(icon, text % facts, tone=why.zone)
    if cause and why.since != why.clock_date:
        yield Sentence("arrow-right-short", _("It changed colour then because of: %(cause)s.") % {"cause": cause})


def _clock(why: "WhyOn") -> Iterator[Sentence]:
    assert why.clock_date is not None
    assert why.period is not None
    story, passed = why.story, _days_passed(why.days)
    facts = {"date": on_day(why.clock_date), "days": passed, "manager": why.manager}
    if why.contact:
        text = _("The clock counted from the last contact on %(date)s, %(days)s before.") % facts
        url, label = document(story, why.contact)
        yield Sentence("telephone", text, url, label)
    elif why.clock_date > why.period.since:
        text = _("The clock counted from the last contact on %(date)s, %(days)s before; its document is not known.")
        yield Sentence("telephone", text % facts)
    else:
        text = _(
            "No contact since %(manager)s got the client: the clock counted from that day, %(date)s, %(days)s before."
        )
        yield Sentence("person-check", text % facts)
        yield Sentence("person", gained(why.period))


def _days_passed(days: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def gained(period: OwnershipPeriod) -> str:
    """How a manager got the client."""
    facts = {"how": period.get_gained_display(), "date": on_day(period.since), "by": period.changed_by}
    if period.changed_by and period.changed_by != period.manager:
        return _("How the client came: %(how)s on %(date)s, by %(by)s.") % facts
    return _("How the client came: %(how)s on %(date)s.") % facts


def document(story: "Story", state: "EventState") -> tuple[str, str]:
    """The address and the words of an event; a deleted one, or one that is another client's now, has no address."""
    kind = story.kinds.get(state.kind_id)
    label = str(kind) if kind else _("a contact")
    last = story.states_of[state.event][-1]
    if not last.exists or last.client_id != story.client.pk:
        return "", label
    if state.subject:
        label = f"{label}: {state.subject}"
    if state.responsible_id in story.managers:
        label = f"{label}, {story.managers[state.responsible_id]}"
    return reverse("event-detail", args=[state.event]), label


def _dates(why: "WhyOn") -> Iterator[Sentence]:
    dates = why.dates
    assert dates is not None
    facts = {"yellow": _full(dates.yellow_on), "red": _full(dates.red_on), "exchange": _full(dates.detach_on)}
    text = _("By the dates of that day: yellow on %(yellow)s, red on %(red)s, to the exchange on %(exchange)s.")
    if why.is_today:
        text = _("The dates: yellow on %(yellow)s, red on %(red)s, to the exchange on %(exchange)s.")
    yield Sentence("calendar3", text % facts)
    version = why.story.versions.get(why.policy)
    policy = str(version) if version else default_policy(why.policy)
    yield Sentence("sliders", _("Policy: %(policy)s.") % {"policy": policy}, reverse("rule-list"), _("Rules"))


def default_policy(label: str) -> str:
    """A policy that is in no table: the program's own thresholds, or a label nobody knows any more."""
    return _("the program's own thresholds") if label == "default" else label


def _frozen(why: "WhyOn") -> Iterator[Sentence]:
    if not why.frozen:
        return
    shown = ", ".join(span(first, last) for first, last in why.frozen[-4:])
    if len(why.frozen) > 4:
        shown = f"…, {shown}"
    text = ngettext(
        "%(days)d day since then did not count (absence or holidays): %(spans)s.",
        "%(days)d days since then did not count (absence or holidays): %(spans)s.",
        why.frozen_days,
    )
    yield Sentence("snow", text % {"days": why.frozen_days, "spans": shown})


def span(first: dt.date, last: dt.date) -> str:
    """ "3 May", "3–9 May" in words short enough for a list."""
    return period(first, last)


def _leaving(why: "WhyOn", reader: Manager) -> Iterator[Sentence]:
    assert why.dates is not None
    if why.hold:
        url, link = hold_document(why.story, why.hold)
        facts = {"what": hold_words(why.hold), "date": _full(why.hold.until)}
        text = _("Its time had come, and it stayed: %(what)s, until %(date)s at the latest.")
        yield Sentence("shield-check", text % facts, url, link)
    elif why.is_due and not why.proposal:
        yield Sentence("moon-stars", _("Its time to leave for the exchange had come."))
    elif (coming := next_change(why.dates, why.day)) and why.zone == published(_zone(why)):
        zone, changes_on, days = coming
        facts = {"date": _full(changes_on), "days": _days_passed(days)}
        text = {
            Zone.YELLOW: _("Without a contact it would turn yellow on %(date)s, in %(days)s."),
            Zone.RED: _("Without a contact it would turn red on %(date)s, in %(days)s."),
            Zone.DUE: _("Without a contact its time to leave would come on %(date)s, in %(days)s."),
        }[zone]
        yield Sentence("hourglass-split", text % facts)


def _zone(why: "WhyOn") -> Zone:
    assert why.dates is not None
    return zone_on(why.dates, why.day)


def hold_words(hold: DetachHold) -> str:
    """What held the client: "planned contact (Show the prototype)"."""
    kind = hold.get_kind_display()
    return f"{kind} ({hold.label})" if hold.label else str(kind)


def hold_document(story: "Story", hold: DetachHold) -> tuple[str, str]:
    """The address and the words of what holds; none where it is gone or has no page."""
    what, _sep, number = hold.source.partition(":")
    if not number.isdigit():
        return "", ""
    if what == "process":
        return reverse("process-detail", args=[number]), _("Sale")
    if what == "event":
        states = story.states_of.get(int(number))
        if states and states[-1].exists and states[-1].client_id == story.client.pk:
            return reverse("event-detail", args=[number]), _("Planned contact")
    return "", ""


def told(row: LeavingWarning) -> Sentence:
    """Who was told, when, of what."""
    names = ", ".join(str(person) for person in told_to(row))
    facts = {"names": names, "date": on_day(row.warned_on), "leaves": on_day(row.leaves_on)}
    return Sentence("bell", _("Told on %(date)s that it leaves on %(leaves)s: %(names)s.") % facts)


def told_to(row: LeavingWarning) -> list[Manager]:
    """The recipients of a warning, each once."""
    return list(dict.fromkeys(person for person in (row.manager, row.deputy, row.head) if person))


# --- without a manager ------------------------------------------------------------------------------------------------
def _not_held(why: "WhyOn") -> Iterator[Sentence]:
    if why.zone not in ("exchange", "archived"):
        yield Sentence("dash-circle", _("Nobody held the client on that day, and it was not on the exchange."))
        return
    if why.zone == "exchange":
        yield Sentence(
            ZONE_ICONS["exchange"], _("On the exchange since %(date)s.") % {"date": on_day(why.since)}, tone="exchange"
        )
    if why.aside:
        yield _aside(why.aside)
    stay = why.stay
    if stay is None and why.zone == "archived":
        return
    if stay is None:
        yield Sentence("info-circle", _("How it came there was not written down."))
        return
    yield Sentence("person", arrival(stay))
    facts = {"date": _full(stay.clock_date), "zone": zone_word(stay.zone).lower()}
    story = why.story
    if stay.last_event_id and stay.last_event_id in story.states_of and stay.last_contact_on == stay.clock_date:
        url, label = document(story, story.states_of[stay.last_event_id][-1])
        yield Sentence("telephone", _("It was %(zone)s; the last contact was on %(date)s.") % facts, url, label)
    else:
        yield Sentence("clock-history", _("It was %(zone)s; the clock counted from %(date)s.") % facts)
    if stay.policy:
        version = story.versions.get(stay.policy)
        policy = str(version) if version else default_policy(stay.policy)
        yield Sentence("sliders", _("Policy: %(policy)s.") % {"policy": policy}, reverse("rule-list"), _("Rules"))
    stretch = (stay.manager_id, stay.clock_date)
    yield from (
        told(row)
        for row in reversed(story.warnings)
        if (row.manager_id, row.clock_date) == stretch and row.warned_on <= stay.date
    )
    if stay.undone_at:
        facts_of_undo = {"date": on_day(clock.local_date(stay.undone_at)), "by": stay.undone_by or "–"}
        yield Sentence("arrow-counterclockwise", _("Given back on %(date)s by %(by)s.") % facts_of_undo)


def _aside(row: Shelving) -> Sentence:
    """How a client was set aside, by whom and why."""
    facts = {"date": on_day(row.date), "until": on_day(row.until), "reason": row.reason, "by": row.made_by}
    if row.action == Shelving.Action.ARCHIVE:
        return Sentence(ZONE_ICONS["archived"], _("Archived on %(date)s by %(by)s: %(reason)s") % facts)
    return Sentence("slash-circle", _("Not to be contacted until %(until)s, by %(by)s: %(reason)s") % facts)


def arrival(stay: Detachment) -> str:
    """Who had it, and why he has it no more."""
    facts = {"manager": stay.manager, "why": stay.get_reason_display(), "by": stay.detached_by}
    text = _("%(manager)s held it before; why it went: %(why)s.") % facts
    extra = " · ".join(str(part) for part in (stay.return_reason, stay.comment) if part)
    return f"{text} {extra}".strip()


# --- the night --------------------------------------------------------------------------------------------------------
def _night(why: "WhyOn", reader: Manager) -> Iterator[Sentence]:
    if why.parked:
        yield Sentence(
            "exclamation-diamond", _("The night could not work on this client; the next one tried again."), tone="red"
        )
    if why.proposal and why.period:
        yield Sentence("question-circle", _question(why))
    if why.run and Access.HEAD.allows(reader):
        moment = why.run.finished_at or why.run.started_at
        local = moment.astimezone(clock.company_zone())
        facts = {"date": _full(local.date()), "time": f"{local:%H:%M}"}
        text = _("The nightly run of that day ended on %(date)s at %(time)s.") % facts
        yield Sentence("moon", text, reverse("night-detail", args=[why.run.pk]), _("The night"))


def _question(why: "WhyOn") -> str:
    assert why.proposal is not None
    run = why.proposal.run
    facts = {"by": run.decided_by or "–"}
    said: dict[str, str] = {
        Decision.ASKED: _("The night would have taken it and waits for an administrator's word."),
        Decision.CONFIRMED: _("The night asked before it took anybody; %(by)s confirmed it."),
        Decision.REJECTED: _("The night would have taken it; %(by)s said no."),
        Decision.SUPERSEDED: _(
            "The night would have taken it; nobody answered its question, and the next one asked anew."
        ),
    }
    return said.get(Decision(run.decision), _("The night meant to take it, and it was not due any more.")) % facts


# --- what has come to be known since ----------------------------------------------------------------------------------
def not_known_yet(story: "Story", then: "EventState | None", after: "EventState", evening: dt.datetime) -> Sentence:
    """A contact that counts today and did not on that evening."""
    url, label = document(story, after)
    counted = after.counted_on
    changed = next(
        (state.at for state in story.states_of[after.event] if state.at >= evening and story.counts(state) == counted),
        after.at,
    )
    facts = {"what": label, "date": on_day(counted), "later": on_day(clock.local_date(changed))}
    if then is None:
        text = _("On that day the contact of %(date)s was not registered yet (registered %(later)s).")
    elif not then.exists or then.client_id != story.client.pk:
        text = _("On that day the contact of %(date)s was registered with another client (moved %(later)s).")
    elif then.approval == "pending":
        text = _("On that day the contact of %(date)s waited for the head's approval (approved %(later)s).")
    else:
        text = _("On that day the contact of %(date)s did not count yet (changed %(later)s).")
    return Sentence("clock-history", text % facts, url, label)


def stands_differently(story: "Story", then: "EventState", after: "EventState", evening: dt.datetime) -> Sentence:
    """The contact that decided on that evening counts no more, or for another day."""
    changed = next(
        (
            state.at
            for state in story.states_of[then.event]
            if state.at >= evening and story.counts(state) != then.counted_on
        ),
        after.at,
    )
    facts = {
        "date": on_day(then.counted_on),
        "later": on_day(clock.local_date(changed)),
        "other": on_day(after.counted_on) if after.counted_on else "",
    }
    url, label = document(story, after)
    if not after.exists:
        text = _("The contact of %(date)s that decided was deleted on %(later)s.")
    elif after.client_id != story.client.pk:
        text = _("The contact of %(date)s that decided was moved to another client on %(later)s.")
    elif after.status == "cancelled":
        text = _("The contact of %(date)s that decided was cancelled on %(later)s.")
    elif after.counted_on:
        text = _("The contact of %(date)s that decided was dated %(other)s on %(later)s.")
    else:
        text = _("The contact of %(date)s that decided does not count any more since %(later)s.")
    return Sentence("clock-history", text % facts, url, label)


def would_have_been(zone: str) -> Sentence:
    """By what is registered today the colour would have been another one."""
    text = _("By what is registered today it would have been %(zone)s.") % {"zone": zone_word(zone).lower()}
    return Sentence("info-circle", text)


def dates_disagree(zone: str) -> Sentence:
    """The dates read back say another colour than the one published then."""
    text = _(
        "By the dates as they can be computed today it would have been %(zone)s: an absence, a holiday or a policy was "
        "changed since, or that night came late."
    )
    return Sentence("info-circle", text % {"zone": zone_word(zone).lower()})


def _full(day: dt.date) -> str:
    """A date with its year."""
    # Translators: date format of Django's "date" filter, inside a sentence, always with the year.
    return date_format(day, pgettext("in a sentence", "j M Y"))
