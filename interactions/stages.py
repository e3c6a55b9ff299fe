"""What a sale must have before it leaves its stage: the one place that decides, whoever asks.

Forms, the board, bulk actions and whatever writes sales come here through ``interactions.sales``. Permission is the
caller's; that a kind of sale is *controlled* is nobody's to overlook, the head's neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from clients import custom_fields
from clients.models import Attachment
from crm.web.errors import DomainError
from interactions.models import (
    Control,
    EventStatus,
    FileLink,
    SalesProcess,
    Stage,
    StageApproval,
    StageCondition,
)
from interactions.rules.stages import allowed_positions, may_be_won
from interactions.stage_facts import FIELDS, is_filled

What = StageCondition.What


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition of a stage, as it stands for one sale.

    Attributes:
        what: which sort of condition.
        words: what has to be so: "Offer sent: done in this sale".
        met: whether it is.
        url: where it can be met.
        approval: the head's word, where one was asked for or given at this stage.
    """

    what: str
    words: str
    met: bool
    url: str
    approval: StageApproval | None = None


class StageRefused(DomainError):
    """A sale is not ready for the step. ``missing``: what has to be done first; empty where the way itself is closed
    (a stage would be skipped)."""

    def __init__(self, message: str, missing: Sequence[Requirement] = ()) -> None:
        self.missing = list(missing)
        if self.missing:
            message = f"{message} {'; '.join(requirement.words for requirement in self.missing)}."
        super().__init__(message, field="stage")


def requirements(process: SalesProcess, stage: Stage | None = None) -> list[Requirement]:
    """The conditions to leave a stage (the present one when none is named), each with whether it is met.

    One query for the conditions, at most one for each of them.
    """
    stage = stage or process.stage
    if stage is None or process.kind.control == Control.UNTRACKED:
        return []
    found = (_requirement(process, condition) for condition in stage.conditions.select_related("event_kind", "stage"))
    return [requirement for requirement in found if requirement]


def missing(process: SalesProcess) -> list[Requirement]:
    """What has to be done before the sale goes on from where it is."""
    return [requirement for requirement in requirements(process) if not requirement.met]


def positions_open_to(process: SalesProcess) -> set[int]:
    """Positions of the stages this sale may be sent to, its conditions apart."""
    return allowed_positions(**_place_of(process)) if process.is_open else set()


def may_win(process: SalesProcess) -> bool:
    """Whether this sale can be won from the stage it is at, its conditions apart."""
    return process.is_open and may_be_won(**_place_of(process))


def check_move(process: SalesProcess, to: Stage) -> None:
    """
    Raises:
        DomainError: the stage is of another kind.
        StageRefused: a stage would be skipped, or the present one's conditions are not met.
    """
    if to.process_kind_id != process.kind_id:
        raise DomainError(_("This stage does not belong to this kind of sale."), field="stage")
    if to.position not in positions_open_to(process):
        raise StageRefused(_("This sale is led stage by stage: %(stage)s is not next.") % {"stage": to})
    if process.stage is None or to.position > process.stage.position:
        _refuse_unready(process)


def check_win(process: SalesProcess) -> None:
    """
    Raises:
        StageRefused: a controlled sale is not at its last stage, or that stage's conditions are not met.
    """
    if not may_win(process):
        raise StageRefused(_("A controlled sale is won from its last stage."))
    _refuse_unready(process)


def _refuse_unready(process: SalesProcess) -> None:
    if process.kind.control != Control.CONTROLLED:
        return
    if lacking := missing(process):
        raise StageRefused(_("Before it leaves “%(stage)s”:") % {"stage": process.stage}, lacking)


def _place_of(process: SalesProcess) -> dict:
    return {
        "control": process.kind.control,
        "positions": [stage.position for stage in process.kind.stages.all()],
        "current": process.stage.position if process.stage else None,
    }


def _requirement(process: SalesProcess, condition: StageCondition) -> Requirement | None:
    match condition.what:
        case What.FIELD:
            return _field(process, condition.field)
        case What.EVENT:
            return _event(process, condition)
        case What.FILE:
            url = f"{process.get_absolute_url()}#files"
            return Requirement(What.FILE, _("A file is attached to the sale"), _has_file(process), url)
        case _:
            return _approval(process, condition.stage)


def _field(process: SalesProcess, key: str) -> Requirement | None:
    """None for a field of the company's own that is not in use any more: nobody could fill it in."""
    if fact := FIELDS.get(key):
        label, is_met = str(fact.label), is_filled(fact.read(process))
        place, form_field = fact.place, fact.form_field
    elif custom := custom_fields.named(key):
        label, is_met = custom.label, process.client.custom.get(custom.key) is not None
        place, form_field = "client", key
    else:
        return None
    words = _("%(field)s: filled in") % {"field": capfirst(label)}
    return Requirement(What.FIELD, words, is_met, _form(process, place, form_field))


def _form(process: SalesProcess, place: str, field: str) -> str:
    """The form a fact is filled in on, at its field; it leads back to the sale."""
    route, pk = {
        "sale": ("process-update", process.pk),
        "client": ("client-update", process.client_id),
        "person": ("person-create", process.client_id),
    }[place]
    back = urlencode({"next": process.get_absolute_url()})
    return f"{reverse(route, args=[pk])}?{back}#id_{field}"


def _event(process: SalesProcess, condition: StageCondition) -> Requirement:
    kind = condition.event_kind
    assert kind is not None, "a constraint says so"
    is_met = process.events.filter(kind=kind, status=EventStatus.DONE).exists()
    query = urlencode({"process": str(process.pk), "kind": str(kind.pk), "next": process.get_absolute_url()})
    words = _("%(event)s: done in this sale") % {"event": capfirst(str(kind))}
    return Requirement(What.EVENT, words, is_met, f"{reverse('event-create')}?{query}")


def _has_file(process: SalesProcess) -> bool:
    present = Attachment.objects.present().filter(client=process.client_id)
    return FileLink.objects.filter(process=process, attachment__in=present).exists()


def _approval(process: SalesProcess, stage: Stage) -> Requirement:
    """What the head said counts while the sale stays at the stage: coming back to it, he is asked anew."""
    said = process.approvals.filter(stage=stage)
    if process.stage_since:
        said = said.filter(asked_at__gte=process.stage_since)
    latest = said.select_related("asked_by", "decided_by").first()
    is_met = latest is not None and latest.status == StageApproval.Status.APPROVED
    url = f"{process.get_absolute_url()}#approval"
    return Requirement(What.APPROVAL, _("The head has approved it"), is_met, url, latest)
