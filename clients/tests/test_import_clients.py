"""What a row of a file of clients becomes: whose, whether it is here already, and how it is taken back."""

import datetime as dt
from decimal import Decimal

import pytest

from clients import custom_fields
from clients.importing.kinds.books import PeopleBook
from clients.importing.kinds.options import ClientOptions
from clients.importing.kinds.undoing import worked_with
from clients.models import (
    Client,
    ContactPoint,
    CustomField,
    Industry,
    Manager,
    OwnershipPeriod,
    Region,
    ZonePolicy,
)
from clients.rules.import_values import BadValue
from clients.services import reassign, update_client
from clients.tests.factories import ContactPointFactory, ManagerFactory, exchange_client, held_client
from clients.tests.imports import Remembered, outcomes, put, undo, words
from clients.tests.pages import INN, OTHER_INN, PHONE, Company
from crm import clock
from exchange.models import ZoneTransition
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db
TODAY = clock.today


def test_a_row_with_everything_becomes_a_client(company: Company) -> None:
    region = Region.objects.create(name="Primorye")
    row = {
        "name": " ООО  «Ромашка» ",
        "inn": "7728168971/770701001",
        "code": "000000123",
        "phone": ["8 (916) 765-43-21, доб. 5; 8 495 123-45-67", "+7 916 765-43-21"],
        "email": "Info@Romashka.example",
        "city": "Владивосток",
        "region": "primorye",
        "category": "а",
        "birthday": "15.06.65",
        "founded_year": "1998",
        "employees": "1 200",
        "annual_revenue": "12,5 млн руб.",
        "website": "romashka.example",
        "time_zone": "Asia/Vladivostok",
        "notes": "Первая\nвторая",
        "tags": "VIP, сеть",
        "kind": "Юр. лицо",
    }
    (plan,) = put("clients", [row], company.anna)
    assert (plan.outcome, plan.findings) == ("created", [])
    client = Client.objects.get(pk=plan.target)
    assert (client.name, client.inn, client.kpp) == ("ООО «Ромашка»", "7728168971", "770701001")
    assert (client.search_name, client.external_id) == ("ооо «ромашка»", "import:000000123")
    assert (client.city, client.region, client.category) == ("Владивосток", region, "A")
    assert (client.birthday, client.birthday_md, client.founded_year) == (dt.date(1965, 6, 15), 615, 1998)
    assert (client.employees, client.annual_revenue) == (1200, Decimal("12500000.00"))
    assert (client.website, client.notes) == ("https://romashka.example", "Первая\nвторая")
    assert [tag.name for tag in client.tags.all()] == ["VIP", "сеть"]
    points = client.contact_points.order_by("pk")
    assert [(point.normalized, point.comment, point.is_primary) for point in points] == [
        ("+79167654321", "доб. 5", True),
        ("+74951234567", "", False),
        ("info@romashka.example", "", False),
    ]
    assert points[0].digits_reversed == "12345676197"


def test_a_new_client_is_with_its_manager_and_green_from_today_on(company: Company) -> None:
    plans = put("clients", [{"name": "One"}, {"name": "Two"}], company.anna)
    for client in Client.objects.filter(pk__in=[plan.target for plan in plans]):
        assert (client.manager, client.assigned_on, client.clock_date) == (company.anna, TODAY(), TODAY())
        assert (client.zone, client.last_contact_on, client.created_by) == ("green", None, company.anna)
        period = OwnershipPeriod.objects.get(client=client)
        assert (period.gained, period.given_by, period.until) == ("imported", company.anna, None)
        assert ZoneTransition.objects.filter(client=client, to_zone="green", cause="assignment").count() == 1
        (change,) = client.history.all()
        assert (change.history_type, change.history_user) == ("+", company.anna)
        assert "file.csv" in change.history_change_reason


def test_heads_name_their_peoples_clients_and_nobody_elses(company: Company) -> None:
    rows = [{"name": f"Client {who}", "manager": who} for who in ("Ivanova Anna", "P. Sokolov", "Nobody", "")]
    plans = put("clients", rows, company.head, manager=None)
    assert outcomes(plans) == ["created", "refused", "refused", "created"]
    assert Client.objects.get(pk=plans[0].target).manager == company.anna
    assert Client.objects.get(pk=plans[3].target).manager is None
    assert "Petr Sokolov" in words(plans[1])
    plans = put("clients", [{"name": "Mine", "manager": company.petr.username}], company.anna)
    assert outcomes(plans) == ["refused"], "a salesperson gives nobody clients"
    plans = put("clients", [{"name": "Mine", "manager": "Anna Ivanova"}], company.anna)
    assert outcomes(plans) == ["created"]


