"""Why on any past day: what is said afterwards is what was true on that evening."""

import datetime as dt
import json
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clients.absences import request_absence
from clients.models import Client, Department, Manager, OwnershipPeriod, Role, RuleSetting, ZonePolicy
from clients.policies import policy_of
from clients.services import attach, reassign
from clients.tests.factories import DepartmentFactory, ManagerFactory, exchange_client, head_of, held_client
from clients.tests.pages import browser
from clients.zoning import published, redate
from crm import clock
from crm.web.errors import DomainError
from exchange.holds import facts_of
from exchange.models import Detachment, LeavingWarning, NightlyRun, Protection, ReturnReason
from exchange.night import run_night
from exchange.rulebook import load_rules
from exchange.rules.holding import ONE_DAY, holds_on
from exchange.rules.why import Contacts, Heard, Relied, relied_on
from exchange.services import claim, return_client
from exchange.undo import undo
from exchange.why import Story, ribbon_of, steps_of, why_on
from interactions import services
from interactions.models import Event, EventStatus
from interactions.sales import close_process, start_process
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db

START = dt.date(2025, 11, 3)


def D(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


# --- the pure part ----------------------------------------------------------------------------------------------------
def _heard(event: int, hour: int, day: str | None) -> Heard:
    on = D(day) if day else None
    return Heard(event, clock.at(START) + dt.timedelta(hours=hour), on, clock.at(on or START))


def test_contacts_are_known_from_the_moment_they_were_registered():
    contacts = Contacts([_heard(1, 0, "2025-10-01"), _heard(2, 5, "2025-09-01"), _heard(1, 9, None)])
    at = [contacts.last_on(clock.at(START) + dt.timedelta(hours=hour)) for hour in (0, 1, 6, 10)]
    assert at == [None, D("2025-10-01"), D("2025-10-01"), D("2025-09-01")]
    assert [(move.event, move.before, move.after) for move in contacts.moves()] == [
        (1, None, D("2025-10-01")),
        (1, D("2025-10-01"), D("2025-09-01")),
    ]


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(0, 30), st.none() | st.dates(D("2025-01-01"), D("2025-01-09"))),
        max_size=25,
    )
)
def test_moves_are_the_changes_of_the_maximum(rows):
    states = [
        Heard(number, clock.at(START) + dt.timedelta(hours=hour), on, clock.at(START)) for number, hour, on in rows
    ]
    contacts = Contacts(states)
    known, last, seen = {}, None, []
    for state in sorted(states, key=lambda state: state.at):
        known[state.event] = state.counted_on
        now = max((on for on in known.values() if on), default=None)
        if now != last:
            seen.append((state.at, last, now))
            last = now
    assert [(move.at, move.before, move.after) for move in contacts.moves()] == seen
    assert contacts.last_on(clock.at(START) + dt.timedelta(hours=99)) == last


def _relied(row: int, kind: str, since: int, until: int, source: str = "") -> Relied:
    return Relied(row, kind, source or f"{kind}:{row}", START + ONE_DAY * since, START + ONE_DAY * until)


@pytest.mark.parametrize(
    ("holds", "day", "over", "expected"),
    [
        ([], 5, [], None),
        ([_relied(1, "process", 0, 9)], 5, [], 1),
        ([_relied(1, "process", 0, 9)], 9, [], 1),
        ([_relied(1, "process", 0, 9)], 10, [], None),
        ([_relied(1, "process", 6, 9)], 5, [], None),  # not relied on yet
        ([_relied(1, "process", 0, 9), _relied(2, "protection", 4, 7)], 3, [], 1),
        ([_relied(1, "process", 0, 9), _relied(2, "protection", 4, 7)], 5, [], 2),  # the stronger one
        ([_relied(1, "process", 0, 9), _relied(2, "protection", 4, 7)], 8, [], 1),  # and the first again
        ([_relied(1, "protection", 0, 9), _relied(2, "plan", 4, 7)], 5, [], 2),  # a weaker one: the first was over
        ([_relied(1, "protection", 0, 9), _relied(2, "plan", 4, 7)], 8, [], None),
        ([_relied(1, "process", 0, 9), _relied(2, "protection", 4, 7)], 6, ["protection:2"], 1),
        ([_relied(1, "plan", 0, 9, "event:1"), _relied(2, "plan", 4, 6, "event:1")], 8, [], None),  # moved nearer
    ],
)
def test_on_which_hold_a_night_relied(holds, day, over, expected):
    found = relied_on(holds, START + ONE_DAY * day, over)
    assert (found.row if found else None) == expected


