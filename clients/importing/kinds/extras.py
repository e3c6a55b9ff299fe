"""What hangs on a client or a person beside its facts: phones, e-mails and tags."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import Model

from clients import tags
from clients.importing.kinds.facts import understanding
from clients.importing.registry import Context, Plan
from clients.models import ContactPoint, ImportRow
from clients.rules.import_values import BadValue
from crm.web.text import fold


class Extras:
    """The phones, e-mails and tags of the entries a chunk may complete. Two queries."""

    def __init__(self, model: type[Model], entries: Collection[int]) -> None:
        self.model = model
        self.contacts: defaultdict[int, set[str]] = defaultdict(set)
        self.tags: defaultdict[int, set[str]] = defaultdict(set)
        if entries:
            for pk, value in points_of(model, entries).values_list(owner(model), "normalized"):
                self.contacts[pk].add(value)
            links, row = tags.links_of(model)
            found = links.filter(**{f"{row}__in": list(entries)}).values_list(row, "tag__search_name")
            for pk, name in found:
                self.tags[pk].add(name)

    def missing(
        self, pk: int, points: Sequence[ContactPoint], names: Iterable[str]
    ) -> tuple[list[ContactPoint], list[str]]:
        """Those of a row's phones, e-mails and tags that the entry does not have; from now on it does."""
        new = [point for point in points if point.normalized not in self.contacts[pk]]
        for point in new:
            point.is_primary = point.is_primary and not self.contacts[pk]
            self.contacts[pk].add(point.normalized)
        names = [name for name in names if fold(name) not in self.tags[pk]][: tags.MOST - len(self.tags[pk])]
        self.tags[pk].update(fold(name) for name in names)
        return new, names


def points_of(model: type[Model], entries: Iterable[int]):  # type: ignore[no-untyped-def]
    """The phones and e-mails of clients (not of their persons), or of persons."""
    rows = ContactPoint.objects.filter(**{f"{owner(model)}__in": list(entries)})
    return rows.filter(person=None) if owner(model) == "client_id" else rows


def owner(model: type[Model]) -> str:
    """The column of ``ContactPoint`` that names a client, or a person."""
    return "client_id" if model._meta.model_name == "client" else "person_id"


def words(points: Sequence[ContactPoint]) -> dict[str, str]:
    """What is added, under the fields of a row."""
    told = {"phone": ContactPoint.Kind.PHONE, "email": ContactPoint.Kind.EMAIL}
    return {key: ", ".join(point.display for point in points if point.kind == kind) for key, kind in told.items()}


def read_tags(plan: Plan, ctx: Context) -> list[str]:
    """The tags of a row."""
    with understanding(plan, "tags", ctx):
        names = tags.split_names(tags.join_names(plan.row.texts("tags")))
        longest = max((len(name) for name in names), default=0)
        if longest > tags.LONGEST:
            raise BadValue("too_long", length=longest, most=tags.LONGEST)
        return names[: tags.MOST]
    return []


def write(
    model: type[Model], rows: Sequence[tuple[Plan, Any, Sequence[ContactPoint], Sequence[str]]], ctx: Context
) -> None:
    """Add phones, e-mails and tags to saved entries, and remember them in the plans."""
    points = [point for _plan, _entry, found, _names in rows for point in found]
    for _plan, entry, found, _names in rows:
        for point in found:
            if owner(model) == "client_id":
                point.client_id = entry.pk
            else:
                point.person_id, point.client_id = entry.pk, entry.client_id
    ContactPoint.objects.bulk_create(points)
    known = tags.tags_by_key({fold(name): name for *_rest, names in rows for name in names}, by=ctx.by)
    links, row = tags.links_of(model)
    links.bulk_create(
        [
            links.model(**{row: entry.pk, "tag_id": known[fold(name)].pk})
            for _plan, entry, _found, names in rows
            for name in names
        ],
        ignore_conflicts=True,
    )
    for plan, _entry, found, names in rows:
        made = plan.kept.setdefault("made", {})
        made["points"] = [point.pk for point in found]
        made["tags"] = [known[fold(name)].pk for name in names]


def remove(model: type[Model], rows: Sequence[ImportRow]) -> None:
    """Take off again what an import has added to entries that were here before."""
    points = [pk for row in rows for pk in row.kept.get("made", {}).get("points", ())]
    points_of(model, [row.target for row in rows if row.target]).filter(pk__in=points).delete()
    tags.put_back(model, on={}, off={row.target: row.kept.get("made", {}).get("tags", []) for row in rows})
