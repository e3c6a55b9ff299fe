"""Zone dynamics: a company lives through some weeks by its services and nights; what turned, came and went makes up
what is held, by manager and by colour, and every number leads to its rows."""

import datetime as dt
import random
from collections import Counter
from types import SimpleNamespace

import pytest

from clients.models import Client, Role
from clients.services import reassign
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from exchange.night import BARE, run_night
from exchange.services import assign_from_exchange, return_client
from interactions.tests.factories import event
from reports.frame.report import Ask, find
from reports.rules.balance import unexplained
from reports.tests.clicking import clicked
from reports.tests.naive import zone_dynamics as second_way
from reports.tests.test_second_way import differences

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
COLOURS = ("green", "yellow", "red")
FIRST, LAST = dt.date(2026, 3, 2), dt.date(2026, 3, 24)
REPORT = "/reports/zone-dynamics/"


def test_the_rest_is_what_was_not_written_down():
    assert unexplained(10, 4, 3, 11) == 0
    assert unexplained(10, 4, 3, 9) == -2
    assert unexplained(None, 4, 3, 11) is unexplained(10, 4, 3, None) is None


class Story:
    """Nights at one o'clock, work at noon; what each manager held when each day began is counted by looking."""

    def __init__(self, time_machine) -> None:
        self.rng, self.time_machine = random.Random(11), time_machine
        moscow = DepartmentFactory(name="Moscow")
        khimki = DepartmentFactory(name="Khimki", parent=moscow)
        omsk = DepartmentFactory(name="Omsk")
        self.director = ManagerFactory(role=Role.DIRECTOR, department=None)
        self.head = head_of(moscow)
        self.sellers = [ManagerFactory(department=each) for each in (moscow, khimki, omsk)]
        self.held: dict[dt.date, Counter] = {}
        time_machine.move_to(clock.at(FIRST - DAY))
        for number in range(24):
            # Ages all around the thresholds.
            born = FIRST - DAY * (20 + number * 8)
            held_client(self.sellers[number % 3], assigned_on=born, today=FIRST - DAY)
        day = FIRST
        while day <= LAST:
            self.held[day] = self.look()
            time_machine.move_to(clock.at(day, 1))
            run_night(day, rules=BARE)
            self.work(day)
            day += DAY
        self.held[day] = self.look()

    @staticmethod
    def look() -> Counter:
        return Counter(Client.objects.held().values_list("manager_id", "zone"))

    def work(self, day: dt.date) -> None:
        for hour in (10, 12, 15):
            self.time_machine.move_to(clock.at(day, hour))
            held = list(Client.objects.held().select_related("manager").order_by("pk"))
            client = self.rng.choice(held)
            match self.rng.choice(["contact", "contact", "hand", "return", "take", "take"]):
                case "contact":
                    event(client, now=clock.now())
                case "hand":
                    other = self.rng.choice([each for each in self.sellers if each != client.manager])
                    reassign(client_id=client.pk, manager=other, by=self.director)
                case "return":
                    return_client(client_id=client.pk, by=client.manager, reason=None)
                case _:
                    self.take(day)

    def take(self, day: dt.date) -> None:
        waiting = Client.objects.on_exchange().filter(exchange_since__lt=clock.day_start(day)).order_by("pk").first()
        if waiting:
            assign_from_exchange(
                client_id=waiting.pk, manager=self.rng.choice(self.sellers), by=self.director, reason="Test"
            )


@pytest.fixture
def story(time_machine):
    return Story(time_machine)


def report_of(reader, **query):
    report = find("zone-dynamics")
    filterset = report.filterset_class(query, request=SimpleNamespace(user=reader))
    assert filterset.is_sound
    return report.build(Ask(filterset, report.default_sort))


def table(result, key):
    return next(each for each in result.tables if each.key == key)


PERIODS = [(FIRST, LAST), (FIRST + DAY * 5, LAST - DAY * 3), (FIRST + DAY * 9, FIRST + DAY * 9)]


