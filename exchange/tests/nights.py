"""A night with people around it, for tests of its pages: clients that are due and were warned in time."""

import datetime as dt

from clients.models import Client, Manager
from clients.tests.factories import held_client
from crm import clock
from exchange.models import LeavingWarning, NightlyRun, RunStatus

TODAY = dt.date(2026, 5, 13)
DAY = dt.timedelta(days=1)


def due_client(manager: Manager, *, today: dt.date = TODAY, days: int = 200, **kwargs: object) -> Client:
    """Due for the exchange on ``today``, its manager warned long enough ago: the night takes it."""
    client = held_client(manager, assigned_on=today - DAY * days, today=today - DAY, **kwargs)  # type: ignore[arg-type]
    warn(client, today - DAY * 20)
    return client


def warn(client: Client, day: dt.date) -> LeavingWarning:
    """Its manager was told on ``day``."""
    return LeavingWarning.objects.create(
        client=client,
        manager=client.manager,
        clock_date=client.clock_date,
        leaves_on=client.detach_on,
        level=30,
        warned_on=day,
    )


def quiet_night(day: dt.date = TODAY - DAY, **kwargs: object) -> NightlyRun:
    """A night that went by without a question: the next one need not ask."""
    moment = clock.at(day, 1)
    values = {"status": RunStatus.DONE, "started_at": moment, "finished_at": moment + dt.timedelta(seconds=3)}
    return NightlyRun.objects.create(date=day, **values | kwargs)
