"""What hangs on a sale: its lines, those who help with it, those who compete for it. Written with the sale, inside its
transaction."""

from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.models import Client, Manager
from interactions.models import Competitor, Control, ProcessCompetitor, ProcessLine, SalesProcess
from interactions.rules.amounts import lines_total


def fill_amount(process: SalesProcess, lines: Sequence[ProcessLine]) -> None:
    """A sale without a sum comes to what its lines come to."""
    if process.amount is None:
        process.amount = lines_total(lines)


def terms(process: SalesProcess) -> tuple[object, ...]:
    """What the client is offered: the sum, and what of at which price. One query, and none where nobody would ask."""
    if process.stage is None or process.kind.control != Control.CONTROLLED:
        return ()
    lines = process.lines.order_by("product", "pk").values_list("product", "quantity", "price", "discount")
    return process.amount, *lines


def set_lines(process: SalesProcess, lines: Sequence[ProcessLine]) -> None:
    """Save new and edited lines of a saved sale and remove those that are gone."""
    process.lines.exclude(pk__in=[line.pk for line in lines if line.pk]).delete()
    for line in lines:
        line.process = process
        line.full_clean()
        line.save()


def check_co_managers(process: SalesProcess, managers: Collection[Manager]) -> None:
    """Helping with a sale opens nothing: who helps sees the client by a right of his own. Those who help already stay.

    Raises:
        ValidationError: one of the new ones does not see the client.
    """
    helping = set(process.co_managers.all()) if process.pk else set()
    for manager in set(managers) - helping:
        if not Client.objects.visible_to(manager).filter(pk=process.client_id).exists():
            words = _("%(name)s does not see this client: make them a co-manager of the client first.")
            raise ValidationError({"co_managers": words % {"name": manager}})


def set_co_managers(process: SalesProcess, managers: Collection[Manager]) -> None:
    """Who helps from now on; the responsible is no helper of his own."""
    process.co_managers.set(manager for manager in managers if manager.pk != process.responsible_id)


def set_competitors(process: SalesProcess, competitors: Collection[Competitor]) -> None:
    """Who else offers, as far as one knows now."""
    process.competitors.set(competitors)


def add_competitor(process: SalesProcess, competitor: Competitor) -> None:
    """The one it was lost to was a competitor, whether somebody had known it before or not."""
    ProcessCompetitor.objects.get_or_create(process=process, competitor=competitor)
