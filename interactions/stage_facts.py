"""Which facts a stage may ask for before a sale leaves it, and what "filled in" means. Knows no models."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: On whose form a fact is written down.
Place = Literal["sale", "client", "person"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact a stage may ask for.

    Attributes:
        label: what people call it.
        place: on whose form it is filled in.
        form_field: the field of that form.
        read: its value in a sale.
    """

    label: str | Promise
    place: Place
    form_field: str
    read: Callable[[Any], Any]


#: Key (as ``StageCondition.field`` keeps it) → fact. The keys are stored: they are never renamed.
FIELDS: Mapping[str, Fact] = {
    "amount": Fact(_("amount"), "sale", "amount", lambda sale: sale.amount),
    "expected_close_on": Fact(_("expected close"), "sale", "expected_close_on", lambda sale: sale.expected_close_on),
    "source": Fact(_("source of the sale"), "sale", "source", lambda sale: sale.source_id),
    "lines": Fact(_("products"), "sale", "lines", lambda sale: sale.lines.exists()),
    "competitors": Fact(_("competitors"), "sale", "competitors_0", lambda sale: sale.competitors.exists()),
    "comment": Fact(_("comment of the sale"), "sale", "comment", lambda sale: sale.comment),
    "client.full_name": Fact(_("client's full name"), "client", "full_name", lambda sale: sale.client.full_name),
    "client.inn": Fact(_("client's INN"), "client", "inn", lambda sale: sale.client.inn),
    "client.kpp": Fact(_("client's KPP"), "client", "kpp", lambda sale: sale.client.kpp),
    "client.category": Fact(_("client's category"), "client", "category", lambda sale: sale.client.category),
    "client.industry": Fact(_("client's industry"), "client", "industry", lambda sale: sale.client.industry_id),
    "client.region": Fact(_("client's region"), "client", "region", lambda sale: sale.client.region_id),
    "client.address": Fact(_("client's address"), "client", "address", lambda sale: sale.client.address),
    "client.contacts": Fact(
        _("a phone or an e-mail"), "client", "points-0-value", lambda sale: sale.client.contact_points.exists()
    ),
    "client.person": Fact(
        _("a contact person"), "person", "first_name", lambda sale: sale.client.persons.filter(is_active=True).exists()
    ),
    "client.decision_maker": Fact(
        _("who decides at the client"),
        "person",
        "is_decision_maker",
        lambda sale: sale.client.persons.filter(is_active=True, is_decision_maker=True).exists(),
    ),
}


def is_filled(value: Any) -> bool:
    """Whether a fact says something. Blanks say nothing, and a sum of nothing is no sum."""
    return bool(value.strip()) if isinstance(value, str) else bool(value)
