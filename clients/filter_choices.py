"""What selects of filters offer: dictionaries, departments, managers, by as few queries as can be."""

from functools import cache, reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.utils.translation import gettext

from clients.models import Department, Manager
from crm.web.prepared import Prepared

#: Longer lists of managers are shown only within a department: a select of thousands helps nobody.
MANAGERS_AT_ONCE = 200


def dictionary_choices(*, in_use: bool = True, **models: Any) -> dict[str, list[tuple[str, str]]]:
    """The entries of several dictionaries by one query, translated: ``{"region": [("3", "North"), ...]}``.

    Args:
        in_use: without those that were switched off.
    """
    found: dict[str, list[tuple[str, str]]] = {key: [] for key in models}
    for key, _position, name, pk in _entries(in_use, *models.items())():
        found[key].append((str(pk), gettext(name)))
    return found


@cache
def _entries(in_use: bool, *models: tuple[str, Any]) -> Prepared:
    """The query, by what is asked of it."""

    def build() -> QuerySet[Any, Any]:
        only = {"is_active": True} if in_use else {}
        parts = [
            model.objects.order_by().filter(**only).values_list(Value(key), "position", "name", "pk")
            for key, model in models
        ]
        return parts[0].union(*parts[1:], all=True).order_by("position", "name")

    return Prepared(build)


def department_choices(departments: list[Department]) -> list[tuple[str, str]]:
    """Departments in the order of the tree, indented by their depth below the highest one shown."""
    depths = [department.path.count("/") for department in departments]
    top = min(depths, default=0)
    return [
        (str(department.pk), "\u2003" * (depth - top) + department.name)
        for department, depth in zip(departments, depths)
    ]


def manager_choices(managers: QuerySet[Manager], *, chosen: str | None) -> list[tuple[str, str]]:
    """Managers by name; of a very long list only the chosen one (narrow it by the department first)."""
    found = some_managers(managers)
    if found is None:
        found = list(managers.filter(pk=chosen)) if is_key(chosen or "") else []
    return [(str(manager.pk), str(manager)) for manager in found]


def some_managers(managers: QuerySet[Manager]) -> list[Manager] | None:
    """Managers for a select, by name; None where they are too many for one."""
    found = list(managers.only("first_name", "last_name", "username")[: MANAGERS_AT_ONCE + 1])
    return found if len(found) <= MANAGERS_AT_ONCE else None


def managers_named(text: str) -> QuerySet[Manager]:
    """Whose names begin with each of the words."""
    named = Manager.objects.order_by()
    for word in text.split()[:4]:
        spellings = {word, word.capitalize(), word.title()}  # SQLite folds the case of ASCII only
        begins = (
            Q(**{f"{name}__startswith": each}) for name in ("last_name", "first_name", "username") for each in spellings
        )
        named = named.filter(reduce(or_, begins))
    return named


def is_key(text: str) -> bool:
    """Whether a text of the address can be a primary key at all ("²" is a digit too, but no number)."""
    return text.isascii() and text.isdigit() and len(text) < 19
