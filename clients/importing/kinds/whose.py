"""Which clients the rows of a chunk mean: those that share a sign with one of them, read set-based and locked."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property

from clients.importing.kinds import words
from clients.importing.registry import Context, Plan
from clients.models import Client, ContactPoint, Manager
from clients.rules.company_names import spellings
from clients.rules.import_matching import Identity, Match, match
from clients.zoning import lock_clients

#: Codes of files have a room of their own beside those of ``import_sales``.
CODE = "import:"
LONGEST_CODE = 100


class Candidates:
    """The clients some rows may mean. Those ``by`` may work on are locked, and stay so till the chunk is written."""

    def __init__(self, rows: Collection[Identity], by: Manager) -> None:
        self._by_sign: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self._contacts: defaultdict[int, list[str]] = defaultdict(list)
        self._look(rows)
        ids = {pk for found in self._by_sign.values() for pk in found}
        editable = Client.objects.filter(pk__in=ids).editable_by(by)
        locked = lock_clients(editable.values_list("pk", flat=True))
        # Asked again under the lock: it may have changed hands while we waited.
        self.editable = set(Client.objects.filter(pk__in=locked).editable_by(by).values_list("pk", flat=True))
        others = Client.objects.filter(pk__in=ids - locked.keys()).select_related("manager").defer("notes")
        self.clients = {**{client.pk: client for client in others}, **locked}

    def _look(self, rows: Collection[Identity]) -> None:
        codes = {CODE + row.code for row in rows if row.code}
        self._note("code", Client.objects.filter(external_id__in=codes).values_list("external_id", "pk"), codes)
        inns = {row.inn for row in rows if row.inn}
        self._note("inn", Client.objects.filter(inn__in=inns).values_list("inn", "pk"), inns)
        contacts = {contact for row in rows for contact in row.contacts}
        points = ContactPoint.objects.filter(normalized__in=contacts).values_list("normalized", "client_id")
        for value, pk in self._note("contact", points, contacts):
            self._contacts[pk].append(value)
        names = {spelling for row in rows if row.name for spelling in spellings(row.name)}
        self._note("name", Client.objects.filter(search_name__in=names).values_list("search_name", "pk"), names)

    def _note(self, sign: str, found: Iterable[tuple[str, int]], wanted: Collection[str]) -> list[tuple[str, int]]:
        pairs = list(found) if wanted else []
        for value, pk in pairs:
            self._by_sign[sign, value].add(pk)
        return pairs

    def match(self, row: Identity, *, only_strong: bool = False) -> Match:
        """Which of them the row means."""
        keys = [("code", CODE + row.code), ("inn", row.inn), *(("contact", contact) for contact in row.contacts)]
        keys += [("name", spelling) for spelling in spellings(row.name)] if row.name else []
        ids = sorted({pk for key in keys if key in self._by_sign for pk in self._by_sign[key]})
        return match(row, [(pk, self.identities[pk]) for pk in ids if pk in self.identities], only_strong=only_strong)

    @cached_property
    def identities(self) -> dict[int, Identity]:
        """What each of them is known by."""
        return {
            pk: Identity(
                name=client.name,
                city=client.city,
                inn=client.inn,
                kpp=client.kpp,
                code=client.external_id.removeprefix(CODE) if client.external_id.startswith(CODE) else "",
                contacts=tuple(self._contacts[pk]),
            )
            for pk, client in self.clients.items()
        }

    def several(self, found: Match) -> list[Client]:
        """The clients a row may mean."""
        return [self.clients[pk] for pk in found.several]


def owner_of(plan: Plan, row: Identity, here: Candidates, ctx: Context, *, key: str) -> Client | None:
    """The client a person or an event belongs to; None, and the row is refused, where nobody can tell or ``by`` may not
    work on it. ``key``: the field a refusal stands at."""
    found = here.match(row)
    several = [pk for pk in found.several if pk in here.editable]
    # Of those it may mean, one may work on one only: nobody enters anything with the others.
    pk = several[0] if len(several) == 1 else found.pk
    if pk is not None and pk in here.editable:
        return here.clients[pk]
    if pk is not None:
        plan.refuse(words.whose(here.clients[pk]), key)
    elif found.several:
        plan.refuse(words.ambiguous(here.several(found), found.by), key)
    elif found.contradicts:
        plan.refuse(words.contradicts(here.clients[found.contradicts]), key)
    else:
        plan.refuse(words.no_client(), key)
    return None
