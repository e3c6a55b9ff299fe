"""The head's weekly list: clients of the exchange that nobody wanted for long, to be assigned, set aside or archived.

Whoever was decided on leaves the list by itself: who got it holds it, and the list has neither quarantined nor archived
clients.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import rulebook
from clients.models import Client, Department, Manager, OwnershipPeriod, Role
from crm import clock
from crm.web.errors import DomainError
from exchange import services, shelving
from exchange.board import worth_words
from exchange.claim_rulebook import STALE_DAYS
from exchange.models import Claim
from exchange.rules.worth import CALLED_DAYS, Facts, worth
from exchange.shelving import Answer, shelvable_by
from interactions.models import Direction, Event, ProcessStatus, SalesProcess

T = TypeVar("T")


def stale_q(today: dt.date, days: int) -> Q:
    """Clients of the exchange that nobody claimed for longer than so many days, without those set aside."""
    long_ago = clock.day_start(today - dt.timedelta(days=days))
    return Q(exchange_since__lt=long_ago) & (Q(quarantine_until=None) | Q(quarantine_until__lt=today))


def stale_days() -> int | None:
    """After how many days a client is put on the list; None: there is no list. One small query."""
    return rulebook.load()[STALE_DAYS]


def weekly_clients(head: Manager, *, days: int, today: dt.date | None = None) -> QuerySet[Client]:
    """The list of this head: those his people held last; for directors and administrators all."""
    rows: Any = shelvable_by(head)
    return rows.on_exchange().filter(stale_q(today or clock.today(), days))


@dataclass(slots=True)
class WeeklyRow:
    """One client of the list with what is known about it.

    Attributes:
        days: whole days on the exchange.
        talk, talk_kind: subject and kind of the last counted contact.
        won, total, lost: past sales.
        loss_reason: why the last lost one was lost.
        owners: how many managers held it so far.
        claims: how often it was taken from the exchange before.
        worth: why it might be worth taking, in short words.
    """

    client: Client
    days: int
    talk: str = ""
    talk_kind: str = ""
    won: int = 0
    total: Decimal = Decimal(0)
    lost: int = 0
    loss_reason: str = ""
    owners: int = 0
    claims: int = 0
    worth: Sequence[str] = ()


def weekly_rows(clients: Sequence[Client], *, today: dt.date) -> list[WeeklyRow]:
    """The rows of one page of clients. One query, driven by the page's ids."""
    found = _facts([client.pk for client in clients], today)
    rows = []
    for client in clients:
        fact = found[client.pk]
        since = clock.local_date(client.exchange_since) if client.exchange_since else today
        row = WeeklyRow(
            client=client,
            days=(today - since).days,
            talk=fact["talk"] or "",
            talk_kind=gettext(fact["talk_kind"]) if fact["talk_kind"] else "",
            won=fact["won"] or 0,
            total=fact["total"] or Decimal(0),
            lost=fact["lost"] or 0,
            loss_reason=gettext(fact["loss"]) if fact["loss"] else "",
            owners=fact["owners"] or 0,
            claims=fact["claimed"] or 0,
        )
        row.worth = [worth_words(reason, client) for reason in worth(_worth_facts(row, fact), today)]
        rows.append(row)
    return rows


def _worth_facts(row: WeeklyRow, fact: dict[str, Any]) -> Facts:
    """What the reasons to take a client are made of; of birthdays only the client's own."""
    return Facts(
        called_on=clock.local_date(fact["called"]) if fact["called"] else None,
        is_open=fact["is_open"],
        open_amount=fact["open_amount"],
        open_stage=gettext(fact["open_stage"]) if fact["open_stage"] else "",
        won=row.won,
        total=row.total,
        lost_on=fact["lost_on"],
        loss_reason=row.loss_reason,
        birthday=row.client.birthday,
        category=row.client.category,
        is_new=not row.claims,
    )


def _facts(ids: list[int], today: dt.date) -> dict[int, dict[str, Any]]:
    of_client = {"client": OuterRef("pk")}
    talks = Event.objects.counted().filter(**of_client).order_by("-occurred_at", "-pk")
    calls = Event.objects.done().filter(
        kind__direction=Direction.INCOMING,
        kind__is_system=False,
        occurred_at__gte=clock.day_start(today - dt.timedelta(days=CALLED_DAYS)),
        **of_client,
    )
    sales = SalesProcess.objects.filter(**of_client)
    won = sales.filter(status=ProcessStatus.WON).order_by().values("client")
    lost = sales.filter(status=ProcessStatus.LOST)
    last_lost = lost.order_by(F("closed_on").desc(), "-pk")
    opened = sales.filter(status=ProcessStatus.OPEN).order_by(F("amount").desc(nulls_last=True), "-pk")
    owners = OwnershipPeriod.objects.filter(**of_client).order_by().values("client")
    claims = Claim.objects.filter(**of_client).order_by().values("client")
    names = {
        "talk": Subquery(talks.values("subject")[:1]),
        "talk_kind": Subquery(talks.values("kind__name")[:1]),
        "called": Subquery(calls.order_by("-occurred_at").values("occurred_at")[:1]),
        "is_open": Exists(opened),
        "open_amount": Subquery(opened.values("amount")[:1]),
        "open_stage": Subquery(opened.values("stage__name")[:1]),
        "won": Subquery(won.annotate(n=Count("pk")).values("n")),
        "total": Subquery(won.annotate(n=Sum("amount")).values("n")),
        "lost": Subquery(lost.order_by().values("client").annotate(n=Count("pk")).values("n")),
        "lost_on": Subquery(last_lost.values("closed_on")[:1]),
        "loss": Subquery(last_lost.values("loss_reason__name")[:1]),
        "owners": Subquery(owners.annotate(n=Count("manager", distinct=True)).values("n")),
        "claimed": Subquery(claims.annotate(n=Count("pk")).values("n")),
    }
    return {row["pk"]: row for row in Client.objects.filter(pk__in=ids).annotate(**names).values("pk", *names)}


