"""How the rows of each model are told behind a number (:mod:`reports.frame.documents`)."""

from typing import Any

from django.db.models import Model
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from clients.models import Client, OwnershipPeriod
from clients.templatetags.clients import zone_today
from crm import clock
from crm.web.tags.numbers import money
from crm.web.tags.times import on_day
from crm.web.tags.zones import days_left, zone_word
from exchange.models import Claim, ClaimPause, Detachment, Shelving, ZoneTransition
from interactions.models import Event, SalesProcess, StageChange
from reports.frame.documents import Told, register

_LONGEST = 160


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)


def _url(row: Model) -> str:
    return str(row.get_absolute_url())  # type: ignore[attr-defined]


@register(Client)
def client(row: Client) -> Told:
    """Its colour today; what it is and what comes next for those who may read it."""
    zone = zone_today(row)
    contact = _("last contact %(date)s") % {"date": on_day(row.last_contact_on)} if row.last_contact_on else ""
    return Told(zone_word(zone), _joined(row.get_category_display(), contact, days_left(row, zone)), url=_url(row))


@register(Event, "kind", "author")
def event(row: Event) -> Told:
    details = _joined(row.subject, Truncator(row.result or row.text).chars(_LONGEST))
    return Told(row.kind, details, row.author, _url(row))


@register(SalesProcess, "kind", "stage", "loss_reason", "author")
def sale(row: SalesProcess) -> Told:
    state = row.stage if row.is_open and row.stage else row.get_status_display()
    amount = money(row.amount) if row.amount is not None else ""
    return Told(row.kind, _joined(row.title, state, row.loss_reason, amount), row.author, _url(row))


@register(StageChange, "process__kind", "from_stage", "to_stage", "changed_by", client="process.client")
def stage_change(row: StageChange) -> Told:
    stages = " → ".join(str(stage) for stage in (row.from_stage, row.to_stage) if stage)
    return Told(_joined(row.get_step_display(), stages), _joined(row.process.title), row.changed_by, _url(row.process))


@register(ZoneTransition)
def zone_transition(row: ZoneTransition) -> Told:
    return Told(" → ".join(zone_word(zone) for zone in (row.from_zone, row.to_zone) if zone))


@register(Detachment, "return_reason", "detached_by", "undone_by")
def detachment(row: Detachment) -> Told:
    details = _joined(row.return_reason, row.comment)
    if row.undone_at and getattr(row, "moment", None) == row.undone_at:
        return Told(_("given back"), details, row.undone_by)
    return Told(row.get_reason_display(), details, row.detached_by)


@register(Claim, "assigned_by")
def claim(row: Claim) -> Told:
    days = max(0, (row.date - clock.local_date(row.exchange_since)).days)
    waited = ngettext("%(days)d day on the exchange", "%(days)d days on the exchange", days) % {"days": days}
    if row.assigned_by_id:
        return Told(_("assigned"), _joined(waited, row.override_reason), row.assigned_by)
    return Told(_("claimed"), waited)


@register(Shelving, "made_by")
def shelving(row: Shelving) -> Told:
    return Told(row.get_action_display(), row.reason, row.made_by)


@register(ClaimPause, client="")
def claim_pause(row: ClaimPause) -> Told:
    return Told(pgettext("claiming", "paused"), _("until %(date)s") % {"date": on_day(row.until)})


@register(OwnershipPeriod, "given_by")
def ownership(row: OwnershipPeriod) -> Told:
    until = _("until %(date)s") % {"date": on_day(row.until)} if row.until else ""
    return Told(row.get_gained_display(), _joined(until, row.get_lost_display() if row.lost else ""), row.given_by)
