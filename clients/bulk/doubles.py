"""What can be done with many pairs of clients that look alike."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.bulk.registry import BulkAction, changed_since, register
from clients.doubles import decisions
from clients.models import DuplicatePair, Manager
from crm.web.access import Access
from crm.web.errors import Conflict


class TellApart(BulkAction):
    """They are not duplicates; nobody is asked again."""

    key = "duplicate-different"
    page = "duplicate-list"
    label = _("Not duplicates")
    icon = "signpost-split"
    access = Access.HEAD
    model = DuplicatePair

    def count_words(self, number: int) -> str:
        return ngettext("%(count)d pair", "%(count)d pairs", number) % {"count": number}

    def visible(self, user: Manager) -> QuerySet[DuplicatePair]:
        return DuplicatePair.objects.decidable_by(user).select_related("one", "other")

    rows = visible

    def client_ids(self, ids: Iterable[int]) -> Iterable[int]:
        pairs = DuplicatePair.objects.filter(pk__in=list(ids)).values_list("one", "other")
        return [pk for pair in pairs for pk in pair]

    def apply(self, row: DuplicatePair, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        decided = decisions.declare_different(one_id=row.one_id, other_id=row.other_id, by=by)
        return {} if decided else None

    def undo(self, row: DuplicatePair, before: Mapping[str, Any], by: Manager) -> None:
        if not decisions.reopen(pair=row):
            raise Conflict(changed_since())


def register_actions() -> None:
    """Called once, when the app is ready."""
    register(TellApart())
