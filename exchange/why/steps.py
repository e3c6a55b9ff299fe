"""Everything that moved or held one client, in the order of time."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Absence, Manager
from clients.policies import department_chain
from crm import clock
from crm.web.access import Access
from crm.web.tags.times import on_day
from crm.web.tags.zones import ZONE_ICONS
from exchange.models import Claim, Detachment, Protection, Shelving, TransitionCause
from exchange.rules.why import Move
from exchange.why import words
from exchange.why.facts import Story


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline. ``zone``: the colour it led to, "exchange" included; ``link`` are the words that lead
    to ``url``."""

    date: dt.date
    icon: str
    text: str
    details: Sequence[str] = ()
    zone: str = ""
    url: str = ""
    link: str = ""


#: Of several steps of one day: what happened first stands lower.
_ORDER = (
    "holiday",
    "absence",
    "policy",
    "warning",
    "hold",
    "night",
    "leave",
    "owner",
    "protection",
    "contact",
    "undo",
    "aside",
)


def steps_of(story: Story, reader: Manager) -> list[Step]:
    """The newest first. Links only to what ``reader`` may open; he may read the client."""
    heads = Access.HEAD.allows(reader)
    found: list[tuple[str, Step]] = [
        *(("holiday", step) for step in _holidays(story)),
        *(("absence", step) for step in _absences(story)),
        *(("policy", step) for step in _policies(story)),
        *(("warning", step) for step in _warnings(story)),
        *(("hold", step) for step in _holds(story)),
        *(("night", step) for step in _nights(story, heads)),
        *(("leave", step) for step in _leavings(story, heads)),
        *(("owner", step) for step in _owners(story)),
        *(("protection", step) for step in _protections(story)),
        *_contacts_and_colours(story),
        *(("undo", step) for step in _undone(story)),
        *(("aside", step) for step in _shelvings(story)),
    ]
    today = clock.today()
    numbered = [(step.date, _ORDER.index(what), number, step) for number, (what, step) in enumerate(found)]
    return [
        step for date, _what, _number, step in sorted(numbered, key=lambda row: row[:3], reverse=True) if date <= today
    ]


# --- contacts and colours ---------------------------------------------------------------------------------------------
def _contacts_and_colours(story: Story) -> Iterator[tuple[str, Step]]:
    changes: dict[dt.date, list[str]] = {}
    for row in story.transitions:
        if row.cause in (TransitionCause.CONTACT, TransitionCause.CORRECTION) and row.to_zone:
            changes.setdefault(row.date, []).append(row.to_zone)
    taken = set()
    for move in story.contacts.moves():
        day = clock.local_date(move.at)
        zone = changes.get(day, [])
        # Of several contacts of a day the first one turned it green.
        reached = "" if day in taken or not zone else zone[-1]
        taken.add(day)
        yield "contact", _contact(story, move, day, reached)
    owned = {(period.since, period.manager_id) for period in story.periods}
    for row in story.transitions:
        by_contact = row.cause in (TransitionCause.CONTACT, TransitionCause.CORRECTION) and row.date in taken
        by_owner = row.cause == TransitionCause.ASSIGNMENT and (row.date, row.manager_id) in owned
        if row.to_zone and not by_contact and not by_owner and row.cause != TransitionCause.UNDO:
            details = [row.get_cause_display()]
            if row.clock_date:
                details.append(_("clock date %(date)s") % {"date": on_day(row.clock_date)})
            icon = ZONE_ICONS.get(row.to_zone, "circle")
            yield "night", Step(story.published_on(row), icon, "", details, row.to_zone)


def _contact(story: Story, move: Move, day: dt.date, zone: str) -> Step:
    state = story.state_at(move.event, move.at + dt.timedelta(microseconds=1)) or story.states_of[move.event][-1]
    url, label = words.document(story, state)
    details = []
    if move.after and (move.before is None or move.after > move.before):
        text = _("Contact of %(date)s") % {"date": on_day(move.after)} if move.after != day else _("Contact")
        if move.after != day:
            # Written down or approved on a later day than it took place.
            details.append(_("known since %(date)s") % {"date": on_day(day)})
    else:
        text = _("A contact counts no more")
        if move.after:
            details.append(_("the last one is now that of %(date)s") % {"date": on_day(move.after)})
        else:
            details.append(_("there is no contact any more"))
    kind = story.kinds.get(state.kind_id)
    return Step(day, kind.icon if kind and kind.icon else "telephone", text, details, zone, url, label)


