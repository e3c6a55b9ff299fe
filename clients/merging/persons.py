"""Entries of one person at both clients."""

from collections.abc import Sequence

from clients.merging.registry import Merge, refer_to
from clients.models import Client, ContactPerson, ContactPoint

#: What is taken over where the entry that stays does not say it.
_FILLED = ("last_name", "middle_name", "position", "birthday", "time_zone", "notes")


def alike_persons(one: Client, other: Client) -> list[tuple[ContactPerson, ContactPerson]]:
    """The entries of the same name, (at ``one``, at ``other``); of namesakes at one client only the first."""
    there: dict[str, ContactPerson] = {}
    for person in ContactPerson.objects.filter(client=other).order_by("pk"):
        there.setdefault(person.search_name, person)
    here: dict[str, ContactPerson] = {}
    for person in ContactPerson.objects.filter(client=one, search_name__in=there).order_by("pk"):
        here.setdefault(person.search_name, person)
    return [(person, there[name]) for name, person in here.items()]


def merge_persons(merge: Merge, pairs: Sequence[tuple[int, int]]) -> None:
    """Of two entries of one person, (at the client that stays, at the one that goes), make one: its gaps are filled,
    and all that refers to the other refers to it. Called before the rows of the dropped client move."""
    persons = ContactPerson.objects.filter(client__in=[merge.keep.pk, merge.drop.pk]).in_bulk()
    for ours, theirs in pairs:
        stays, goes = persons.get(ours), persons.pop(theirs, None)
        if not stays or not goes or (stays.client_id, goes.client_id) != (merge.keep.pk, merge.drop.pk):
            continue
        merge.journal.watch(ContactPerson.objects.filter(pk=stays.pk))
        _join_contacts(merge, stays, goes)
        refer_to(merge, goes, stays.pk)
        _fill(merge, stays, goes)
        goes._change_reason, goes._history_user = merge.reason, merge.by  # type: ignore[attr-defined]
        goes.delete()


def _join_contacts(merge: Merge, stays: ContactPerson, goes: ContactPerson) -> None:
    theirs, ours = ContactPoint.objects.filter(person=goes), ContactPoint.objects.filter(person=stays)
    theirs.filter(normalized__in=ours.values("normalized")).delete()
    if ours.filter(is_primary=True).exists():
        theirs.update(is_primary=False)
    theirs.update(client=merge.keep)


def _fill(merge: Merge, stays: ContactPerson, goes: ContactPerson) -> None:
    for name in _FILLED:
        if not getattr(stays, name):
            setattr(stays, name, getattr(goes, name))
    stays.is_decision_maker |= goes.is_decision_maker
    stays.is_active |= goes.is_active
    if goes.has_consented and not stays.has_consented:
        stays.has_consented, stays.consented_on = True, goes.consented_on
    stays._change_reason, stays._history_user = merge.reason, merge.by  # type: ignore[attr-defined]
    stays.save()