def test_cells_nobody_understands(company: Company) -> None:
    rows = [
        {"name": "Wrong phone", "phone": "12"},
        {"name": "Wrong number", "employees": "many"},
        {"name": "Wrong birthday", "birthday": "31.02.2017"},
        {"name": "Tomorrow", "birthday": (TODAY() + dt.timedelta(days=1)).isoformat()},
        {"name": "Wrong zone", "time_zone": "Moon"},
        {"name": "Unknown region", "region": "Atlantis"},
        {"name": "Account of another bank", "bik": "044525225", "bank_account": "40702810900000000002"},
    ]
    assert outcomes(put("clients", rows, company.anna)) == ["refused"] * 7
    assert not Client.objects.filter(name__in=[row["name"] for row in rows]).exists()
    plans = put("clients", rows, company.anna, wrong="leave")
    assert outcomes(plans) == ["created"] * 7
    assert all(plan.findings and plan.findings[0].is_mended for plan in plans), "every cell left out is told"
    assert all(plan.findings[0].value for plan in plans)
    account = Client.objects.get(name="Account of another bank")
    assert (account.bik, account.bank_account) == ("044525225", "")


@pytest.mark.parametrize(
    "row",
    [{"name": ""}, {"name": "X" * 256}, {"name": "Ро\ufffdашка"}, {"name": "One", "inn": "7707083894"}],
)
def test_who_it_is_is_never_guessed(company: Company, row: dict[str, str]) -> None:
    plans = put("clients", [{"city": "Omsk", **row}], company.anna, wrong="leave")
    assert outcomes(plans) == ["refused"]
    assert words(plans[0])


def test_words_of_another_encoding_and_eaten_zeros_are_mended_and_told(company: Company) -> None:
    broken = "Вектор".encode().decode("cp1251")
    (plan,) = put("clients", [{"name": broken, "inn": "105043450"}], company.anna)
    client = Client.objects.get(pk=plan.target)
    assert (client.name, client.inn) == ("Вектор", "0105043450")
    assert len(plan.findings) == 2


# --- what is here already ---------------------------------------------------------------------------------------------
SAME = [
    {"name": "Another name", "inn": INN, "kpp": "770701001"},
    {"name": "Another name", "inn": INN},
    {"name": "VOSTOK-STROY LLC", "phone": "8 914 555-44-33"},
    {"name": "«Vostok Stroy» ООО", "city": "vladivostok"},
    {"name": "vostok stroy"},
    {"name": "Another name", "code": "V1"},
]
OTHERS = [
    {"name": "Vostok Stroy", "inn": OTHER_INN},
    {"name": "Vostok Stroy", "city": "Omsk"},
    {"name": "Vostok Stroy 2", "city": "Vladivostok"},
    {"name": "Branch", "inn": INN, "kpp": "250101001"},
    {"name": "Vostok Stroy", "code": "V2"},
    {"name": "Another name", "inn": OTHER_INN, "phone": "8 914 555-44-33"},
]


@pytest.fixture
def vostok(company: Company) -> Client:
    ContactPointFactory(client=company.client, value="+79145554433")
    Client.objects.filter(pk=company.client.pk).update(external_id="import:V1")
    company.client.refresh_from_db()
    return company.client


@pytest.mark.parametrize("row", SAME)
def test_the_same_client_is_found(company: Company, vostok: Client, row: dict[str, str]) -> None:
    (plan,) = put("clients", [row], company.anna, duplicates="skip")
    assert (plan.outcome, plan.target) == ("same", vostok.pk)


@pytest.mark.parametrize("row", OTHERS)
def test_another_client_is_another(company: Company, vostok: Client, row: dict[str, str]) -> None:
    (plan,) = put("clients", [row], company.anna)
    assert plan.outcome == "created"


def test_the_phone_of_a_client_of_another_name_is_no_proof(company: Company, vostok: Client) -> None:
    (plan,) = put("clients", [{"name": "Zapad", "phone": "8 914 555-44-33"}], company.anna)
    assert plan.outcome == "refused"
    assert "Vostok Stroy" in words(plan)
    (plan,) = put("clients", [{"name": "Zapad", "phone": "8 914 555-44-33"}], company.anna, duplicates="create")
    assert plan.outcome == "created"


