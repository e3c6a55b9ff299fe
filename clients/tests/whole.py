"""All that the tables say, to be compared with what they say later."""

from collections import defaultdict
from typing import Any

from django.apps import apps

from clients.merging.journal import freeze

#: Logs of what happened: they may grow, but lose no row.
LOGS = {"clients.MergeRecord", "clients.Notice", "exchange.ZoneTransition"}
#: Rows that are added up: how many there are of the same says nothing.
ADDED_UP = {
    "exchange.TurnMonth",
    "exchange.TurnYear",
    "interactions.EventDay",
    "interactions.EventMonth",
    "interactions.EventYear",
}
#: When a row was last written is not compared.
UPDATED = "updated_at"

Whole = dict[str, dict[int, dict[str, Any]]]


def whole() -> Whole:
    """Every row of the program's own tables by key, change logs aside."""
    tables: Whole = defaultdict(dict)
    for model in apps.get_models():
        if model._meta.label in ADDED_UP:
            continue
        if model._meta.app_label in ("clients", "interactions", "exchange") and not model.__name__.startswith("Hist"):
            for row in model._base_manager.all():
                tables[model._meta.label][row.pk] = freeze(row) | {UPDATED: None}
    return tables


def assert_as_before(before: Whole, after: Whole) -> None:
    """Every row is as it was; only the logs have more of them."""
    for label in sorted({*before, *after}):
        old, new = before.get(label, {}), after.get(label, {})
        if label == "clients.MergeRecord":
            continue  # taking a merge back empties its record
        if label in LOGS:
            new = {pk: new[pk] for pk in old}
        assert new.keys() == old.keys(), (label, new.keys() ^ old.keys())
        for pk, row in old.items():
            assert new[pk] == row, (
                label,
                pk,
                {name: (value, new[pk][name]) for name, value in row.items() if value != new[pk][name]},
            )
