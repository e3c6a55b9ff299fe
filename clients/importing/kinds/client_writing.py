"""Writing the clients of a chunk: a constant number of statements, whatever their number."""

from collections.abc import Sequence
from typing import Any

from clients import ownership, zone_changes
from clients.freezing import freeze_book
from clients.importing.kinds import completing, extras
from clients.importing.kinds.books import DictionaryBook
from clients.importing.kinds.client_facts import DICTIONARIES
from clients.importing.registry import Context, Outcome, Plan
from clients.models import Client, OwnershipPeriod
from clients.models.client import month_and_day
from clients.ownership import OwnerChange
from clients.policies import policy_book
from clients.zone_changes import ZoneChange
from clients.zoning import redate_batch, set_zone_dates
from crm.web.text import fold


class ClientWriter:
    """Adds new clients and completes those that are here."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    def write(self, plans: Sequence[Plan]) -> None:
        self._dictionaries(plans)
        self._add([plan for plan in plans if plan.outcome == Outcome.CREATED])
        self._complete([plan for plan in plans if plan.outcome == Outcome.UPDATED])
        extras.write(
            Client, [(plan, plan.data.client, plan.data.points, plan.data.tags) for plan in plans], self.ctx
        )  # fmt: skip

    def _dictionaries(self, plans: Sequence[Plan]) -> None:
        """Make the entries that some rows name and nobody has made yet."""
        for name, model in DICTIONARIES.items():
            wanting = [plan for plan in plans if name in plan.data.wanted]
            if not wanting:
                continue
            book = DictionaryBook(model, makes=True)
            book.make(plan.data.wanted[name] for plan in wanting)
            for plan in wanting:
                facts = {f"{name}_id": book[plan.data.wanted[name]]}
                completing.remember(plan, plan.data.client, facts)
                plan.data.values |= facts

    def _add(self, plans: Sequence[Plan]) -> None:
        clients: list[Client] = [plan.data.client for plan in plans]
        labels = self._start_clocks([client for client in clients if client.is_held])
        Client.objects.bulk_create(clients)
        for plan, client in zip(plans, clients, strict=True):
            plan.target, plan.kept = client.pk, {}
        completing.log(clients, self.ctx, is_new=True)
        if not self.ctx.is_dry:
            self._tell([client for client in clients if client.is_held], labels)

    def _start_clocks(self, held: Sequence[Client]) -> dict[int, str]:
        """They are with their managers from today on. Returns the policies of their dates, by the instance."""
        if not held:
            return {}
        book = policy_book()
        freezes = freeze_book({client.manager_id for client in held if client.manager_id}, after=self.ctx.today)
        return {id(each): set_zone_dates(each, today=self.ctx.today, book=book, freezes=freezes) for each in held}

    def _tell(self, held: Sequence[Client], labels: dict[int, str]) -> None:
        ctx, gained = self.ctx, OwnershipPeriod.Gained.IMPORTED
        OwnershipPeriod.objects.bulk_create(
            OwnershipPeriod(
                client=client,
                manager=client.manager,
                since=ctx.today,
                gained=gained,
                given_by=ctx.by,
                changed_by=ctx.by,
            )
            for client in held
        )
        zone_changes.record(
            [
                ZoneChange(each.pk, each.manager_id, "", each.zone, "assignment", ctx.today, labels[id(each)])
                for each in held
            ]
        )
        ownership.announce(
            [OwnerChange(each.pk, None, each.manager_id, gained, ctx.by.pk, ctx.now) for each in held]
        )  # fmt: skip

    def _complete(self, plans: Sequence[Plan]) -> None:
        changed = [plan for plan in plans if plan.data.values]
        if not changed:
            return
        names = {name for plan in changed for name in plan.data.values}
        clients = {plan.data.client.pk: plan.data.client for plan in changed}
        store(list(clients.values()), names, self.ctx)
        completing.log(list(clients.values()), self.ctx, is_new=False)


def store(clients: Sequence[Client], names: set[str], ctx: Context) -> None:
    """Write these facts of locked clients; a changed category may mean another policy."""
    for client in clients:
        client.search_name, client.birthday_md = fold(client.name)[:255], month_and_day(client.birthday)
        client.updated_at = ctx.now
    derived: dict[str, Any] = {"name": "search_name", "birthday": "birthday_md"}
    fields = {name.removesuffix("_id") if name != "external_id" else name for name in names}
    fields |= {derived[name] for name in names if name in derived} | {"updated_at"}
    Client.objects.bulk_update(clients, sorted(fields), batch_size=100)
    if "category" in names:
        redate_batch([client.pk for client in clients], today=ctx.today, cause="policy")