# --- a random history, explained afterwards ---------------------------------------------------------------------------
@dataclass
class Note:
    """What a recorder saw of one client on one evening."""

    zone: str
    shown: str
    manager: int | None
    clock_date: dt.date | None = None
    dates: object = None
    policy: str = ""
    contact: int | None = None
    hold: tuple | None = None
    warnings: list = field(default_factory=list)
    stay: int | None = None


class Play:
    """A small company that lives day by day at random, with a night before each day."""

    def __init__(self, seed: int, time_machine) -> None:
        self.chance, self.travel = random.Random(seed), time_machine
        self.done: Counter[str] = Counter()
        self.notes: dict[tuple[int, dt.date], Note] = {}
        self.relied: dict[int, tuple] = {}
        self.day = START
        self.move(0)
        north, south = DepartmentFactory(name="North"), DepartmentFactory(name="South")
        self.heads = [head_of(north), head_of(south)]
        self.sellers = [
            ManagerFactory(department=north),
            ManagerFactory(department=north),
            ManagerFactory(department=south),
        ]
        self.director = ManagerFactory(role=Role.DIRECTOR, department=None)
        RuleSetting.objects.create(key="night.first_run_dry", is_on=False, value=0)
        ZonePolicy.objects.update(yellow_months=1, red_months=2, detach_months=2)
        self.clients = [self.client(days).pk for days in range(0, 56, 4)]

    def client(self, days: int) -> Client:
        return held_client(self.chance.choice(self.sellers), assigned_on=START - ONE_DAY * days, today=START)

    def move(self, hour: float) -> None:
        moment = clock.day_start(self.day) + dt.timedelta(hours=hour)
        self.travel.move_to(moment, tick=False)

    def live(self, days: int) -> None:
        for _ in range(days):
            self.day += ONE_DAY
            self.move(1)
            before = {client.pk: client for client in Client.objects.held()}
            run_night(self.day)
            self.look_at_holds(before)
            hour = 9.0
            for pk in self.clients:
                if self.chance.random() < 0.07:
                    hour += 0.25
                    self.move(hour)
                    self.act(pk)
            self.move(23.5)
            self.write_down()

    def look_at_holds(self, before: dict[int, Client]) -> None:
        rules = load_rules()
        due = [client for client in Client.objects.due_on(self.day) if client.pk in before]
        facts = facts_of(due, rules, day=self.day)
        self.relied = {}
        for client in due:
            found = holds_on(facts[client.pk], rules, day=self.day, told_on=self.day)
            assert found, "a due client nothing holds is gone"
            stretch = (client.manager_id, client.clock_date)
            self.relied[client.pk] = (stretch, found[0].kind, found[0].until)
            self.done[f"held by {found[0].kind}"] += 1

    def act(self, pk: int) -> None:
        verbs = ["contact", *["late"] * 2, *["plan"] * 3, *["change"] * 9]
        verbs += ["owner", "protect", "sale", "policy", "away", "category"]
        client = Client.objects.select_related("manager").get(pk=pk)
        if not client.is_held:
            verbs = ["undo", "undo", "claim", "contact", "nothing", "nothing"]
        verb = self.chance.choice(verbs)
        if self.chance.random() < 0.3:
            verb = min(verbs, key=lambda verb: self.done[verb])
        try:
            getattr(self, f"do_{verb}")(client)
            self.done[verb] += 1
        except DomainError:
            self.done[f"{verb} refused"] += 1

    def do_nothing(self, client: Client) -> None: ...

    def do_contact(self, client: Client) -> None:
        event(client, by=client.manager or self.sellers[0])

    def do_late(self, client: Client) -> None:
        when = clock.now() - ONE_DAY * self.chance.randrange(1, 60)
        event(client, by=self.chance.choice([client.manager, self.director]), occurred_at=when)

    def do_plan(self, client: Client) -> None:
        when = clock.now() + ONE_DAY * self.chance.randrange(1, 50)
        event(client, status=EventStatus.PLANNED, occurred_at=when, subject="Show it")

    def do_change(self, client: Client) -> None:
        events = list(Event.objects.by_hand().filter(client=client).select_related("kind", "process").order_by("pk"))
        if not events:
            return
        waiting = list(Event.objects.waiting_approval().order_by("pk")) if self.chance.random() < 0.5 else []
        chosen = self.chance.choice(waiting or events[-4:])
        if chosen.approval == "pending":
            approve = self.chance.random() < 0.7
            services.decide_backdating(event=chosen, by=self.director, approve=approve)
            self.done["decided"] += 1
            return
        verbs = {
            EventStatus.DONE: ("deleted", "cancelled", "re-dated", "moved"),
            EventStatus.PLANNED: ("finished", "re-dated", "cancelled", "moved", "finished"),
            EventStatus.CANCELLED: ("deleted",),
        }[chosen.status]
        # Those that were done least first: each of them happens in every history.
        verb = min(verbs, key=lambda verb: (self.done[verb], self.chance.random()))
        self.done[verb] += 1
        match verb:
            case "deleted":
                services.delete_event(event=chosen)
            case "cancelled":
                services.cancel_event(event=chosen, by=self.director)
            case "re-dated":
                shift = self.chance.randrange(1, 20)
                back = chosen.status != EventStatus.PLANNED or self.chance.random() < 0.3
                chosen.occurred_at += ONE_DAY * (-shift if back else shift)
                services.change_event(event=chosen, by=self.director)
            case "moved":
                other = Client.objects.get(pk=self.chance.choice([pk for pk in self.clients if pk != client.pk]))
                services.move_event(event=chosen, client=other, by=self.director)
            case "finished":
                services.finish_event(event=chosen, by=self.director)

    def do_owner(self, client: Client) -> None:
        if self.chance.random() < 0.4:
            return_client(client_id=client.pk, by=client.manager, reason=ReturnReason.objects.first())
        else:
            reassign(client_id=client.pk, manager=self.chance.choice(self.sellers), by=self.director)

    def do_protect(self, client: Client) -> None:
        given = client.protections.filter(revoked_on=None, until__gte=self.day).last()
        if given:
            given.revoked_on, given.revoked_by = self.day, self.director
            given.save()
            self.done["revoked"] += 1
            return
        until = client.detach_on + ONE_DAY * self.chance.randrange(2, 30)
        Protection.objects.create(
            client=client,
            manager=client.manager,
            reason="Wait",
            starts_on=self.day,
            until=until,
            given_by=self.director,
        )

    def do_sale(self, client: Client) -> None:
        from interactions.models import ProcessKind, SalesProcess

        still = SalesProcess.objects.open().filter(client=client).first()
        if still:
            close_process(process=still, won=True, by=client.manager)
            return
        sale = SalesProcess(
            client=client, kind=ProcessKind.objects.first(), title="Pumps", responsible=client.manager, source=None
        )
        start_process(process=sale, by=client.manager)

    def do_policy(self, client: Client) -> None:
        north = Department.objects.get(name="North")
        policy = ZonePolicy.objects.filter(department=north).first() or ZonePolicy(
            department=north, yellow_months=1, red_months=2, detach_months=2
        )
        if policy.pk and self.chance.random() < 0.2:
            policy.delete()
        else:
            policy.detach_months = 5 - policy.detach_months
            policy.save()
        redate(list(Client.objects.held().values_list("pk", flat=True)), today=self.day)

    def do_category(self, client: Client) -> None:
        ZonePolicy.objects.get_or_create(category="A", defaults={"red_months": 3, "detach_months": 3})
        client.category = "" if client.category else "A"
        client.save(update_fields=["category"])
        redate([client.pk], today=self.day)

    def do_away(self, client: Client) -> None:
        first = self.day + ONE_DAY * self.chance.randrange(-3, 30)
        last = first + ONE_DAY * self.chance.randrange(3, 12)
        request_absence(manager=client.manager, by=self.director, kind="vacation", starts_on=first, ends_on=last)

    def do_claim(self, client: Client) -> None:
        claim(client_id=client.pk, by=self.chance.choice(self.sellers))

    def do_undo(self, client: Client) -> None:
        arrived = client.detachments.filter(undone_at=None, run__isnull=False).last()
        if arrived and undo(detachments=[arrived], by=self.director).given_back:
            self.done["given back"] += 1
            client.refresh_from_db()
            grace = client.detach_holds.get(source=f"undo:{arrived.pk}")
            # From that moment on the grace holds it.
            self.relied[client.pk] = ((client.manager_id, client.clock_date), grace.kind, grace.until)

    def write_down(self) -> None:
        for client in Client.objects.filter(pk__in=self.clients).select_related("manager__department"):
            if not client.is_held:
                stay = Detachment.objects.filter(client=client).latest("detached_at", "pk")
                self.notes[client.pk, self.day] = Note("exchange", "exchange", None, stay=stay.pk)
                continue
            decided = client.last_contact_on == client.clock_date
            contact = Event.objects.deciding_for(client).first() if decided else None
            stretch, *hold = self.relied.get(client.pk, (None, None))
            same = stretch == (client.manager_id, client.clock_date) and client.detach_on <= self.day
            told = LeavingWarning.objects.filter(client=client, manager=client.manager, clock_date=client.clock_date)
            self.notes[client.pk, self.day] = Note(
                zone=client.zone,
                shown=published(client.zone_on(self.day)),
                manager=client.manager_id,
                clock_date=client.clock_date,
                dates=client.zone_dates,
                policy=policy_of(client).label,
                contact=contact.pk if contact else None,
                hold=tuple(hold) if same else None,
                warnings=sorted(told.values_list("warned_on", "level", "leaves_on", "head_id", "deputy_id")),
            )


