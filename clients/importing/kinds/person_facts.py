"""What a column of a file of contact persons may hold."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.importing.kinds import client_facts, facts
from clients.importing.kinds.client_facts import past_day
from clients.importing.kinds.facts import Fact, plain, understanding
from clients.importing.registry import Context, ImportField, Outcome, Plan
from clients.rules import import_values
from clients.rules.import_people import person_name
from clients.rules.import_values import BadValue

FACTS: Sequence[Fact] = (
    Fact("last_name", gettext_lazy("Last name"), ("surname", "фамилия"), read=facts.line(150), is_vital=True),
    Fact("first_name", gettext_lazy("First name"), ("given name", "имя"), read=facts.line(150), is_vital=True),
    Fact("middle_name", gettext_lazy("Middle name"), ("patronymic", "отчество"), read=facts.line(150), is_vital=True),
    Fact(
        "position",
        gettext_lazy("Position"),
        ("job title", "title", "role", "должность", "должность по визитке", "роль"),
        read=facts.line(200),
    ),
    Fact(
        "is_decision_maker",
        gettext_lazy("Makes the decisions"),
        ("decision maker", "decides", "лпр", "принимает решения", "решает"),
        read=plain(import_values.yes_no),
    ),
    Fact("birthday", gettext_lazy("Birthday"), client_facts.BIRTHDAY_SYNONYMS, read=plain(past_day)),
    Fact("time_zone", gettext_lazy("Time zone"), client_facts.ZONE_SYNONYMS, read=facts.time_zone),
    Fact(
        "has_consented",
        gettext_lazy("Agreed to the processing of personal data"),
        ("consent", "gdpr", "согласие", "согласие на обработку персональных данных", "согласие на обработку пдн"),
        read=plain(import_values.yes_no),
    ),
    Fact(
        "consented_on",
        gettext_lazy("Agreed on"),
        ("consent date", "дата согласия"),
        hint=gettext_lazy("a date is an agreement"),
        read=plain(past_day),
    ),
    Fact(
        "is_active",
        gettext_lazy("Works there"),
        ("active", "works", "работает", "действует"),
        read=plain(import_values.yes_no),
    ),
    Fact("notes", gettext_lazy("Notes"), client_facts.NOTES_SYNONYMS, read=facts.lines(5000)),
)
NAME = ImportField(
    "name",
    gettext_lazy("Full name"),
    (
        *("name", "contact", "contact name", "person", "fio", "фио", "ф.и.о.", "контактное лицо", "контакт"),
        *("наименование", "полное имя", "сотрудник", "представитель"),
    ),
    hint=gettext_lazy("last, first and middle name in one cell"),
)


def fields() -> list[ImportField]:
    """All of them."""
    return [NAME, *FACTS[:3], client_facts.PHONE, client_facts.EMAIL, *FACTS[3:], client_facts.TAGS]


def with_name(plan: Plan, values: dict[str, Any], ctx: Context) -> dict[str, Any]:
    """The facts with the parts of the full name, where the row has it in one cell; what cannot be without the other is
    put together."""
    text = plan.row.text("name")
    if text and "last_name" not in values and "first_name" not in values:
        with understanding(plan, "name", ctx, is_vital=True):
            last, first, middle = person_name(facts.line(450)(text, lambda code, **told: None))
            if max(len(last), len(first), len(middle)) > 150:
                raise BadValue("too_long", length=len(text), most=450)
            values |= {"last_name": last, "first_name": first, "middle_name": middle}
    if "first_name" not in values and "last_name" in values:
        values["first_name"] = values.pop("last_name")
    if "first_name" not in values and plan.outcome != Outcome.REFUSED:
        plan.refuse(_("Nobody can tell who it is: there is no name."), "name")
    if "consented_on" in values:
        values.setdefault("has_consented", True)
    return {name: value for name, value in values.items() if value not in ("", None)}
