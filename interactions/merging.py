"""Events and sales of two clients that become one, and two again."""

from django.db.models import Q

from clients import merging
from clients.merging import Merge, Parting, give_with_history
from clients.models import Client
from interactions.clockwork import recompute_clocks
from interactions.models import (
    ClientLetter,
    Event,
    EventParticipant,
    EventSeries,
    FileLink,
    HandOver,
    Inquiry,
    SalesProcess,
)

_PLAIN = (ClientLetter, EventSeries, HandOver, Inquiry)


def move(merge: Merge) -> None:
    """Events, sales and all that hangs on them go to the kept client; its clock is read back from all of them.

    ``counted_on`` and approvals stay as they were decided: it is the same contact with the same company.
    """
    merging.move_with_history(SalesProcess.objects.all(), merge)
    merging.move_with_history(Event.objects.all(), merge)
    for model in _PLAIN:
        model._default_manager.filter(client=merge.drop).update(client=merge.keep)
    recompute_clocks([merge.keep], today=merge.today, cause="correction")


def part(parting: Parting) -> None:
    """What was entered since in a sale that went back, or as the continuation of an event that did, goes with it; an
    event that was put into a sale of the kept client stays. No thread runs through both. Both clocks are read anew."""
    keep, drop = parting.keep, parting.drop
    give_with_history(Event.objects.filter(process__client=keep), drop, keep, parting)
    hanging = Event.objects.filter(Q(process__client=drop) | Q(process=None, continues__client=drop))
    while merging.move_with_history(hanging, parting):
        pass  # what continues those
    for model, links in ((EventSeries, ("process",)), (Inquiry, ("process", "event"))):
        for link in links:
            model._default_manager.filter(client=keep, **{f"{link}__client": drop}).update(client=drop)
    for here, there in ((keep, drop), (drop, keep)):
        _untie(here, there)
    recompute_clocks([keep, drop], today=parting.today, cause="correction")


def _untie(here: Client, there: Client) -> None:
    """What was tied together while both were one: a thread, a file, somebody who took part. Of a person the name stays,
    as it is written where nobody is linked."""
    torn = Q(continues__client=there) | Q(chain__client=there)
    Event.objects.filter(torn, client=here).update(continues=None, chain=None)
    FileLink.objects.filter(Q(event__client=here) | Q(process__client=here), attachment__client=there).delete()
    Inquiry.objects.filter(client=here, person__client=there).update(person=None)
    strangers = EventParticipant.objects.filter(event__client=here, person__client=there)
    for participant in strangers.select_related("person"):
        participant.name, participant.person = str(participant.person)[:200], None
        participant.save(update_fields=["name", "person"])


def register() -> None:
    names = ("Event", "SalesProcess", *(model.__name__ for model in _PLAIN))
    merging.register(move, handles=[f"interactions.{name}.client" for name in names], parter=part)