def _said(story: Story, day: dt.date) -> Note:
    why = why_on(story, day)
    told = [(row.warned_on, row.level, row.leaves_on, row.head_id, row.deputy_id) for row in why.warnings]
    return Note(
        zone=why.zone,
        shown=why.zone,
        manager=why.manager.pk if why.manager else None,
        clock_date=why.clock_date,
        dates=why.dates,
        policy=why.policy,
        contact=why.contact.event if why.contact else None,
        hold=(why.hold.kind, why.hold.until) if why.hold else None,
        warnings=sorted(told, key=str),
        stay=why.stay.pk if why.stay else None,
    )


@pytest.mark.postgres  # a minute and a half of nights: once is enough
@pytest.mark.parametrize("seed", [1])
def test_every_past_day_is_explained_as_it_was(seed, time_machine):
    play = Play(seed, time_machine)
    play.live(130)
    stories = {pk: Story(Client.objects.select_related("manager__department").get(pk=pk)) for pk in play.clients}
    for (pk, day), note in play.notes.items():
        said = _said(stories[pk], day)
        note.warnings.sort(key=str)
        assert said == note, (pk, day, dict(play.done))
    for verb in ("contact", "late", "decided", "deleted", "moved", "re-dated", "policy", "away", "claim"):
        assert play.done[verb], f"nothing of this kind happened: {verb}"
    assert play.done["held by warning"]
    assert any(play.done[f"held by {what}"] for what in ("plan", "protection", "process")), dict(play.done)
    assert play.done["given back"]
    for story in stories.values():
        assert steps_of(story, play.director)
        assert ribbon_of(story, play.day)
        for back in range(0, 125, 9):
            assert why_on(story, play.day - ONE_DAY * back).sentences(play.director)


