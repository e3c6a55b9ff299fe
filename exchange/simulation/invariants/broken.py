"""Saying loudly what is wrong: the seed, the day, the client and all that is written down about it."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from clients.models import Client, OwnershipPeriod
from exchange.models import Claim, DetachHold, Detachment, FirstTouch, LeavingWarning, Shelving, ZoneTransition
from interactions.models import Event

#: How much of each table is told.
_LAST = 12


class InvariantBroken(AssertionError):
    """Something that must always be true is not."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the company.

    Attributes:
        day: the day whose night was run, or missed (``ran`` False).
        full: every row is looked at, not only what is new.
    """

    day: dt.date
    ran: bool
    full: bool
    seed: int
    repeat: str
    #: The rules that somebody changed: (is on, number) by key.
    rules: Mapping[str, tuple[bool, int]] = field(default_factory=dict)

    def rule(self, key: str, shipped: int) -> int | None:
        """The number of a rule, None when it is switched off; ``shipped`` when nobody changed it."""
        is_on, value = self.rules.get(key, (True, shipped))
        return value if is_on else None

    def broken(self, rule: str, words: str, *, client: int | None = None) -> NoReturn:
        """Stop here.

        Raises:
            InvariantBroken: always.
        """
        lines = [
            f"{rule}: {words}",
            f"seed {self.seed}, {self.day}{'' if self.ran else ' (its night was missed)'}",
            f"to see it again: {self.repeat}",
        ]
        if client is not None:
            lines += story(client)
        raise InvariantBroken("\n".join(lines))

    def none(self, rule: str, found: Iterable[Any], words: str) -> None:
        """Nobody may be in ``found``: ids of clients, or rows with a client.

        Raises:
            InvariantBroken: somebody is.
        """
        for one in found:
            client = one if isinstance(one, int) else getattr(one, "client_id", None) or getattr(one, "pk", None)
            self.broken(rule, f"{words}: {one!r}", client=client)


def story(client_id: int) -> list[str]:
    """All that is written down about a client, the latest last."""
    lines = [f"--- client {client_id}"]
    lines += [str(row) for row in Client.objects.filter(pk=client_id).values(*_CLIENT)]
    for name, rows in _tables(client_id):
        found = list(rows[:_LAST])
        if found:
            lines.append(f"--- {name}")
            lines += [str(row) for row in reversed(found)]
    return lines


_CLIENT = (
    "manager", "last_manager", "assigned_on", "last_contact_on", "clock_date", "yellow_on", "red_on", "detach_on",
    "zone", "exchange_since", "quarantine_until", "archived_at", "category",
)  # fmt: skip


def _tables(pk: int) -> list[tuple[str, Any]]:
    def of(model: Any, order: str, *fields: str) -> Any:
        return model.objects.filter(client=pk).order_by(f"-{order}", "-pk").values(*fields)

    return [
        ("owners", of(OwnershipPeriod, "pk", "manager", "since", "until", "gained", "lost", "created_at")),
        ("arrivals", of(Detachment, "pk", "manager", "reason", "date", "detached_at", "run__date", "undone_at")),
        ("claims", of(Claim, "pk", "manager", "assigned_by", "claimed_at", "exchange_since", "overrides")),
        ("first contacts", of(FirstTouch, "pk", "manager", "due_on", "outcome", "settled_on")),
        ("warnings", of(LeavingWarning, "pk", "manager", "clock_date", "leaves_on", "level", "warned_on")),
        ("holds", of(DetachHold, "pk", "kind", "clock_date", "since", "until", "source")),
        ("set aside", of(Shelving, "pk", "action", "until", "made_at")),
        ("colours", of(ZoneTransition, "pk", "date", "from_zone", "to_zone", "cause", "manager", "clock_date")),
        (
            "events",
            of(
                Event,
                "pk",
                "kind__code",
                "status",
                "occurred_at",
                "created_at",
                "counted_on",
                "approval",
                "responsible",
            ),
        ),
    ]
