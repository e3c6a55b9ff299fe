"""How a holding is told behind a number: with what was asked for and what was made."""

from django.utils.translation import gettext as _

from clients.models import OwnershipPeriod
from reports.frame.documents import Told, register
from reports.frame.listings import ownership

#: The annotations of a judged holding, each followed by the kind of contact: what it is called, asked for, made.
CALLED, EXPECTED, MADE = "called_", "expected_", "made_"


@register(OwnershipPeriod, "given_by")
def holding(row: OwnershipPeriod) -> Told:
    """As the owner history tells it; a judged one first says "Meeting: 0 of 1"."""
    told = ownership(row)
    judged = []
    for name, expected in vars(row).items():
        if name.startswith(EXPECTED) and expected:
            kind = name.removeprefix(EXPECTED)
            facts = {"kind": getattr(row, CALLED + kind), "made": getattr(row, MADE + kind), "expected": expected}
            judged.append(_("%(kind)s: %(made)d of %(expected)d") % facts)
    details = " · ".join(part for part in ("; ".join(judged), told.details) if part)
    return Told(told.what, details, told.by, told.url)
