"""What a merge did to every row it touched: enough to take it back. The rows are read before and after; who moves them
need not say anything."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Field, Model, QuerySet

#: A row as JSON can keep it, by column.
Frozen = dict[str, Any]
_CHUNK = 500
_PLAIN = (str, int, float, bool, dict, list, type(None))


class Journal:
    """Rows as they were, to be compared with what has become of them."""

    def __init__(self) -> None:
        self._before: defaultdict[type[Model], dict[int, Frozen]] = defaultdict(dict)

    def watch(self, rows: QuerySet) -> None:
        """Remember these rows; one that is watched already stays as it was then."""
        known = self._before[rows.model]
        for row in rows.iterator(chunk_size=_CHUNK):
            known.setdefault(row.pk, freeze(row))

    def result(self, *, moved_from: int, moved_to: int) -> dict[str, Any]:
        """What became of the watched rows, as JSON.

        * ``moved``: by "app.Model.column" the keys of the rows of which nothing changed but that this column refers to
          the client ``moved_to`` instead of ``moved_from``; most rows of most merges;
        * ``changed``: [model, key, {column: [before, after]}];
        * ``deleted``: [model, {column: value}].
        """
        moved: defaultdict[str, list[int]] = defaultdict(list)
        changed: list[tuple[str, int, dict[str, list]]] = []
        deleted: list[tuple[str, Frozen]] = []
        for model, before in self._before.items():
            label, references = model._meta.label, client_columns(model)
            after = frozen_rows(model, before)
            for pk, old in before.items():
                if (new := after.get(pk)) is None:
                    deleted.append((label, old))
                    continue
                changes = {name: [value, new[name]] for name, value in old.items() if value != new[name]}
                column = next(iter(changes), "")
                if changes == {column: [moved_from, moved_to]} and column in references:
                    moved[f"{label}.{column}"].append(pk)
                elif changes:
                    changed.append((label, pk, changes))
        return {"moved": moved, "changed": changed, "deleted": deleted}


def client_columns(model: type[Model]) -> list[str]:
    """The columns of a model that refer to a client."""
    from clients.models import Client

    return [field.attname for field in model._meta.concrete_fields if field.related_model is Client]


def freeze(row: Model) -> Frozen:
    """A row in what JSON knows; moments keep their microseconds."""
    return {field.attname: _frozen(field, row) for field in row._meta.concrete_fields}


def _frozen(field: Field, row: Model) -> Any:
    value = field.value_from_object(row)
    return value if isinstance(value, _PLAIN) else field.value_to_string(row)


def thaw(model: type[Model], frozen: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the columns the program still has."""
    return {
        field.attname: field.to_python(frozen[field.attname])
        for field in model._meta.concrete_fields
        if field.attname in frozen
    }


def frozen_rows(model: type[Model], pks: Iterable[int]) -> dict[int, Frozen]:
    """These rows as they are now, by key; those that are gone are left out."""
    found = {}
    for chunk in chunks(list(pks)):
        found.update({row.pk: freeze(row) for row in model._base_manager.filter(pk__in=chunk)})
    return found


def chunks(pks: list[int]) -> Iterator[list[int]]:
    """Few enough keys for one statement on every database."""
    for start in range(0, len(pks), _CHUNK):
        yield pks[start : start + _CHUNK]