def test_what_was_and_came_and_went_is_what_is(story):
    for since, until in PERIODS:
        before, after = story.held[since], story.held[until + DAY]
        for reader, seen in ((story.director, story.sellers), (story.head, story.sellers[:2])):
            result = report_of(reader, since=str(since), until=str(until))
            balance = {line.key: line.cells for line in table(result, "balance").lines if line.kind == "manager"}
            for seller in seen:
                cells = balance[str(seller.pk)]
                assert cells["start"].value == sum(before[seller.pk, zone] for zone in COLOURS), (seller, since)
                assert cells["end"].value == sum(after[seller.pk, zone] for zone in COLOURS), (seller, until)
                assert cells["else"].value == 0
            for line in table(result, "colours").lines:
                assert line.cells["start"].value == sum(before[seller.pk, line.key] for seller in seen)
                assert line.cells["end"].value == sum(after[seller.pk, line.key] for seller in seen)
                assert reader == story.head or line.cells["else"].value == 0
    whole = report_of(story.director, since=str(FIRST), until=str(LAST))
    moves = {key: table(whole, "balance").total.cells[key].value for key in ("got", "left", "handed_in", "handed_out")}
    assert all(moves.values()), "the story has an example of everything"
    assert moves["handed_in"] == moves["handed_out"]
    flows = {key: cell.value for key, cell in table(whole, "flows").total.cells.items()}
    assert flows["turned_yellow"]
    assert flows["turned_red"]
    assert flows["rescued"]


def test_every_number_is_what_a_look_at_every_row_gives(story):
    for reader in (story.director, story.head):
        for since, until in PERIODS:
            query = {"since": str(since), "until": str(until), "compare": "previous"}
            assert not list(differences(find("zone-dynamics"), second_way, reader, query, {}))


def test_every_number_leads_to_its_rows(client, story):
    client.force_login(story.head)
    query = {"since": str(FIRST), "until": str(LAST), "compare": "previous"}
    found = {(href, int(n)) for href, n in clicked(client.get(REPORT, query).content.decode(), REPORT)}
    assert len(found) > 20
    for href, number in found:
        assert client.get(href).context["page"].count == number, href


def test_days_before_the_first_night_are_unknown_not_nought(story):
    early = report_of(story.director, since="2026-01-01", until=str(LAST))
    assert {line.cells["start"].value for line in table(early, "balance").all_lines} == {None}
    assert table(early, "balance").total.cells["end"].value == sum(story.held[LAST + DAY].values())
    assert any("no night before 2 Mar" in remark.text for remark in early.remarks)
    long_ago = report_of(story.director, since="2025-01-01", until="2025-02-01")
    assert table(long_ago, "balance").total.cells["end"].value is None
    assert not long_ago.pictures


def test_it_says_where_it_went_well(story):
    result = report_of(story.director, since=str(FIRST), until=str(LAST))
    before, after = (
        sum(n for (_who, zone), n in story.held[day].items() if zone != "green") for day in (FIRST, LAST + DAY)
    )
    [said] = [remark for remark in result.remarks if "yellow and red at the end" in remark.text]
    assert said.tone == ("bad" if after > before else "good" if after < before else "")
    assert [picture.key for picture in result.pictures] == ["days", "turns"]


@pytest.mark.parametrize(("who", "status"), [("seller", 403), ("head", 200), ("director", 200)])
def test_only_heads_and_above_read_it(client, who, status):
    people = {
        "seller": ManagerFactory(),
        "head": head_of(DepartmentFactory()),
        "director": ManagerFactory(role="director"),
    }
    client.force_login(people[who])
    for part in ("", "csv/", "xlsx/", "rows/", "rows/csv/"):
        answer = client.get(REPORT + part)
        assert answer.status_code == status
        b"".join(answer)  # a file is read to its end: that closes it