# --- words about what has come to be known since ----------------------------------------------------------------------
@pytest.fixture
def seller():
    return ManagerFactory(first_name="Anna", last_name="Ivanova")


@pytest.fixture
def director():
    return ManagerFactory(role=Role.DIRECTOR, department=None, first_name="Olga", last_name="Orlova")


def _texts(client: Client, day: dt.date, reader: Manager) -> str:
    return " ".join(f"{line.text} {line.link}" for line in why_on(Story(client), day).sentences(reader))


def test_a_contact_registered_later_is_said_to_be_unknown_on_that_day(time_machine, seller, director):
    time_machine.move_to(clock.at(D("2026-01-10")))
    client = held_client(seller)
    run_night(D("2026-02-12"))
    time_machine.move_to(clock.at(D("2026-03-09")))
    talk = event(client, by=director, occurred_at=clock.at(D("2026-02-03")), subject="Prices")
    client.refresh_from_db()
    said = _texts(client, D("2026-02-20"), director)
    assert why_on(Story(client), D("2026-02-20")).zone == "yellow"
    assert "Held by Anna Ivanova, yellow since 12 Feb." in said
    assert "the contact of 3 Feb was not registered yet (registered 9 Mar)" in said
    assert "By what is registered today it would have been green." in said
    assert "registered yet" not in _texts(client, D("2026-03-09"), director)

    time_machine.move_to(clock.at(D("2026-03-11")))
    services.delete_event(event=talk)
    said = _texts(client, D("2026-03-10"), director)
    assert "The contact of 3 Feb that decided was deleted on 11 Mar." in said
    assert "Prices" not in said, "a deleted document is named by its kind only"


