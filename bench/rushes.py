"""Many people at once: 200 after the same 100 clients of the exchange, and 50 who register contacts while nights run.

On a copy of the base: what they do is not what the next run should find.
"""

import datetime as dt
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db.models import Count, Max
from django.urls import reverse

from bench import web
from bench.bars import Verdict
from bench.figures import percentile
from bench.known import NothingThere, open_session
from bench.visitor import Refused, Visitor
from clients.models import Client, Manager, RuleSetting
from clients.models.people import Role
from crm import clock
from exchange.claim_rulebook import CLAIM_CAP, CLAIM_DAILY, CLAIM_DELAY
from exchange.models import Claim
from interactions.models import Event, EventKind

CLAIMERS, CLAIMED, TRIES = 200, 100, 10
REGISTRARS, EACH, NIGHTS = 50, 40, 7
#: Seconds between two contacts of one person.
PAUSE = 2.0
_SEED = 1


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that was taken: of which client, by whom, when it was sent, and seconds until the answer."""

    client: int
    manager: int
    sent_at: float
    seconds: float


def claim_rush(port: int) -> tuple[str, list[Verdict]]:
    """Claimers and clients as above, each claimer after ten of them, all from one moment on."""
    clients = list(
        Client.objects.on_exchange()
        .exclude(quarantine_until__gte=clock.today())
        .order_by("exchange_since")
        .values_list("pk", flat=True)[:CLAIMED]
    )
    sellers = _sellers()
    # With the usual rules most are refused: the rush is about those who are not.
    for key, value in ((CLAIM_CAP, 100_000), (CLAIM_DAILY, 1000), (CLAIM_DELAY, 0)):
        RuleSetting.objects.update_or_create(key=key, defaults={"value": value})
    chance = random.Random(_SEED)
    visits = [(sellers[place % len(sellers)], chance.sample(clients, TRIES)) for place in range(CLAIMERS)]
    since = clock.now()
    posts = _all_at_once(
        [_claiming(Visitor(port, open_session(person)), person.pk, wanted) for person, wanted in visits]
    )
    claims = Claim.objects.filter(client__in=clients, claimed_at__gte=since)
    doubles = claims.values("client").annotate(number=Count("pk")).filter(number__gt=1).count()
    made, last = claims.count(), claims.aggregate(last=Max("claimed_at"))["last"] or since
    took, slow = (last - since).total_seconds() or 1.0, percentile([post.seconds for post in posts], 0.99)
    told = (
        f"{CLAIMERS} claimers ({len(sellers)} people) on {len(clients)} clients: {made} claims in {took:.1f} s, "
        f"{made / took:.1f} claims/s; p99 of {len(posts)} tries {slow * 1000:.0f} ms"
    )
    return told, [Verdict("clients claimed twice", doubles, 0)]


def registration_rush(port: int) -> tuple[str, list[Verdict]]:
    """People register contacts with the clients that are about to leave them; then again, while seven nights come."""
    kind = EventKind.objects.choosable().filter(counts_as_contact=True).values_list("pk", flat=True)[0]
    people = [(person, _leaving_soon(person)) for person in _sellers()[:REGISTRARS]]
    people = [(person, clients) for person, clients in people if clients]
    everything_done = threading.Event()

    def rush(half: int) -> Callable[[], list[Posted]]:
        visits = [
            _registering(Visitor(port, open_session(person)), person.pk, clients[half::2], kind, everything_done)
            for person, clients in people
        ]
        return lambda: _all_at_once(visits)

    idle_rush, night_rush = rush(0), rush(1)
    threading.Timer(4 * PAUSE, everything_done.set).start()
    idle = idle_rush()
    everything_done.clear()

    def run_nights() -> tuple[float, float]:
        last, begun = clock.today() + dt.timedelta(days=NIGHTS), time.perf_counter()
        try:
            web.manage("recompute_zones", "--allow-future", f"--date={last.isoformat()}")
        finally:
            everything_done.set()
        return begun, time.perf_counter()

    with ThreadPoolExecutor(1) as pool:
        nights = pool.submit(run_nights)
        posts = night_rush()
        begun, ended = nights.result()
    within = [post.seconds for post in posts if begun <= post.sent_at <= ended]
    usual, slow = (percentile(seconds, 0.95) for seconds in ([post.seconds for post in idle], within))
    told = (
        f"{len(people)} people register contacts during {NIGHTS} nights ({ended - begun:.1f} s): "
        f"{len(within)} contacts, p95 {slow * 1000:.0f} ms, {usual * 1000:.0f} ms when there is no night"
    )
    verdicts = [Verdict("contacts lost", _lost([*idle, *posts]), 0)]
    if within and idle:
        verdicts.append(Verdict("registering during the night / without it, p95", slow / usual, 3, "times"))
    return told, verdicts


def _lost(posts: Sequence[Posted]) -> int:
    """Contacts that were taken and are not there, or whose client has left its manager, or has not the colour of today,
    all the same."""
    written = set(Event.objects.filter(text=_TEXT).values_list("client", "responsible"))
    kept = set(Client.objects.filter(last_contact_on=clock.today(), zone="green").values_list("pk", "manager"))
    return sum((post.client, post.manager) not in written & kept for post in posts)


_TEXT = "Said in the rush."


def _registering(
    visitor: Visitor, manager: int, clients: Sequence[int], kind: int, enough: threading.Event
) -> Callable[[], Iterator[Posted]]:
    fields = {"kind": str(kind), "text": _TEXT, "responsible": str(manager)}

    def visit() -> Iterator[Posted]:
        enough.wait(random.Random(manager).random() * PAUSE)
        for client in clients:
            if enough.is_set():
                return
            sent_at = time.perf_counter()
            try:
                answer = visitor.post(reverse("contact-register", args=[client]), fields)
            except Refused:
                continue  # the night was there first: the person is told so, nothing is lost
            yield Posted(client, manager, sent_at, answer.seconds)
            enough.wait(PAUSE)

    return visit


def _claiming(visitor: Visitor, manager: int, clients: Sequence[int]) -> Callable[[], Iterator[Posted]]:
    def visit() -> Iterator[Posted]:
        for client in clients:
            sent_at = time.perf_counter()
            answer = visitor.send(reverse("claim", args=[client]), {})
            if answer.status not in (302, 409, 422):  # it is mine; somebody was quicker; a rule forbids it
                raise Refused(f"claim: {answer.status}")
            yield Posted(client, manager, sent_at, answer.seconds)

    return visit


def _all_at_once(visits: Sequence[Callable[[], Iterator[Posted]]]) -> list[Posted]:
    start = threading.Barrier(len(visits))

    def run(visit: Callable[[], Iterator[Posted]]) -> list[Posted]:
        start.wait()
        return list(visit())

    with ThreadPoolExecutor(len(visits)) as pool:
        return [post for posts in pool.map(run, visits) for post in posts]


def _sellers() -> list[Manager]:
    found = list(
        Manager.objects.filter(is_active=True, role=Role.SALESPERSON, is_staff=False).order_by("pk")[:CLAIMERS]
    )
    if not found:
        raise NothingThere("There are no salespeople in this database.")
    return found


def _leaving_soon(manager: Manager) -> list[int]:
    return list(Client.objects.filter(manager=manager).order_by("detach_on").values_list("pk", flat=True)[:EACH])
