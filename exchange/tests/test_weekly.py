"""The weekly list: who is on it, what becomes of them, who may decide, and who is told when."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import Absence, Client, Notice, Role, RuleSetting
from clients.notices import words
from clients.tests.factories import DepartmentFactory, ManagerFactory, exchange_client, head_of, held_client
from crm import clock
from exchange import weekly
from exchange.models import Claim, NightlyRun, Shelving
from exchange.night import telling
from exchange.services import claim
from exchange.weekly_notices import WEEKLY, tell_weekly

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 5, 13)  # a Wednesday
MONDAY = dt.date(2026, 5, 11)
URL = "/exchange/weekly/"


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)


@pytest.fixture
def head():
    return head_of(DepartmentFactory(name="North"), last_name="Zueva")


@pytest.fixture
def seller(head):
    return ManagerFactory(department=head.department, last_name="Orlov")


@pytest.fixture
def other_head():
    return head_of(DepartmentFactory(name="South"), last_name="Yuzhny")


@pytest.fixture
def director():
    return ManagerFactory(role=Role.DIRECTOR, department=None)


def unwanted(manager, days=100, **kwargs):
    """A client on the exchange for so many days."""
    kwargs.setdefault("name", f"Waits {days}")
    return exchange_client(manager, since=clock.at(TODAY - DAY * days, 23), **kwargs)


def look(client, who, **query):
    client.force_login(who)
    response = client.get(URL, query)
    assert response.status_code == 200
    return response


def names(response):
    return [row.client.name for row in response.context["rows"]]


def decide(client, who, clients, decision, **data):
    client.force_login(who)
    return client.post(URL, {"clients": [each.pk for each in clients], "decision": decision, **data})


def answers(response):
    return {answer.client_id: (answer.ok, str(answer.words)) for _client, answer in response.context["answers"]}


# --- who is on it -----------------------------------------------------------------------------------------------------
def test_those_longer_there_than_the_rule_says_the_oldest_first(client, head, seller):
    for days in (90, 91, 300, 5):
        unwanted(seller, days)
    assert names(look(client, head)) == ["Waits 300", "Waits 91"]
    RuleSetting.objects.create(key="market.stale_days", is_on=True, value=4)
    assert names(look(client, head)) == ["Waits 300", "Waits 91", "Waits 90", "Waits 5"]


def test_not_those_set_aside_archived_or_taken(client, head, seller):
    aside, over, archived, taken = (unwanted(seller, name=name) for name in ("aside", "over", "archived", "taken"))
    Client.objects.filter(pk=aside.pk).update(quarantine_until=TODAY)
    Client.objects.filter(pk=over.pk).update(quarantine_until=TODAY - DAY)
    Client.objects.filter(pk=archived.pk).update(archived_at=clock.now())
    claim(client_id=taken.pk, by=ManagerFactory())
    assert names(look(client, head)) == ["over"]


def test_a_head_has_those_his_people_held_and_a_director_all(client, head, seller, other_head, director):
    part = ManagerFactory(department=DepartmentFactory(parent=head.department))
    unwanted(seller, name="ours")
    unwanted(part, 200, name="of a part")
    unwanted(other_head, 150, name="theirs")
    nobodys = unwanted(seller, 120, name="nobody's")
    Client.objects.filter(pk=nobodys.pk).update(last_manager=None)
    assert names(look(client, head)) == ["of a part", "ours"]
    assert names(look(client, other_head)) == ["theirs"]
    assert names(look(client, director)) == ["of a part", "theirs", "nobody's", "ours"]
    assert names(look(client, head, department=part.department_id)) == ["of a part"]
    assert names(look(client, head, q="OUR")) == ["ours"]
    assert names(look(client, head, department=other_head.department_id)) == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_heads_and_above(client, head, seller, director, method):
    for who, status in ((seller, 403), (head, {"get": 200, "post": 422}[method])):
        client.force_login(who)
        assert getattr(client, method)(URL).status_code == status
    client.logout()
    assert getattr(client, method)(URL).status_code == 302


def test_without_the_rule_there_is_no_list(client, head, seller):
    waits = unwanted(seller)
    RuleSetting.objects.create(key="market.stale_days", is_on=False, value=90)
    response = look(client, head)
    assert "There is no weekly list" in response.content.decode()
    assert waits.name not in response.content.decode()
    assert decide(client, head, [waits], "archive", reason="Closed").status_code == 422
    waits.refresh_from_db()
    assert waits.is_on_exchange


def test_it_says_when_nobody_waits(client, head):
    assert "Nobody waits for a decision" in look(client, head).content.decode()


def test_the_tab_is_there_for_heads_only(client, head, seller):
    for who, there in ((head, True), (seller, False)):
        client.force_login(who)
        assert (f'href="{URL}"' in client.get(reverse("exchange-leaving")).content.decode()) is there


# --- deciding ---------------------------------------------------------------------------------------------------------
def test_assigning_several_to_one_manager(client, head, seller):
    first, second, third = (unwanted(seller, days) for days in (300, 200, 100))
    response = decide(client, head, [first, third], "assign", manager=seller.pk)
    assert response.status_code == 200
    assert answers(response) == {each.pk: (True, f"Now with {seller}.") for each in (first, third)}
    assert names(response) == [second.name]
    assert set(Client.objects.held_by(seller)) == {first, third}
    assert {(row.client_id, row.assigned_by) for row in Claim.objects.all()} == {(first.pk, head), (third.pk, head)}


def test_spreading_gives_each_department_its_own_and_the_absent_nothing(client, head, seller, director, other_head):
    colleague = ManagerFactory(department=head.department)
    absent = ManagerFactory(department=head.department)
    Absence.objects.create(manager=absent, starts_on=TODAY, ends_on=TODAY)
    southern = ManagerFactory(department=other_head.department)
    ours = [unwanted(seller, days) for days in (100, 110, 120, 130)]
    theirs = unwanted(southern, 140)
    nobodys = unwanted(seller, 150)
    Client.objects.filter(pk=nobodys.pk).update(last_manager=None)
    told = answers(decide(client, director, [*ours, theirs, nobodys], "spread"))
    assert list(told) == [each.pk for each in (*ours, theirs, nobodys)]
    assert told[nobodys.pk] == (False, "Nobody of its department is here today: assign it to somebody.")
    assert Client.objects.held_by(seller).count() == Client.objects.held_by(colleague).count() == 2
    assert list(Client.objects.held_by(southern)) == [theirs]
    assert not Client.objects.held_by(absent).exists()
    assert not Client.objects.held_by(head).exists()


def test_setting_aside_and_archiving(client, head, seller):
    aside, archived = unwanted(seller, 100), unwanted(seller, 200)
    until = TODAY + DAY * 60
    response = decide(client, head, [aside], "aside", until=until.isoformat(), reason="Asked to wait")
    assert answers(response)[aside.pk][0]
    response = decide(client, head, [archived], "archive", reason="Closed down")
    assert answers(response) == {archived.pk: (True, "Archived.")}
    assert names(response) == []
    aside.refresh_from_db()
    archived.refresh_from_db()
    assert (aside.quarantine_until, archived.archived_at) == (until, clock.now())
    assert set(Shelving.objects.values_list("client_id", "action", "reason", "made_by")) == {
        (aside.pk, "quarantine", "Asked to wait", head.pk),
        (archived.pk, "archive", "Closed down", head.pk),
    }


WRONG = [
    ("assign", {}, "manager"),
    ("assign", {"manager": "stranger"}, "manager"),
    ("aside", {"reason": "x"}, "until"),
    ("aside", {"until": "2026-06-01"}, "reason"),
    ("aside", {"until": "2026-05-13", "reason": "x"}, "until"),
    ("aside", {"until": "2099-01-01", "reason": "x"}, "until"),
    ("archive", {"reason": "  "}, "reason"),
    ("archive", {"reason": "x" * 301}, "reason"),
    ("burn", {}, "decision"),
]


@pytest.mark.parametrize(("decision", "data", "field"), WRONG)
def test_what_is_missing_is_said_beside_the_field_and_nothing_is_done(client, head, seller, decision, data, field):
    waits, other = unwanted(seller), unwanted(seller, 200)
    if data.get("manager") == "stranger":
        data = {"manager": ManagerFactory().pk}
    response = decide(client, head, [waits], decision, **data)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    waits.refresh_from_db()
    assert waits.is_on_exchange
    assert waits.quarantine_until is None
    page = response.content.decode()
    assert f'value="{waits.pk}" checked' in page, "what was marked stays marked"
    assert f'value="{other.pk}" checked' not in page


@pytest.mark.parametrize("posted", [[], ["x", "²", "-1", "9" * 30], [str(10**12 + number) for number in range(201)]])
def test_nobody_marked_nonsense_and_too_many(client, head, seller, posted):
    unwanted(seller)
    client.force_login(head)
    response = client.post(URL, {"clients": posted, "decision": "assign", "manager": seller.pk})
    assert response.status_code == 422
    assert response.context["form"].non_field_errors()


def test_each_of_the_others_is_left_alone_and_told_why(client, head, seller, other_head):
    theirs = unwanted(other_head, 200, name="theirs")
    young = unwanted(seller, 10, name="young")
    taken, aside, archived = (unwanted(seller, name=name) for name in ("taken", "aside", "archived"))
    claim(client_id=taken.pk, by=(taker := ManagerFactory()))
    Client.objects.filter(pk=aside.pk).update(quarantine_until=TODAY + DAY)
    Client.objects.filter(pk=archived.pk).update(archived_at=clock.now())
    mine = held_client(seller)
    everybody = [theirs, young, taken, aside, archived, mine, unwanted(seller, name="right")]
    before = {row.pk: row for row in Client.objects.all()}
    gone = Client(pk=10**9)
    told = answers(decide(client, head, [*everybody, gone], "archive", reason="Closed"))
    assert told == {
        theirs.pk: (False, "It is not on your list."),
        young.pk: (False, "It is not on your list."),
        taken.pk: (False, f"{taker} has taken it meanwhile."),
        aside.pk: (False, "It is set aside already."),
        archived.pk: (False, "It is archived already."),
        mine.pk: (False, f"{seller} has taken it meanwhile."),
        everybody[-1].pk: (True, "Archived."),
        gone.pk: (False, "This client does not exist any more."),
    }
    for each in everybody[:-1]:
        each.refresh_from_db()
        assert (each.manager_id, each.archived_at) == (before[each.pk].manager_id, before[each.pk].archived_at)


def test_who_was_quicker_is_named(client, head, seller, monkeypatch):
    """Taken between the look at the list and the deed."""
    waits, taker = unwanted(seller), ManagerFactory(last_name="Quick")
    assign_many = weekly.services.assign_many

    def too_late(**kwargs):
        claim(client_id=waits.pk, by=taker)
        return assign_many(**kwargs)

    monkeypatch.setattr(weekly.services, "assign_many", too_late)
    [(ok, said)] = answers(decide(client, head, [waits], "assign", manager=seller.pk)).values()
    assert not ok
    assert "Quick" in said
    waits.refresh_from_db()
    assert waits.manager == taker


def test_what_is_known_of_a_client_helps_to_decide(client, head, seller):
    from interactions.models import LossReason
    from interactions.sales import close_process
    from interactions.tests.factories import event, process

    known = held_client(seller, name="Known")
    event(known, subject="Ten pumps")
    for won in (True, False):
        close_process(
            process=process(known, amount=700),
            won=won,
            by=seller,
            loss_reason=None if won else LossReason.objects.first(),
        )
    claimed = unwanted(seller, 200, name="Claimed before")
    Client.objects.filter(pk=known.pk).update(
        manager=None, exchange_since=clock.at(TODAY - DAY * 120), last_manager=seller, assigned_on=None, zone="",
        clock_date=None, yellow_on=None, red_on=None, detach_on=None,
    )  # fmt: skip
    Claim.objects.create(client=claimed, manager=seller, date=TODAY - DAY * 400, exchange_since=clock.now())
    rows = {row.client.name: row for row in look(client, head).context["rows"]}
    row = rows["Known"]
    assert (row.days, row.won, row.total, row.lost, row.owners) == (120, 1, 700, 1, 1)
    assert row.loss_reason == str(LossReason.objects.first())
    assert row.worth == ["Bought once: 700", "Never claimed"]
    assert (rows["Claimed before"].claims, rows["Claimed before"].owners, rows["Claimed before"].talk) == (1, 0, "")


def test_it_costs_the_same_however_long_it_is(client, head, seller, django_assert_max_num_queries):
    client.force_login(head)
    NightlyRun.objects.create(date=TODAY, status="done", finished_at=clock.now())
    for number in (1, 20):
        for _ in range(number):
            unwanted(seller)
            ManagerFactory(department=head.department)
        with django_assert_max_num_queries(12):
            client.get(URL)


# --- telling ----------------------------------------------------------------------------------------------------------
def told():
    return {notice.recipient: notice.data["count"] for notice in Notice.objects.filter(kind=WEEKLY)}


def test_the_heads_are_told_once_a_week(head, seller, other_head, director):
    part_head = head_of(DepartmentFactory(parent=head.department))
    unwanted(seller)
    unwanted(part_head, 200)
    unwanted(seller, 5)
    assert tell_weekly(MONDAY, told_on=MONDAY + DAY * 2) == 2
    assert told() == {head: 2, part_head: 1}
    assert tell_weekly(MONDAY, told_on=MONDAY + DAY * 2) == 0
    assert tell_weekly(MONDAY + DAY * 7, told_on=MONDAY + DAY * 7) == 2
    notice = Notice.objects.filter(recipient=part_head).first()
    assert notice.url == URL
    assert "1 client of the exchange is wanted by nobody for more than 90 days" in words(notice)


def test_what_no_head_sees_is_told_to_the_directors(head, seller, director):
    orphan = unwanted(seller)
    Client.objects.filter(pk=orphan.pk).update(last_manager=None)
    unwanted(ManagerFactory(department=DepartmentFactory()))
    away = head_of(DepartmentFactory(), is_active=False)
    unwanted(away)
    ManagerFactory(role=Role.DIRECTOR, is_active=False)
    tell_weekly(MONDAY, told_on=MONDAY)
    assert told() == {director: 3}


@pytest.mark.parametrize(
    ("night", "told_on", "expected"),
    [
        (MONDAY, MONDAY, 1),
        (MONDAY, MONDAY + DAY * 6, 1),
        (MONDAY, MONDAY + DAY * 7, 0),
        *((MONDAY + DAY * days, MONDAY + DAY * days, 0) for days in range(1, 7)),
    ],
)
def test_only_after_a_monday_also_one_that_is_caught_up(head, seller, night, told_on, expected):
    unwanted(seller)
    assert tell_weekly(night, told_on=told_on) == expected


def test_nobody_is_told_of_an_empty_list_or_without_the_rule(head, seller):
    unwanted(seller, 10)
    assert tell_weekly(MONDAY, told_on=MONDAY) == 0
    unwanted(seller, 100)
    RuleSetting.objects.create(key="market.stale_days", is_on=False, value=90)
    assert tell_weekly(MONDAY, told_on=MONDAY) == 0
    assert not told()


def test_the_night_of_a_monday_tells(head, seller):
    unwanted(seller)
    for day, expected in ((MONDAY - DAY, {}), (MONDAY, {head: 1})):
        run = NightlyRun.objects.create(date=day, status="done", finished_at=clock.now())
        for _ in range(2):
            telling.tell(run, told_on=TODAY)
        assert told() == expected


@pytest.mark.parametrize("days", [1, 90, 200])
def test_what_is_told_is_what_the_list_shows(client, head, seller, other_head, director, days):
    RuleSetting.objects.create(key="market.stale_days", is_on=True, value=days)
    for number in range(30):
        each = unwanted((seller, other_head, head)[number % 3], 1 + number * 7, name=f"Client {number}")
        if number % 5 == 0:
            Client.objects.filter(pk=each.pk).update(quarantine_until=TODAY + DAY * (number - 10))
    numbers = weekly.waiting_by_head(TODAY, days=days)
    for reader in (head, other_head):
        assert numbers.get(reader.pk, 0) == len(names(look(client, reader)))
    assert director.pk not in numbers