def test_who_may_be_one_of_several_is_nobody(company: Company) -> None:
    for city in ("Omsk", "Tomsk"):
        held_client(company.anna, name="Romashka", city=city)
    (plan,) = put("clients", [{"name": "ООО Romashka"}], company.anna)
    assert plan.outcome == "refused"
    assert "Omsk" in words(plan)
    assert "Tomsk" in words(plan)
    (plan,) = put("clients", [{"name": "Romashka", "city": "Tomsk", "employees": "5"}], company.anna)
    assert plan.outcome == "updated"


def test_a_code_of_one_and_an_inn_of_another_is_refused(company: Company, vostok: Client) -> None:
    held_client(company.anna, name="Zapad", inn=OTHER_INN)
    (plan,) = put("clients", [{"name": "Vostok", "code": "V1", "inn": OTHER_INN}], company.anna)
    assert plan.outcome == "refused"
    assert "Zapad" in words(plan)


def test_a_colleagues_client_is_named_and_left_alone(company: Company, vostok: Client) -> None:
    row = {"name": "Vostok Stroy", "inn": INN, "phone": "8 916 000-00-01"}
    for policy in ("skip", "complete", "overwrite", "create"):
        (plan,) = put("clients", [row], company.petr, duplicates=policy)
        assert (plan.outcome, plan.target) == ("skipped", None)
        assert ("Anna Ivanova" in words(plan)) or policy == "create"
        assert PHONE not in words(plan)
    waiting = exchange_client(name="On the exchange", inn=OTHER_INN)
    (plan,) = put("clients", [{"name": "Whatever", "inn": OTHER_INN, "city": "Perm"}], company.petr)
    assert plan.outcome == "skipped"
    waiting.refresh_from_db()
    assert waiting.city != "Perm"


def test_gaps_are_filled_and_nothing_else(company: Company, vostok: Client) -> None:
    row = {
        "name": "Vostok Stroy LLC",
        "inn": INN,
        "city": "Omsk",
        "employees": "12",
        "phone": ["8 914 555-44-33", "8 914 555-44-34"],
        "tags": "VIP",
        "manager": "Petr Sokolov",
    }
    (plan,) = put("clients", [row], company.anna)
    assert (plan.outcome, plan.target) == ("updated", vostok.pk)
    vostok.refresh_from_db()
    assert (vostok.name, vostok.city, vostok.employees) == ("Vostok Stroy", "Vladivostok", 12)
    assert vostok.manager == company.anna
    assert "not changed by an import" in words(plan)
    assert vostok.contact_points.filter(person=None, normalized="+79145554434", is_primary=False).count() == 1
    assert vostok.contact_points.filter(person=None, normalized="+79145554433").count() == 1
    assert [tag.name for tag in vostok.tags.all()] == ["VIP"]
    assert vostok.history.first().history_user == company.anna
    (plan,) = put("clients", [row], company.anna)
    assert plan.outcome == "same", "the second time there is nothing to add"


def test_overwriting_writes_what_the_file_says_and_empties_nothing(company: Company, vostok: Client) -> None:
    (plan,) = put(
        "clients", [{"name": "Vostok", "inn": INN, "city": "", "notes": "New"}], company.anna, duplicates="overwrite"
    )
    vostok.refresh_from_db()
    assert (plan.outcome, vostok.name, vostok.search_name) == ("updated", "Vostok", "vostok")
    assert (vostok.notes, vostok.city, vostok.kpp) == ("New", "Vladivostok", "770701001")


def test_a_new_category_means_other_dates(company: Company, vostok: Client) -> None:
    ZonePolicy.objects.create(category="A", yellow_months=2, red_months=3, detach_months=4)
    put("clients", [{"name": "Vostok Stroy", "inn": INN, "category": "A"}], company.anna)
    before = vostok.detach_on
    vostok.refresh_from_db()
    assert vostok.detach_on < before


def test_the_companys_own_fields(company: Company, vostok: Client) -> None:
    CustomField.objects.create(key="contract", label="Contract", type="text")
    CustomField.objects.create(key="signed", label="Signed", type="date")
    rows = [
        {"name": "Vostok Stroy", "inn": INN, "cf_contract": "A-1", "cf_signed": "31.03.2017"},
        {"name": "New", "cf_contract": "B-2", "cf_signed": "never"},
    ]
    plans = put("clients", rows, company.anna)
    assert outcomes(plans) == ["updated", "refused"]
    vostok.refresh_from_db()
    assert vostok.custom == {"contract": "A-1", "signed": "2017-03-31"}
    assert custom_fields.name_of(CustomField.objects.get(key="signed")) == plans[1].findings[0].field
    undo(plans, "clients", company.anna)
    vostok.refresh_from_db()
    assert vostok.custom == {}


