"""Events and sales of two clients that become one."""

from clients import merging
from clients.merging import Merge
from interactions.clockwork import recompute_clocks
from interactions.models import ClientLetter, Event, HandOver, SalesProcess


def move(merge: Merge) -> None:
    """Events, sales and all that hangs on them go to the kept client; its clock is read back from all of them.

    ``counted_on`` and approvals stay as they were decided: it is the same contact with the same company.
    """
    merging.move_with_history(SalesProcess.objects.all(), merge)
    merging.move_with_history(Event.objects.all(), merge)
    HandOver.objects.filter(client=merge.drop).update(client=merge.keep)
    ClientLetter.objects.filter(client=merge.drop).update(client=merge.keep)
    recompute_clocks([merge.keep], today=merge.today, cause="correction")


def register() -> None:
    names = ("ClientLetter", "Event", "HandOver", "SalesProcess")
    merging.register(move, handles=[f"interactions.{name}.client" for name in names])
