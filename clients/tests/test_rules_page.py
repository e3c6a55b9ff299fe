"""The rules: read by everybody, changed by administrators, in the change log, and with new dates where they move
them."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from clients import redating, rulebook
from clients.models import Client, Holiday, Redating, RuleSetting
from clients.rule_settings import reset_rule, set_rule
from clients.rulebook import FREEZE_HOLIDAYS
from clients.tests.factories import ManagerFactory, held_client
from clients.tests.pages import browser, company  # noqa: F401 - fixture
from clients.zoning import redate
from crm import clock
from crm.web.errors import DomainError

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def admin():
    return ManagerFactory(is_staff=True, is_superuser=True, first_name="Ada", last_name="Minova")


def page_of(key: str) -> str:
    return reverse("rule-update", args=[key])


# --- the verb ---------------------------------------------------------------------------------------------------------
def test_a_changed_rule_is_in_force_and_in_the_change_log(admin):
    assert rulebook.load()["hold.plan_days"] == 60
    set_rule(key="hold.plan_days", is_on=True, value=45, by=admin)
    assert rulebook.load()["hold.plan_days"] == 45
    set_rule(key="hold.plan_days", is_on=False, value=45, by=admin)
    assert rulebook.load()["hold.plan_days"] is None
    reset_rule(key="hold.plan_days", by=admin)
    assert rulebook.load()["hold.plan_days"] == 60
    setting = RuleSetting.objects.get()
    assert setting.changed_by == admin
    log = setting.history.values_list("is_on", "value", "history_user")
    assert list(log) == [(True, 60, admin.pk), (False, 45, admin.pk), (True, 45, admin.pk)]


def test_what_is_in_force_already_writes_nothing(admin):
    assert set_rule(key="hold.plan_days", is_on=True, value=60, by=admin) is None
    assert not RuleSetting.objects.exists()
    set_rule(key="hold.plan_days", is_on=True, value=45, by=admin)
    set_rule(key="hold.plan_days", is_on=True, value=45, by=admin)
    assert RuleSetting.history.count() == 1


@pytest.mark.parametrize("value", [0, 366])
def test_limits_are_kept(admin, value):
    with pytest.raises(ValidationError):
        set_rule(key="hold.plan_days", is_on=True, value=value, by=admin)
    assert not RuleSetting.objects.exists()


def test_what_cannot_be_switched_off_stays_on(admin):
    with pytest.raises(ValidationError):
        set_rule(key="night.breaker_clients", is_on=False, value=200, by=admin)


def test_an_unknown_rule_is_refused(admin):
    with pytest.raises(DomainError):
        set_rule(key="hold.nothing", is_on=True, value=1, by=admin)


@pytest.fixture
def with_a_holiday(time_machine):
    """A client whose clock stands still on three days in a row."""
    time_machine.move_to(clock.at(dt.date(2024, 6, 14)), tick=False)
    held = held_client(assigned_on=dt.date(2024, 5, 2), today=dt.date(2024, 5, 2))
    Holiday.objects.bulk_create(Holiday(date=dt.date(2024, 5, day), name="Rest", origin="company") for day in (7, 8, 9))
    redate([held.pk], today=clock.today())
    held.refresh_from_db()
    assert held.yellow_on == dt.date(2024, 6, 5)
    return held


def test_a_rule_that_moves_dates_moves_them_at_once_for_few_clients(admin, with_a_holiday):
    assert set_rule(key=FREEZE_HOLIDAYS, is_on=True, value=4, by=admin) == 1
    assert Client.objects.get().yellow_on == dt.date(2024, 6, 2)
    assert set_rule(key=FREEZE_HOLIDAYS, is_on=True, value=3, by=admin) == 1
    assert Client.objects.get().yellow_on == dt.date(2024, 6, 5)


def test_and_by_a_job_for_many(admin, with_a_holiday, monkeypatch):
    monkeypatch.setattr(redating, "BATCH", 0)
    job = set_rule(key=FREEZE_HOLIDAYS, is_on=False, value=3, by=admin)
    assert isinstance(job, Redating)
    assert (job.reason, job.requested_by) == (Redating.Reason.RULES, admin)
    monkeypatch.setattr(redating, "BATCH", 500)
    redating.run_redating(job.pk)
    assert Client.objects.get().yellow_on == dt.date(2024, 6, 2)


def test_other_rules_move_no_dates(admin, with_a_holiday):
    assert set_rule(key="hold.plan_days", is_on=True, value=45, by=admin) is None
    assert not Redating.objects.exists()


# --- the page ---------------------------------------------------------------------------------------------------------
def test_everybody_reads_every_rule_with_the_number_in_force(company, admin):  # noqa: F811
    set_rule(key="hold.plan_days", is_on=True, value=45, by=admin)
    set_rule(key="undo.days", is_on=False, value=7, by=admin)
    text = browser(company.anna).get(reverse("rule-list")).content.decode()
    for rule in rulebook.all_rules():
        assert f'id="rule-{rule.key}"' in text
    assert "at most 45 days ahead" in text
    assert "Default: 60 days" in text
    assert "switched off" in text
    assert str(admin) in text
    assert reverse("rule-update", args=["undo.days"]) not in text
    assert reverse("rule-update", args=["undo.days"]) in browser(admin).get(reverse("rule-list")).content.decode()


def test_the_page_says_which_events_count(company):  # noqa: F811
    text = browser(company.anna).get(reverse("rule-list")).content.decode()
    assert text.index("Count as a contact") < text.index("Outgoing call") < text.index("Do not count")
    assert text.index("Do not count") < text.index("mailing")


def test_an_administrator_changes_a_rule(admin):
    page = browser(admin)
    assert 'value="60"' in page.get(page_of("hold.plan_days")).content.decode()
    answer = page.post(page_of("hold.plan_days"), {"is_on": "on", "value": "30"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("rule-list"))
    assert rulebook.load()["hold.plan_days"] == 30
    answer = page.post(page_of("hold.plan_days"), {"value": "30"}, headers=HTMX)
    assert "list-refresh" in answer["HX-Trigger"]
    assert rulebook.load()["hold.plan_days"] is None
    assert "switched off" in page.get(page_of("hold.plan_days")).content.decode()


@pytest.mark.parametrize("value", ["", "0", "366", "many"])
def test_a_wrong_number_comes_back_at_its_field(admin, value):
    answer = browser(admin).post(page_of("hold.plan_days"), {"is_on": "on", "value": value})
    assert answer.status_code == 422
    assert "value" in answer.context["form"].errors
    assert not RuleSetting.objects.exists()


def test_a_rule_that_moves_dates_asks_first(admin, with_a_holiday):
    page = browser(admin)
    assert "Compute the dates of 1 client anew" in page.get(page_of(FREEZE_HOLIDAYS)).content.decode()
    assert page.post(page_of(FREEZE_HOLIDAYS), {"is_on": "on", "value": "4"}).status_code == 422
    assert Client.objects.get().yellow_on == dt.date(2024, 6, 5)
    page.post(page_of(FREEZE_HOLIDAYS), {"is_on": "on", "value": "4", "confirmed": "on"})
    assert Client.objects.get().yellow_on == dt.date(2024, 6, 2)


@pytest.mark.parametrize("who", ["anna", "head", "director"])
def test_only_administrators_change_rules(company, who):  # noqa: F811
    page = browser(getattr(company, who))
    assert page.get(page_of("hold.plan_days")).status_code == 403
    assert page.post(page_of("hold.plan_days"), {"is_on": "on", "value": "30"}).status_code == 403
    assert not RuleSetting.objects.exists()


def test_an_unknown_rule_is_not_found(admin):
    assert browser(admin).get(page_of("hold.nothing")).status_code == 404


# --- Django admin -----------------------------------------------------------------------------------------------------
def admin_url(page: str, *args: int) -> str:
    return reverse(f"admin:clients_rulesetting_{page}", args=args)


def test_django_admin_saves_by_the_same_verb(admin, with_a_holiday):
    page = browser(admin)
    answer = page.post(admin_url("add"), {"key": FREEZE_HOLIDAYS, "is_on": "on", "value": 31})
    assert answer.status_code == 200  # out of the limits
    assert page.post(admin_url("add"), {"key": FREEZE_HOLIDAYS, "is_on": "on", "value": 4}).status_code == 302
    assert Client.objects.get().yellow_on == dt.date(2024, 6, 2)
    setting = RuleSetting.objects.get()
    assert setting.changed_by == admin
    assert page.post(admin_url("change", setting.pk), {"is_on": "on", "value": 3}).status_code == 302
    assert Client.objects.get().yellow_on == dt.date(2024, 6, 5)
    page.post(admin_url("change", setting.pk), {"value": 3})
    assert Client.objects.get().yellow_on == dt.date(2024, 6, 2)
    assert page.post(admin_url("delete", setting.pk), {"post": "yes"}).status_code == 302
    assert Client.objects.get().yellow_on == dt.date(2024, 6, 5)
    assert not RuleSetting.objects.exists()


def test_django_admin_offers_only_rules_that_have_no_row(admin):
    set_rule(key="undo.days", is_on=True, value=5, by=admin)
    choices = dict(browser(admin).get(admin_url("add")).context["adminform"].form.fields["key"].choices)
    assert "undo.days" not in choices
    assert len(choices) == len(rulebook.all_rules()) - 1