def test_an_approval_given_later_is_said(time_machine, seller, director):
    time_machine.move_to(clock.at(D("2026-03-09")))
    client = held_client(seller, assigned_on=D("2026-01-10"))
    late = event(client, by=seller, occurred_at=clock.at(D("2026-02-03")))
    time_machine.move_to(clock.at(D("2026-03-12")))
    services.decide_backdating(event=late, by=director, approve=True)
    said = _texts(client, D("2026-03-10"), director)
    assert "the contact of 3 Feb waited for the head's approval (approved 12 Mar)" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda talk, by, other: services.cancel_event(event=talk, by=by), "was cancelled on 15 Mar"),
        (lambda talk, by, other: services.move_event(event=talk, client=other, by=by), "to another client on 15 Mar"),
    ],
)
def test_a_contact_that_counts_no_more_is_said(time_machine, seller, director, change, words):
    time_machine.move_to(clock.at(D("2026-03-09")))
    client, other = held_client(seller, assigned_on=D("2026-01-10")), held_client(seller)
    talk = event(client)
    time_machine.move_to(clock.at(D("2026-03-15")))
    change(talk, director, other)
    assert words in _texts(client, D("2026-03-10"), director)


def test_a_client_that_was_never_held(director):
    client = held_client()
    Client.objects.filter(pk=client.pk).update(created_at=clock.now())
    with pytest.raises(ValueError, match="nothing is known"):
        why_on(Story(client), clock.today() - ONE_DAY)
    with pytest.raises(ValueError, match="nothing is known"):
        why_on(Story(client), clock.today() + ONE_DAY)


def test_an_owner_handed_over_twice_on_one_day_is_the_last_one(director):
    client, others = held_client(), [ManagerFactory() for _ in range(2)]
    for manager in others:
        reassign(client_id=client.pk, manager=manager, by=director)
    client.refresh_from_db()
    assert why_on(Story(client), clock.today()).manager == others[1]


# --- the page ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def noon(time_machine):
    time_machine.move_to(clock.at(D("2026-05-13")))


def _page(reader: Manager, client: Client, query: str = "", **kwargs):
    return browser(reader).get(reverse("client-why", args=[client.pk]) + query, **kwargs)


