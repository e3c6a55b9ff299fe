"""Tags on clients, contact persons and sales: one word is one tag, however it is typed.

Works on any model with a many-to-many ``tags`` through a table of its own. Permission is the caller's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Model, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from clients.models import Manager, Tag
from crm.web.errors import Conflict, DomainError
from crm.web.text import fold

#: More than these on one row tell nothing apart any more.
MOST = 20
LONGEST = 50
_SEPARATORS = re.compile(r"[,;\n\r]+")


def split_names(text: str) -> list[str]:
    """The names in what somebody typed: by commas, semicolons or lines; each once, whatever its case; in their order.

    ``split_names("VIP, vip ,  new   shop") == ["VIP", "new shop"]``
    """
    names: dict[str, str] = {}
    for part in _SEPARATORS.split(text):
        name = " ".join("".join(char if char.isprintable() else " " for char in part).split())
        if key := fold(name):
            names.setdefault(key, name)
    return list(names.values())


def join_names(names: Iterable[Any]) -> str:
    """Tags or names as one types them."""
    return ", ".join(str(name) for name in names)


@dataclass(frozen=True, slots=True)
class Tagging:
    """What ``set_tags`` did: the names that stood there, and those that stand there now."""

    before: list[str]
    after: list[str]

    @property
    def is_change(self) -> bool:
        return self.before != self.after


def tags_named(names: Sequence[str], *, by: Manager) -> list[Tag]:
    """The tags of these names; those nobody has used yet are made.

    Raises:
        DomainError: a name is too long, or there are too many.
    """
    by_key = {fold(name): name for name in split_names(join_names(names))}
    if len(by_key) > MOST:
        words = ngettext_lazy("At most %(count)d tag.", "At most %(count)d tags.", "count")
        raise DomainError(words % {"count": MOST}, field="names")
    for key, name in by_key.items():
        if len(name) > LONGEST or len(key) > LONGEST:
            raise DomainError(_("“%(name)s…” is too long for a tag.") % {"name": name[:30]}, field="names")
    found = tags_by_key(by_key, by=by)
    return [found[key] for key in by_key]


def tags_by_key(names: Mapping[str, str], *, by: Manager) -> dict[str, Tag]:
    """The tags of these names by their folded names; those nobody has used yet are made. However many."""
    found = {tag.search_name: tag for tag in Tag.objects.filter(search_name__in=names)}
    for key in names.keys() - found.keys():
        found[key], _made = Tag.objects.get_or_create(search_name=key, defaults={"name": names[key], "created_by": by})
    return found


@transaction.atomic
def set_tags(target: Any, names: Sequence[str], *, by: Manager, was: Sequence[str] | None = None) -> Tagging:
    """Let exactly these tags stand on one row.

    Args:
        was: only if these stand there now; None: whatever does.

    Raises:
        DomainError: a name is too long, or there are too many.
        Conflict: other tags stand there than ``was``.
    """
    before = sorted(target.tags.all(), key=lambda tag: tag.search_name)
    if was is not None and {tag.search_name for tag in before} != {fold(name) for name in was}:
        raise Conflict(_("Somebody has changed this since: it was not taken back."))
    wanted = tags_named(names, by=by)
    target.tags.set(wanted)
    after = sorted(wanted, key=lambda tag: tag.search_name)
    return Tagging([tag.name for tag in before], [tag.name for tag in after])


@transaction.atomic
def add(model: type[Model], ids: Iterable[int], names: Sequence[str], *, by: Manager) -> dict[int, list[int]]:
    """Put these tags on many rows: by row, the keys of the tags that did not stand there before.

    A row that would get more than ``MOST`` stays as it is, and is not among the answers.

    Raises:
        DomainError: a name is too long, or there are too many.
    """
    wanted = {tag.pk for tag in tags_named(names, by=by)}
    through, row = links_of(model)
    rows = list(ids)
    standing: dict[int, set[int]] = {pk: set() for pk in rows}
    for pk, tag in through.filter(**{f"{row}__in": rows}).values_list(row, "tag_id"):
        standing[pk].add(tag)
    added = {pk: sorted(wanted - tags) for pk, tags in standing.items() if len(tags | wanted) <= MOST}
    through.bulk_create(
        [through.model(**{row: pk, "tag_id": tag}) for pk, tags in added.items() for tag in tags],
        ignore_conflicts=True,
    )
    return added


@transaction.atomic
def remove(model: type[Model], ids: Iterable[int], names: Sequence[str]) -> dict[int, list[int]]:
    """Take these tags off many rows: by row, the keys of the tags that went."""
    through, row = links_of(model)
    keys = [fold(name) for name in split_names(join_names(names))]
    links = through.filter(**{f"{row}__in": list(ids)}, tag__search_name__in=keys)
    gone: dict[int, list[int]] = {}
    for pk, tag in links.values_list(row, "tag_id").order_by(row, "tag_id"):
        gone.setdefault(pk, []).append(tag)
    links.delete()
    return gone


@transaction.atomic
def put_back(model: type[Model], *, on: dict[int, list[int]], off: dict[int, list[int]]) -> None:
    """Take back what ``add`` or ``remove`` answered: links that shall stand again, and links that shall go."""
    through, row = links_of(model)
    for pk, tags in off.items():
        through.filter(**{row: pk}, tag__in=tags).delete()
    through.bulk_create(
        [
            through.model(**{row: pk, "tag_id": tag})
            for pk, tags in on.items()
            for tag in Tag.objects.filter(pk__in=tags).values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
    )


def with_all(rows: QuerySet, text: str) -> QuerySet:
    """The rows that carry every one of the tags in what somebody typed."""
    through, row = links_of(rows.model)
    for name in split_names(text)[:MOST]:
        rows = rows.filter(pk__in=through.filter(tag__search_name=fold(name)).values(row))
    return rows


def suggestions(words: str, *, limit: int = 20) -> QuerySet[Tag]:
    """Tags whose name, or a word in it, begins like this; those used the most on clients first."""
    key = fold(words)
    found = Tag.objects.filter(search_name__contains=key) if key else Tag.objects.all()
    return found.annotate(uses=Count("client_tags")).order_by("-uses", "search_name")[:limit]


@transaction.atomic
def merge(*, keep: Tag, others: Iterable[Tag]) -> None:
    """Make several tags one: every row that carries one of ``others`` carries ``keep``; the others are gone."""
    gone = [tag.pk for tag in others if tag.pk != keep.pk]
    for relation in Tag._meta.related_objects:
        through = relation.related_model
        if relation.field.name != "tag" or through is None:
            continue
        manager = through._default_manager
        (row,) = (field for field in through._meta.fields if field.is_relation and field.name != "tag")
        ids = manager.filter(tag__in=gone).values_list(row.attname, flat=True).distinct()
        manager.bulk_create([through(**{row.attname: pk, "tag": keep}) for pk in list(ids)], ignore_conflicts=True)
    Tag.objects.filter(pk__in=gone).delete()


def links_of(model: type[Model]) -> tuple[QuerySet, str]:
    """The table of links between rows of ``model`` and tags, and its column that names the row."""
    field: Any = model._meta.get_field("tags")
    through = field.remote_field.through
    return through._default_manager.all(), f"{field.m2m_field_name()}_id"