# --- owners -----------------------------------------------------------------------------------------------------------
def _owners(story: Story) -> Iterator[Step]:
    claims = {(claim.date, claim.manager_id): claim for claim in story.claims}
    for period in story.periods:
        claim = claims.pop((period.since, period.manager_id), None)
        if claim:
            yield _claim(claim)
            continue
        details = [str(period.get_gained_display())]
        if period.changed_by and period.changed_by != period.manager and period.until is None:
            details.append(_("by %(manager)s") % {"manager": period.changed_by})
        text = _("%(manager)s got the client") % {"manager": period.manager}
        yield Step(period.since, "person-check", text, details, "green")
    for claim in claims.values():
        yield _claim(claim)


def _claim(claim: Claim) -> Step:
    waited = max(0, (claim.date - clock.local_date(claim.exchange_since)).days)
    details = [ngettext("after %(days)d day", "after %(days)d days", waited) % {"days": waited}]
    text = _("Claimed by %(manager)s")
    if claim.assigned_by:
        text = _("Assigned to %(manager)s")
        details.insert(0, _("by %(manager)s") % {"manager": claim.assigned_by})
    if claim.override_reason:
        # Against a rule: why.
        details.append(claim.override_reason)
    return Step(claim.date, "box-arrow-in-left", text % {"manager": claim.manager}, details, "green")


def _leavings(story: Story, heads: bool) -> Iterator[Step]:
    for row in story.detachments:
        details = [
            _("was with %(manager)s") % {"manager": row.manager},
            str(row.get_reason_display()),
            *(str(part) for part in (row.return_reason, row.comment) if part),
        ]
        url, link = _night(row, heads)
        yield Step(story.arrived_on(row), ZONE_ICONS["exchange"], "", details, "exchange", url, link)


def _night(row: Detachment, heads: bool) -> tuple[str, str]:
    return (reverse("night-detail", args=[row.run_id]), _("The night")) if row.run_id and heads else ("", "")


def _undone(story: Story) -> Iterator[Step]:
    for row in story.detachments:
        if row.undone_at:
            details = [_("by %(manager)s") % {"manager": row.undone_by}] if row.undone_by else []
            text = _("Given back to %(manager)s") % {"manager": row.manager}
            yield Step(clock.local_date(row.undone_at), "arrow-counterclockwise", text, details)


def _shelvings(story: Story) -> Iterator[Step]:
    for row in story.shelvings:
        icon, text = {
            Shelving.Action.QUARANTINE: ("slash-circle", _("Not to be contacted until %(date)s")),
            Shelving.Action.LIFT: ("unlock", _("May be contacted again")),
            Shelving.Action.ARCHIVE: (ZONE_ICONS["archived"], _("Archived")),
            Shelving.Action.RESTORE: ("arrow-counterclockwise", _("Brought back from the archive")),
        }[Shelving.Action(row.action)]
        details = [part for part in (row.reason, _("by %(manager)s") % {"manager": row.made_by}) if part]
        yield Step(row.date, icon, text % {"date": on_day(row.until)} if row.until else text, details)


# --- warnings and holds -----------------------------------------------------------------------------------------------
def _warnings(story: Story) -> Iterator[Step]:
    for row in story.warnings:
        days = ngettext("%(days)d day before", "%(days)d days before", row.level) % {"days": row.level}
        names = ", ".join(str(person) for person in words.told_to(row))
        text = _("Told that it leaves on %(date)s") % {"date": on_day(row.leaves_on)}
        yield Step(row.warned_on, "bell", text, [names, days])


def _holds(story: Story) -> Iterator[Step]:
    for row in story.holds:
        url, link = words.hold_document(story, row)
        text = _("Stayed: %(what)s") % {"what": words.hold_words(row)}
        yield Step(row.since, "shield-check", text, [_("until %(date)s") % {"date": on_day(row.until)}], "", url, link)


