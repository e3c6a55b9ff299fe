"""What the clients app itself moves when two clients become one, and when they part again."""

from django.db.models import Q, QuerySet

from clients.merging.registry import Merge, Parting, move_rows, move_with_history, refer_to, register
from clients.models import (
    Attachment,
    Client,
    ClientRelation,
    ClientTag,
    CoManager,
    ContactPerson,
    ContactPoint,
    DuplicatePair,
    OwnershipPeriod,
    RecentItem,
)
from crm import clock


def move(merge: Merge) -> None:
    """Contacts, relations, files, tags and owner history go to the kept client; what would stand there twice does
    not."""
    _move_contacts(merge)
    _move_relations(merge)
    _move_files(merge)
    for model in (ClientTag, RecentItem):
        move_rows(model.objects.all(), "client", merge)
    _move_pairs(merge)
    keep, drop = merge.keep, merge.drop
    taken = [keep.manager_id, *CoManager.objects.filter(client=keep).values_list("manager", flat=True)]
    CoManager.objects.filter(client=drop).exclude(manager__in=[pk for pk in taken if pk]).update(client=keep)
    periods = OwnershipPeriod.objects.filter(client=drop)
    periods.filter(until=None).update(until=merge.today, lost=OwnershipPeriod.Lost.REASSIGNED, changed_by=merge.by)
    periods.update(client=keep)


def _move_contacts(merge: Merge) -> None:
    keep, drop = merge.keep, merge.drop
    points = ContactPoint.objects.filter(client=drop)
    known = ContactPoint.objects.filter(client=keep, person=None).values("normalized")
    points.filter(person=None, normalized__in=known).delete()
    if ContactPoint.objects.filter(client=keep, person=None, is_primary=True).exists():
        # The kept client's main number stays its main number.
        points.filter(person=None).update(is_primary=False)
    points.update(client=keep)
    move_with_history(ContactPerson.objects.all(), merge)


def _move_relations(merge: Merge) -> None:
    keep, drop = merge.keep, merge.drop
    ClientRelation.objects.of(keep).filter(Q(source=drop) | Q(target=drop)).delete()
    for relation in ClientRelation.objects.of(drop):
        other = relation.other_side(drop)
        if ClientRelation.objects.of(keep).filter(Q(source=other) | Q(target=other), kind=relation.kind):
            relation.delete()
    ClientRelation.objects.filter(source=drop).update(source=keep)
    ClientRelation.objects.filter(target=drop).update(target=keep)


def _move_files(merge: Merge) -> None:
    """A file both have stays once. The other one is marked as deleted, so that its bytes are there if the merge is
    taken back; what refers to it refers to its twin."""
    twins = {
        (file.sha256, file.name): file.pk for file in Attachment.objects.present().filter(client=merge.keep).iterator()
    }
    for file in Attachment.objects.present().filter(client=merge.drop):
        if (twin := twins.get((file.sha256, file.name))) is not None:
            refer_to(merge, file, twin)
            Attachment.objects.filter(pk=file.pk).update(deleted_at=clock.now(), deleted_by=merge.by)
    Attachment.objects.filter(client=merge.drop).update(client=merge.keep)


def _move_pairs(merge: Merge) -> None:
    """Who looks like the one looks like the other. What somebody said of either of them holds."""
    keep, drop = merge.keep, merge.drop
    for pair in _pairs(drop):
        third = pair.other_id if pair.one_id == drop.pk else pair.one_id
        there = _pairs(keep).filter(Q(one=third) | Q(other=third)).first()
        if third == keep.pk or (there and (there.decided_at or not pair.decided_at)):
            pair.delete()
            continue
        if there:
            merge.journal.watch(DuplicatePair.objects.filter(pk=there.pk))
            there.delete()
        pair.one_id, pair.other_id = sorted((keep.pk, third))
        pair.save(update_fields=["one", "other"])


def _pairs(client: Client) -> QuerySet[DuplicatePair]:
    return DuplicatePair.objects.filter(Q(one=client) | Q(other=client))


def part(parting: Parting) -> None:
    """A phone or address somebody entered since for a person who went back goes with it."""
    ContactPoint.objects.filter(client=parting.keep, person__client=parting.drop).update(client=parting.drop)


register(
    move,
    parter=part,
    handles=[
        f"clients.{name}"
        for name in (
            "ContactPerson.client",
            "ContactPoint.client",
            "ClientRelation.source",
            "ClientRelation.target",
            "CoManager.client",
            "ClientTag.client",
            "DuplicatePair.one",
            "DuplicatePair.other",
            "Attachment.client",
            "RecentItem.client",
            "OwnershipPeriod.client",
        )
    ],
)
