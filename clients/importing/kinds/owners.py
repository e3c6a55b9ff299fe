"""The columns by which a contact person or an event names its client."""

from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.importing.kinds import facts
from clients.importing.kinds.client_facts import CITY_SYNONYMS, INN_SYNONYMS, KPP_SYNONYMS, read_inn
from clients.importing.kinds.facts import Fact, plain, read_facts
from clients.importing.kinds.whose import LONGEST_CODE
from clients.importing.registry import Context, Outcome, Plan
from clients.rules import import_values
from clients.rules.import_matching import Identity

FACTS = (
    Fact(
        "client",
        gettext_lazy("Client"),
        (
            *("client", "company", "account", "organization", "customer", "контрагент", "клиент", "организация"),
            *("компания", "владелец", "партнер", "партнёр", "наименование контрагента", "покупатель"),
        ),
        hint=gettext_lazy("its name"),
        read=facts.line(255),
        is_vital=True,
    ),
    Fact("client_inn", gettext_lazy("INN of the client"), INN_SYNONYMS, read=read_inn, is_vital=True),
    Fact("client_kpp", gettext_lazy("KPP of the client"), KPP_SYNONYMS, read=plain(import_values.kpp), is_vital=True),
    Fact(
        "client_code",
        gettext_lazy("Code of the client"),
        ("client code", "code", "код контрагента", "код клиента", "код владельца", "код"),
        hint=gettext_lazy("the one it was imported with"),
        read=facts.line(LONGEST_CODE),
        is_vital=True,
    ),
    Fact("client_city", gettext_lazy("City of the client"), CITY_SYNONYMS, read=facts.line(100)),
)
KEYS = ("client", "client_inn", "client_code")


def complaints(columns: Collection[str]) -> list[str]:
    """A file none of whose columns says whose the rows are cannot be begun with."""
    return [] if set(KEYS) & set(columns) else [_("Say which column names the client: its name, INN or code.")]


def read_owner(plan: Plan, ctx: Context) -> Identity | None:
    """What the row says of its client; None, and it is refused, where it says nothing."""
    found = read_facts(plan, FACTS, ctx)
    inn = found.get("client_inn") or import_values.Inn("")
    identity = Identity(
        name=found.get("client", ""),
        city=found.get("client_city", ""),
        inn=inn.inn,
        kpp=found.get("client_kpp", "") or inn.kpp,
        code=found.get("client_code", ""),
    )
    if not (identity.name or identity.inn or identity.code) and plan.outcome != Outcome.REFUSED:
        plan.refuse(_("It does not say whose it is: no client is named."), "client")
    return None if plan.outcome == Outcome.REFUSED else identity