def _protections(story: Story) -> Iterator[Step]:
    for row in story.protections:
        yield Step(row.starts_on, "shield-lock", _protected(row), _protected_details(row))
        if row.revoked_on:
            text = _("%(what)s ended early") % {"what": _kind(row)}
            details = [_("by %(manager)s") % {"manager": row.revoked_by}]
            yield Step(row.revoked_on, "shield-slash", text, details)


def _kind(row: Protection) -> str:
    label = str(row.get_kind_display())
    return label[:1].upper() + label[1:]


def _protected(row: Protection) -> str:
    return _("%(what)s until %(date)s") % {"what": _kind(row), "date": on_day(row.until)}


def _protected_details(row: Protection) -> list[str]:
    return [row.reason, _("by %(manager)s") % {"manager": row.given_by}]


def _nights(story: Story, heads: bool) -> Iterator[Step]:
    for row in story.proposals:
        if row.run.decision:
            url = reverse("night-detail", args=[row.run_id]) if heads else ""
            text = _("The night wanted to take it and asked an administrator first")
            details = [str(row.run.get_decision_display())]
            if row.run.decided_by:
                details.append(_("by %(manager)s") % {"manager": row.run.decided_by})
            yield Step(row.run.date, "question-circle", text, details, "", url, _("The night") if heads else "")
    for parked in story.parked:
        yield Step(parked.run.date, "exclamation-diamond", _("The night could not work on this client"))


# --- what stopped the clock, and the policy ---------------------------------------------------------------------------
def _held_by(story: Story, manager_id: int, first: dt.date, last: dt.date) -> bool:
    return any(
        period.since <= last and (period.until is None or period.until > first)
        for period in story.periods
        if period.manager_id == manager_id
    )


def _absences(story: Story) -> Iterator[Step]:
    for row in story.absences:
        if _held_by(story, row.manager_id, row.starts_on, row.ends_on):
            yield Step(row.starts_on, "airplane", _away(row), _away_details(row))


def _away(row: Absence) -> str:
    facts = {"manager": row.manager, "days": words.span(row.starts_on, row.ends_on)}
    return _("%(manager)s was away: %(days)s") % facts


def _away_details(row: Absence) -> list[str]:
    details = [_("these days do not count")]
    if row.deputy:
        details.append(_("%(manager)s stood in") % {"manager": row.deputy})
    return details


def _holidays(story: Story) -> Iterator[Step]:
    names = {row.date: row.name for row in story.holidays}
    today = clock.today()
    for first, last in story.freezes_at(clock.now()).holiday_rows:
        if first > today or not any(
            story.period_on(day) for day in {first, min(last, today)} if day >= story.first_day
        ):
            continue
        shown = list(dict.fromkeys(names[day] for day in sorted(names) if first <= day <= last))[:2]
        text = _("Holidays: %(days)s") % {"days": words.span(first, last)}
        yield Step(first, "tree", text, [_("these days do not count"), ", ".join(shown)])


def _policies(story: Story) -> Iterator[Step]:
    """Another version, or another policy, began to rule this client."""
    versions = story.versions
    moments = {moment for moment in story.policy_moments if clock.local_date(moment) >= story.first_day}
    for moment in sorted(moments):
        period = story.period_on(clock.local_date(moment)) if clock.local_date(moment) <= clock.today() else None
        if period is None or period.since > clock.local_date(moment):
            continue
        chain = department_chain(period.manager)
        category = story.category_at(moment)
        before = story.book_at(moment).choose(chain, category).label
        after = story.book_at(moment + dt.timedelta(microseconds=1)).choose(chain, category).label
        if before != after:
            version = versions.get(after)
            text = _("Another policy: %(policy)s") % {"policy": version or words.default_policy(after)}
            old = versions.get(before)
            details = [_("before: %(policy)s") % {"policy": old or words.default_policy(before)}]
            if version and version.by:
                details.append(_("by %(manager)s") % {"manager": version.by})
            yield Step(clock.local_date(moment), "sliders", text, details)


def days_of(steps: Sequence[Step], day: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The nearest days with a step before and after ``day``."""
    earlier = max((step.date for step in steps if step.date < day), default=None)
    later = min((step.date for step in steps if step.date > day), default=None)
    return earlier, later
