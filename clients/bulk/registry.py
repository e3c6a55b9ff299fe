"""What can be done with many rows of a list at once: one class per action, registered under the list's route.

The apps above register theirs in ``AppConfig.ready()``. An action knows nothing of jobs: it says whose rows it may
touch, does one of them, and takes one back.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.bulk.forms import BulkForm
from clients.models import Manager
from crm.web.access import Access


class BulkAction:
    """Something done to each row of a frozen set.

    Class attributes:
        key: its name in addresses and jobs; unique.
        page: the list it belongs to: the name of its route.
        label: words on the button.
        icon: a name of Bootstrap Icons.
        order: place in the bar; the first four are buttons, the others stand in a menu.
        access: the lowest role it is offered to; which rows he may touch is decided by ``rows``.
        form_class: asks for the particulars before anything is done.
        model: what the rows are.
    """

    key: ClassVar[str]
    page: ClassVar[str]
    label: ClassVar[str | Promise]
    icon: ClassVar[str]
    order: ClassVar[int] = 50
    access: ClassVar[Access] = Access.SALES
    form_class: ClassVar[type[BulkForm]] = BulkForm
    model: ClassVar[type[Model]]
    #: Words for a row that is not among ``rows``.
    refusal: ClassVar[str | Promise] = _("You may not change it.")

    def offered_to(self, user: Manager) -> bool:
        """Whether the button is shown to this person at all."""
        return self.access.allows(user)

    def count_words(self, number: int) -> str:
        """How many rows, in words."""
        return ngettext("%(count)d row", "%(count)d rows", number) % {"count": number}

    def visible(self, user: Manager) -> QuerySet[Any]:
        """The rows that may be marked."""
        return self.model._default_manager.visible_to(user)  # type: ignore[attr-defined]

    def rows(self, user: Manager) -> QuerySet[Any]:
        """The rows this person may do it to now, with what ``apply`` reads of them."""
        return self.model._default_manager.editable_by(user)  # type: ignore[attr-defined]

    def rows_to_undo(self, user: Manager) -> QuerySet[Any]:
        """The rows on which this person may take it back now."""
        return self.rows(user)

    def client_ids(self, ids: Iterable[int]) -> Iterable[int]:
        """The clients these rows hang on: they are locked before any of them is touched."""
        raise NotImplementedError

    def leads_to(self, job_id: int, query: str) -> str:
        """An address to go to at once instead of asking anything: what only reads (a file) has no form."""
        return ""

    def apply(self, row: Any, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        """Do it to one row, inside a transaction of its own on locked clients.

        Args:
            asked: the cleaned data of the form.
            number: the how-manieth row of the set it is, from 0.

        Returns:
            What is needed to take it back, as JSON; None where there was nothing to do.

        Raises:
            DomainError, ValidationError: a rule refuses it; the other rows go on.
        """
        raise NotImplementedError

    def undo(self, row: Any, before: Mapping[str, Any], by: Manager) -> None:
        """Put one row back as it was.

        Raises:
            Conflict: somebody has changed it since.
        """
        raise NotImplementedError


class OfClients(BulkAction):
    """Rows that hang on a client, or are clients."""

    #: The column with the client's key.
    client_column: ClassVar[str] = "client_id"

    def client_ids(self, ids: Iterable[int]) -> Iterable[int]:
        column = self.client_column
        found = self.model._default_manager.filter(pk__in=list(ids)).order_by().values_list(column, flat=True)
        return [pk for pk in found if pk is not None]


def changed_since() -> str:
    """Why a row is not put back."""
    return gettext("It was changed since.")


_actions: dict[str, BulkAction] = {}


def register(*actions: BulkAction) -> None:
    """Offer these actions. A second one of the same key replaces the first."""
    for action in actions:
        _actions[action.key] = action


def find(key: str) -> BulkAction | None:
    """The action of this key."""
    return _actions.get(key)


def actions_of(page: str, user: Manager) -> list[BulkAction]:
    """What this person is offered on this list, in the order of the bar."""
    offered = [action for action in _actions.values() if action.page == page and action.offered_to(user)]
    return sorted(offered, key=lambda action: action.order)
