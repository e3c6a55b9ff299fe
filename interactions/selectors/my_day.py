"""What My day reads, put together."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from clients.calling import main_phones
from clients.models import Client, Manager
from crm.web.access import Access
from interactions import planning
from interactions.models import Event
from interactions.rules.workdays import is_working
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
    facts = {
        **_plan(user, mine, day, here, now),
        **_clients(user, mine, today),
        "week": [day_plan.DayOfWeek(each.day, each.planned, each.is_today, is_working(each.day, off)) for each in week],
        "done": score,
        "norm": norm_of(user, works=is_working(here, off)),
        "later": planning.quick_days(planning.LATER, today=here, off=off),
        "new_on_exchange": day_clients.new_on_exchange(now - _A_DAY),
        "today": today,
    }
    if not facts["events"] and day == here:
        facts["call_next"] = day_clients.call_next(facts["own"], today)
    _tell_phones(user, facts, today, now)
    return facts


def norm_of(user: Manager, *, works: bool) -> int:
    """The points expected of a manager today; 0 on days off and while he is away."""
    return user.department.daily_points_norm if works and user.department else 0


def _plan(user: Manager, mine: list[int], day: dt.date, here: dt.date, now: dt.datetime) -> dict[str, Any]:
    """What is due on a day and what was done on it; today with everything overdue."""
    end = local_start(day + _A_DAY)
    due = day_plan.due_events(user, mine, end, since=None if day == here else local_start(day))
    recent = day_plan.recent_contacts(user, end) if day <= here else []
    return {
        "events": due.events,
        "has_more": due.has_more,
        "overdue": [event for event in due.events if event.occurred_at < now],
        "ahead": [event for event in due.events if event.occurred_at >= now],
        "done_today": day_plan.one_each(recent, day),
        "recent": recent[: day_clients.SHORT_LIST] if day == here else [],
        "day": day,
        "is_today": day == here,
    }


def _clients(user: Manager, mine: list[int], today: dt.date) -> dict[str, Any]:
    """Whose clients the page is about, their colours, and who is about to change."""
    own: QuerySet[Client] = Client.objects.filter(manager__in=mine)
    counts = day_clients.zone_counts(own, today)
    is_head = user.access_level >= Access.HEAD
    # A head without clients of his own is shown his people's.
    team = is_head and not counts["held"]
    if team:
        own = day_clients.clients_of_people(user)
        counts = day_clients.zone_counts(own, today)
    people = None
    if is_head and not team:
        people = day_clients.clients_of_people(user).exclude(manager=user).select_related("manager")
    leaving, leaving_people = day_clients.leaving_this_week([own.select_related("manager"), people], today)
    turning = {name: day_clients.first_of(rows) for name, rows in day_clients.turning(own, today).items()}
    waiting = day_clients.first_of(waiting_approval(user)) if is_head else None
    return {
        "own": own,
        "counts": counts,
        "team": team,
        "lists": {"leaving": leaving, **turning},
        "leaving_people": leaving_people,
        "waiting": waiting,
        "waiting_count": waiting_approval(user).count() if waiting else 0,
        "call_next": [],
    }


def _tell_phones(user: Manager, facts: dict[str, Any], today: dt.date, now: dt.datetime) -> None:
    """Numbers, colours and lateness onto the rows. One query."""
    events: list[Event] = facts["events"]
    clients = [client for rows in facts["lists"].values() for client in rows.rows] + facts["call_next"]
    done: list[Event] = facts["done_today"]
    ids = [event.client_id for event in (*events, *done)] + [client.pk for client in clients]
    phones = main_phones(ids, user)
    for event in (*events, *done):
        event.phone = phones.get(event.client_id)  # type: ignore[attr-defined]
        event.zone = shown_zone(event.client, today)  # type: ignore[attr-defined]
        event.is_late = event.occurred_at < now  # type: ignore[attr-defined]
    for client in clients:
        client.phone = phones.get(client.pk)