# --- deciding ---------------------------------------------------------------------------------------------------------
def decide(
    *,
    decision: str,
    client_ids: Iterable[int],
    by: Manager,
    days: int,
    manager: Manager | None = None,
    until: dt.date | None = None,
    reason: str = "",
) -> list[Answer]:
    """Do the same with many clients of the list: "assign", "spread", "aside" or "archive". One answer per client, in
    the order asked; each is a transaction of its own. What is not on the list (any more) is left alone.

    Raises:
        DomainError: the day or the reason will not do, for none of them (``field``).
    """
    ids = list(dict.fromkeys(client_ids))
    listed = set(weekly_clients(by, days=days).filter(pk__in=ids).values_list("pk", flat=True))
    todo = [pk for pk in ids if pk in listed]
    act: dict[str, Callable[[], Iterable[Answer | services.Answer]]] = {
        "assign": lambda: services.assign_many(client_ids=todo, manager=_given(manager), by=by, reason=reason),
        "spread": lambda: _spread(todo, by),
        "aside": lambda: shelving.quarantine_many(todo, until=_given(until), reason=reason, by=by),
        "archive": lambda: shelving.archive_many(todo, reason=reason, by=by),
    }
    if decision == "aside":
        _refuse_bad_day(_given(until))
    answers = {answer.client_id: Answer(answer.client_id, answer.ok, answer.words) for answer in act[decision]()}
    answers |= _not_listed([pk for pk in ids if pk not in listed])
    return [answers[pk] for pk in ids]


def _given(value: T | None) -> T:
    assert value is not None, "the form has asked for it"
    return value


def _refuse_bad_day(until: dt.date) -> None:
    """The same for all of them: said once, beside the field."""
    first, last = shelving.quarantine_days(clock.today())
    if until < first or (last is not None and until > last):
        words = _("Choose a day after today.") if until < first else _("This day is too far ahead.")
        raise DomainError(words, field="until")


def _spread(ids: Sequence[int], by: Manager) -> list[Answer]:
    """Evenly among the salespeople who are here today, each client within the department it came from."""
    departments: dict[int | None, list[int]] = defaultdict(list)
    for pk, whose in Client.objects.filter(pk__in=ids).values_list("pk", "last_manager__department_id"):
        departments[whose].append(pk)
    sellers = Manager.objects.assignable_by(by).filter(role=Role.SALESPERSON, department__in=departments)
    by_department: dict[int | None, list[Manager]] = defaultdict(list)
    for seller in sellers:
        by_department[seller.department_id].append(seller)
    place, answers = {pk: index for index, pk in enumerate(ids)}, []
    for department, some in departments.items():
        some.sort(key=lambda pk: place[pk])
        try:
            given = services.spread(client_ids=some, among=by_department[department], by=by)
            answers += [Answer(each.client_id, each.ok, each.words) for each in given]
        except DomainError:
            answers += [
                Answer(pk, False, _("Nobody of its department is here today: assign it to somebody.")) for pk in some
            ]
    return answers


def _not_listed(ids: Sequence[int]) -> dict[int, Answer]:
    """Why nothing was done with those that are not on the list (any more)."""
    clients = Client.objects.select_related("manager").in_bulk(ids)
    return {pk: Answer(pk, False, _why_not(clients.get(pk))) for pk in ids}


def _why_not(client: Client | None) -> str | Promise:
    if client is None:
        return _("This client does not exist any more.")
    if client.is_held:
        return gettext("%(manager)s has taken it meanwhile.") % {"manager": client.manager}
    if client.archived_at is not None:
        return _("It is archived already.")
    if client.is_quarantined(clock.today()):
        return _("It is set aside already.")
    return _("It is not on your list.")


# --- telling ----------------------------------------------------------------------------------------------------------
def waiting_by_head(today: dt.date, *, days: int) -> dict[int, int]:
    """How many clients wait on the list of each head; what no head sees is the directors'. Heads and directors with an
    empty list are not in it. Three queries."""
    stale = Client.objects.on_exchange().filter(stale_q(today, days)).order_by()
    found = stale.values_list("last_manager__department__path").annotate(n=Count("pk"))
    by_path = {path or "": number for path, number in found}
    heads: dict[int, set[str]] = defaultdict(set)
    headed = Department.objects.exclude(path="").filter(head__is_active=True, head__role=Role.HEAD)
    for head, path in headed.values_list("head_id", "path"):
        heads[head].add(path)
    numbers: dict[int, int] = {}
    unseen = dict(by_path)
    for head, roots in heads.items():
        his = {path for path in by_path if path and path.startswith(tuple(roots))}
        if number := sum(by_path[path] for path in his):
            numbers[head] = number
        for path in his:
            unseen.pop(path, None)
    if left := sum(unseen.values()):
        directors = Manager.objects.filter(role=Role.DIRECTOR, is_active=True)
        numbers |= dict.fromkeys(directors.values_list("pk", flat=True), left)
    return numbers