def test_who_may_read_it(noon, seller, director):
    theirs, waiting = held_client(seller), exchange_client(seller)
    stranger = ManagerFactory()
    assert [_page(reader, theirs).status_code for reader in (seller, director, stranger)] == [200, 200, 404]
    assert [_page(reader, waiting).status_code for reader in (seller, director, stranger)] == [200, 200, 200]


@pytest.mark.parametrize(
    ("on", "status", "words"),
    [
        ("2026-05-13", 200, "Today, May 13, 2026"),
        ("2026-05-01", 200, "May 1, 2026"),
        ("", 200, "Today"),
        ("2026-05-14", 422, "still to come"),
        ("9999-12-31", 422, "still to come"),
        ("31.02.2026", 422, "valid date"),
        ("abc", 422, "valid date"),
        ("a%00b", 422, "valid date"),
        ("2026-04-01", 200, "Nothing is known of this day"),
        ("0001-01-01", 200, "Nothing is known of this day"),
    ],
)
def test_days_that_can_and_cannot_be_asked_for(noon, seller, on, status, words):
    client = held_client(seller, assigned_on=D("2026-04-20"))
    for headers in ({}, {"HX-Request": "true"}):
        answer = _page(seller, client, f"?on={on}", headers=headers)
        page = answer.content.decode()
        assert answer.status_code == status
        assert words in page
        assert ("<html" in page) != bool(headers)


def test_the_night_is_linked_for_heads_only(noon, seller, director):
    client = held_client(seller, assigned_on=D("2026-03-01"))
    run_night(D("2026-05-13"))
    night = reverse("night-detail", args=[NightlyRun.objects.get().pk])
    assert night in _page(director, client).content.decode()
    assert night not in _page(seller, client).content.decode()


def test_a_long_story_is_shown_in_parts(noon, seller, director):
    client = held_client(seller, assigned_on=D("2025-12-01"))
    for day in range(45):
        event(client, by=director, now=clock.at(D("2026-01-01") + ONE_DAY * day))
    part, whole = (_page(seller, client, query).content.decode() for query in ("", "?all=1"))
    assert part.count("sv-event-body") == 40
    assert "Show all" in part
    assert whole.count("sv-event-body") > 45
    assert "Show all" not in whole


def test_the_ribbon_is_a_picture_with_words(noon, seller):
    client = held_client(seller, assigned_on=D("2026-04-01"))
    run_night(D("2026-05-02"))
    ribbon = ribbon_of(Story(client), D("2026-05-13"))
    assert [(band.zone, band.first, band.last) for band in ribbon.bands][-1][0] == "yellow"
    page = _page(seller, client).content.decode()
    assert 'role="img"' in page
    assert ribbon.words in page


def test_the_card_leads_to_it_and_tells_of_warnings(noon, seller):
    client = held_client(seller, assigned_on=D("2025-11-28"))
    run_night(D("2026-05-13"))
    page = browser(seller).get(client.get_absolute_url()).content.decode()
    assert reverse("client-why", args=[client.pk]) in page
    assert "Told that it leaves on 29 May" in page


def test_imported_clients_without_any_transition_are_reconstructed(noon, seller, director):
    client = held_client(seller, assigned_on=D("2026-03-01"))
    client.transitions.all().delete()
    why = why_on(Story(client), D("2026-04-20"))
    assert (why.zone, why.is_reconstructed, why.clock_date) == ("yellow", True, D("2026-03-01"))
    assert "reconstructed" in _texts(client, D("2026-04-20"), director)


def test_attached_long_after_it_was_created(noon, seller, director):
    client = held_client(seller, assigned_on=D("2026-04-01"))
    return_client(client_id=client.pk, by=seller, reason=None)
    attach(client_id=client.pk, manager=director, by=director, gained=OwnershipPeriod.Gained.ASSIGNED)
    assert json.dumps([step.text for step in steps_of(Story(client), director)])