def test_directors_may_let_new_entries_be_made(company: Company) -> None:
    rows = [{"name": "One", "industry": "Fishing"}, {"name": "Two", "industry": "fishing"}]
    assert outcomes(put("clients", rows, company.director)) == ["refused", "refused"]
    assert outcomes(put("clients", rows, company.director, new_entries=True)) == ["created", "created"]
    assert Client.objects.filter(industry=Industry.objects.get(name="Fishing")).count() == 2
    assert outcomes(put("clients", [{"name": "Six", "industry": "Mining"}], company.anna, new_entries=True)) == [
        "refused"
    ]


# --- rows of one file -------------------------------------------------------------------------------------------------
def test_rows_that_are_one_client_become_one_and_the_others_say_so(company: Company) -> None:
    rows = [
        {"name": "Romashka", "city": "Omsk", "phone": "8 916 111-22-33"},
        {"name": "ООО «Romashka»", "phone": "8 916 111-22-33"},
        {"name": "romashka", "city": "Omsk"},
        {"name": "Lutik", "phone": "8 916 111-22-33"},
        {"name": "Romashka", "city": "Tomsk"},
        {"name": "With INN", "inn": OTHER_INN},
        {"name": "The same INN", "inn": OTHER_INN},
        {"name": "Its branch", "inn": OTHER_INN, "kpp": "250101001"},
    ]
    expected = ["created", "skipped", "skipped", "refused", "created", "created", "skipped", "skipped"]
    plans = put("clients", rows, company.anna)
    assert outcomes(plans) == expected
    assert "2" in words(plans[1])
    assert "8" not in words(plans[2])
    # In chunks of one row, dry and then real, the same is promised and done.
    rows = [{**row, "name": f"{row['name']} new", "phone": row.get("phone", "").replace("111", "222")} for row in rows]
    for row in rows:
        row["inn"] = {OTHER_INN: "500100732259"}.get(row.get("inn", ""), "")
    for is_dry in (True, False):
        remembered, got = Remembered(), []
        for line, row in enumerate(rows, start=2):
            got += put("clients", [row], company.anna, identities=remembered, first=line, is_dry=is_dry)
        assert outcomes(got) == expected, is_dry


def test_a_dry_run_writes_nothing_and_asks_as_often_whatever_the_rows(
    company: Company, django_assert_max_num_queries
) -> None:
    counted = []
    for size in (10, 100):
        rows = [
            {
                "name": f"Client {size} {n}",
                "phone": f"+7916{size:03}{n:04}",
                "city": "Omsk",
                "tags": "new",
                "category": "A",
            }
            for n in range(size)
        ]
        with django_assert_max_num_queries(10_000) as captured:
            put("clients", rows, company.anna, is_dry=True)
        counted.append(len(captured) - size)  # the test keeps each row by a query of its own
    assert counted[1] - counted[0] < 15, "ninety rows more; SQLite takes few rows at a time"
    assert not Client.objects.filter(name__startswith="Client 1").exists()


# --- taking it back ---------------------------------------------------------------------------------------------------
def test_new_clients_go_unless_somebody_worked_with_them(company: Company) -> None:
    rows = [
        {"name": name, "phone": f"+791600000{n:02}", "tags": "x"}
        for n, name in enumerate(("A1", "B2", "C3", "D4", "E5"))
    ]
    plans = put("clients", rows, company.anna)
    _untouched, called, edited, handed_over, phoned = [Client.objects.get(pk=plan.target) for plan in plans]
    event(called, by=company.anna)
    edited.city = "Perm"
    update_client(client=edited, by=company.anna)
    other = ManagerFactory(department=company.anna.department)
    reassign(client_id=handed_over.pk, manager=other, by=company.head)
    ContactPointFactory(client=phoned)
    answers = undo(plans, "clients", company.anna)
    assert [bool(answer) for answer in answers] == [False, True, True, True, True]
    assert not Client.objects.filter(name="A1").exists()
    assert not ContactPoint.objects.filter(normalized="+79160000000").exists()
    assert Client.objects.filter(name__in=["B2", "C3", "D4", "E5"]).count() == 4
    gone = Client.history.filter(name="A1", history_type="-").get()
    assert gone.history_user == company.anna


