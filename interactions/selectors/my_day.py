"""What My day reads, put together."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet

from clients.calling import main_phones
from clients.models import Client, Manager
from clients.norms import read_norms
from clients.selectors import zone_counts
from clients.working_days import working_days
from crm.web.access import Access
from interactions import planning
from interactions.models import Event
from interactions.selectors import day_clients, day_plan
from interactions.selectors.approvals import waiting_approval
from interactions.selectors.card import shown_zone
from interactions.selectors.days import local_start, local_today

_A_DAY = dt.timedelta(days=1)


def my_day(user: Manager, *, today: dt.date, now: dt.datetime, day: dt.date | None = None) -> dict[str, Any]:
    """All of the first screen. ``today`` is the company's date, by which clients change their colour; ``day`` the
    reader's day whose plan is shown, his present one unless told otherwise."""
    here = local_today()
    day = day or here
    # Whoever stands in for an absent colleague has that colleague's day too: nobody is forgotten.
    mine = [user.pk, *sorted(user.deputised_manager_ids)]
    off = planning.read_days_off(user, here)
    week, score = day_plan.week_and_score(user, mine, here)
    working = working_days([user], here, week[-1].day)[user.pk]
    later = planning.quick_days(planning.LATER, today=here, off=off)
    facts = {
        **_plan(user, mine, day, here),
        **_clients(user, mine, today),
        "week": [replace(each, is_working=each.day in working) for each in week],
        "done": score,
        "norm": norm_of(user, here, working),
        "later": later,
        "new_on_exchange": day_clients.new_on_exchange(now - _A_DAY),
        "today": today,
    }
    if not facts["events"] and day == here:
        facts["call_next"] = day_clients.call_next(facts["own"], today)
    _tell_phones(user, facts, today, now)
    return facts


def norm_of(user: Manager, day: dt.date, working: Collection[dt.date]) -> int:
    """The points expected of a manager on a day; 0 but on his working days."""
    return (read_norms().of(user.department).on(day) or 0) if day in working else 0


def _plan(user: Manager, mine: list[int], day: dt.date, here: dt.date) -> dict[str, Any]:
    """What is due on a day and what was done on it; today with everything overdue."""
    end = local_start(day + _A_DAY)
    due = day_plan.due_events(user, mine, end, since=None if day == here else local_start(day))
    recent = day_plan.recent_contacts(user, end) if day <= here else []
    return {
        "events": due.events,
        "has_more": due.has_more,
        "overdue": [event for event in due.events if event.is_overdue],
        "ahead": [event for event in due.events if not event.is_overdue],
        "done_today": day_plan.one_each(recent, day),
        "recent": recent[: day_clients.SHORT_LIST] if day == here else [],
        "day": day,
        "is_today": day == here,
    }


def _clients(user: Manager, mine: list[int], today: dt.date) -> dict[str, Any]:
    """Whose clients the page is about, their colours, and who is about to change."""
    own: QuerySet[Client] = Client.objects.filter(manager__in=mine)
    managers: Sequence[int] | None = mine
    is_head = user.access_level >= Access.HEAD
    # A head without clients of his own is shown his people's.
    team = is_head and not own.exists()
    headed = None if user.sees_everything else sorted(user.headed_manager_ids - {user.pk})
    if team:
        own, managers = day_clients.clients_of_people(user), headed
    near, of_people = day_clients.near(managers, today), None
    if is_head and not team:
        of_people = [client for client in day_clients.leaving_soon(headed, today) if client.manager_id != user.pk]
    leaving, leaving_people = day_clients.leaving_this_week([near.leaving, of_people], today)
    lists = {"leaving": leaving, **near.turning}
    day_clients.read_clients([*lists.values(), leaving_people])
    waiting = day_clients.first_of(waiting_approval(user)) if is_head else None
    return {
        "own": own,
        # The numbers over the list of clients they lead to.
        "counts": zone_counts(user, "department" if team else "mine", today),
        "team": team,
        "lists": lists,
        "leaving_people": leaving_people,
        "waiting": waiting,
        "waiting_count": _number(waiting, waiting_approval(user)) if waiting else 0,
        "call_next": [],
    }


def _number(short: day_clients.Short, rows: QuerySet) -> int:
    """How many there are: counted only where the first rows are not all of them."""
    return rows.count() if short.has_more else len(short.rows)


def _tell_phones(user: Manager, facts: dict[str, Any], today: dt.date, now: dt.datetime) -> None:
    """Numbers, colours and lateness onto the rows. One query."""
    events: list[Event] = facts["events"]
    clients = [client for rows in facts["lists"].values() for client in rows.rows] + facts["call_next"]
    done: list[Event] = facts["done_today"]
    phones = main_phones([event.client_id for event in events] + [client.pk for client in clients], user)
    for event in events:
        event.phone = phones.get(event.client_id)  # type: ignore[attr-defined]
    for event in (*events, *done):
        event.zone = shown_zone(event.client, today)  # type: ignore[attr-defined]
        event.is_late = event.occurred_at < now  # type: ignore[attr-defined]  # its hour has passed
    for client in clients:
        client.phone = phones.get(client.pk)