def test_completed_clients_get_back_what_nobody_changed_since(company: Company, vostok: Client) -> None:
    row = {"name": "V", "inn": INN, "city": "Omsk", "employees": "12", "phone": "8 914 555-44-34", "tags": "VIP"}
    plans = put("clients", [row], company.anna, duplicates="overwrite")
    Client.objects.filter(pk=vostok.pk).update(city="Perm")
    (answer,) = undo(plans, "clients", company.anna)
    assert "city" in answer
    assert "employees" not in answer
    vostok.refresh_from_db()
    assert (vostok.name, vostok.search_name) == ("Vostok Stroy", "vostok stroy")
    assert (vostok.city, vostok.employees) == ("Perm", None)
    assert not vostok.contact_points.filter(normalized="+79145554434").exists()
    assert not vostok.tags.exists()


def test_what_somebody_else_holds_now_is_not_taken_back(company: Company) -> None:
    plans = put("clients", [{"name": "New"}], company.anna)
    reassign(client_id=plans[0].target or 0, manager=company.petr, by=company.director)
    (answer,) = undo(plans, "clients", company.anna)
    assert answer
    assert Client.objects.filter(pk=plans[0].target).exists()


def test_whatever_refers_to_a_client_keeps_it(company: Company) -> None:
    (plan,) = put("clients", [{"name": "New"}], company.anna)
    assert worked_with(Client, [plan.target]) == set()
    event(Client.objects.get(pk=plan.target), by=company.anna)
    assert worked_with(Client, [plan.target]) == {plan.target}


# --- what is asked ----------------------------------------------------------------------------------------------------
def test_whose_the_new_ones_are_is_asked_of_who_may_give_clients(company: Company) -> None:
    def form(user: Manager) -> ClientOptions:
        return ClientOptions({"duplicates": "skip", "wrong": "leave", "manager": company.anna.pk}, user=user)

    assert form(company.anna).is_valid()
    assert not form(company.petr).is_valid(), "a salesperson's client is his own"
    assert form(company.head).is_valid()
    assert not form(company.other_head).is_valid()
    assert form(company.director).is_valid()
    assert "new_entries" in form(company.director).fields
    assert "new_entries" not in form(company.head).fields
    nobody = ClientOptions({"duplicates": "skip", "wrong": "leave", "manager": ""}, user=company.head)
    assert nobody.is_valid()
    assert nobody.cleaned_data["manager"] is None


def test_people_are_found_by_what_is_written_for_them() -> None:
    anna = ManagerFactory(
        username="a.petrova", email="anna@us.example", first_name="Анна", last_name="Петрова", middle_name="Ильинична"
    )
    gone = ManagerFactory(first_name="Анна", last_name="Петрова", is_active=False)
    other = ManagerFactory(first_name="Олег", last_name="Сидоров")
    ManagerFactory(first_name="Олег", last_name="Сидоров")
    book = PeopleBook()
    names = ["a.petrova", "ANNA@us.example", "Петрова Анна", "анна петрова", "Петрова Анна Ильинична", "Петрова А.И."]
    for name in (*names, "Петрова А. И.", "А.И. Петрова", "Петрова А."):
        assert book.find(name) == anna, name
    assert book.find(gone.username) == gone
    assert book.find(other.username) == other
    for name, code in (("Сидоров Олег", "manager_several"), ("Сидорова", "manager"), ("", "manager")):
        with pytest.raises(BadValue) as refused:
            book.find(name)
        assert refused.value.code == code


def test_cells_of_a_spreadsheet_are_numbers_and_dates(company: Company) -> None:
    row = {
        "name": 2048.0,
        "inn": float(OTHER_INN),
        "phone": 79161112233.0,
        "birthday": dt.datetime(1985, 6, 15),
        "employees": 12.0,
        "annual_revenue": 0.1 + 0.2,
    }
    (plan,) = put("clients", [row], company.anna)
    client = Client.objects.get(pk=plan.target)
    assert (client.name, client.inn, client.birthday) == ("2048", OTHER_INN, dt.date(1985, 6, 15))
    assert (client.employees, client.annual_revenue) == (12, Decimal("0.30"))
    assert client.contact_points.get().normalized == "+79161112233"
