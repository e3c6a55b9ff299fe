"""Protections and contracts: who may, how long, how often, and the pages that give, renew and end them."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import Absence, Client, Role, RuleSetting
from clients.tests.factories import DepartmentFactory, ManagerFactory, exchange_client, head_of, held_client
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import protections
from exchange.holds import leaving_of
from exchange.models import Protection
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db

D = dt.date.fromisoformat
DAY = dt.timedelta(days=1)
TODAY = D("2026-05-13")


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY))


@pytest.fixture
def head():
    return head_of(DepartmentFactory())


@pytest.fixture
def seller(head):
    return ManagerFactory(department=head.department)


@pytest.fixture
def old(seller):
    """A client due since long ago: it leaves as soon as nothing holds it."""
    return held_client(seller, assigned_on=TODAY - DAY * 300, name="Old Friend")


def switch(key, *, on=True, value=0):
    RuleSetting.objects.create(key=key, is_on=on, value=value)


def protect(client, by, days=30, **kwargs):
    kwargs = {"until": clock.today() + DAY * days, "reason": "Big tender in autumn", **kwargs}
    return protections.protect(client_id=client.pk, by=by, **kwargs)


def contract(client, by, days=365, **kwargs):
    kwargs = {"until": clock.today() + DAY * days, "reason": "No. 17, service", **kwargs}
    return protections.enter_contract(client_id=client.pk, by=by, **kwargs)


def expected(client):
    client.refresh_from_db()
    return leaving_of([client], day=clock.today() + DAY)[client.pk].on


# --- services ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("give", [protect, contract])
def test_what_is_given_keeps_the_client_until_its_last_day_and_no_colour_changes(give, old, head):
    before = Client.objects.values().get(pk=old.pk)
    given = give(old, head, 40)
    assert Client.objects.values().get(pk=old.pk) == before
    assert (given.manager, given.given_by, given.starts_on) == (old.manager, head, TODAY)
    assert expected(old) == TODAY + DAY * 41
    assert given.history.count() == 1


@pytest.mark.parametrize(("give", "most"), [(protect, 90), (contract, 1095)])
def test_nothing_is_given_for_longer_than_the_rule_says(give, most, old, head):
    give(old, head, most)
    Protection.objects.all().delete()
    with pytest.raises(DomainError) as refused:
        give(old, head, most + 1)
    assert refused.value.field == "until"
    latest = TODAY + DAY * most
    assert str(latest.year) in str(refused.value)
    assert str(latest.day) in str(refused.value)
    assert not Protection.objects.exists()


@pytest.mark.parametrize(("give", "key"), [(protect, "hold.protection_days"), (contract, "hold.contract_days")])
def test_the_limit_is_a_setting_and_can_be_switched_off(give, key, old, head):
    switch(key, value=10)
    with pytest.raises(DomainError):
        give(old, head, 11)
    give(old, head, 10)
    RuleSetting.objects.update(is_on=False)
    with pytest.raises(DomainError) as refused:
        give(old, head, 5)
    assert "switched off" in str(refused.value)


@pytest.mark.parametrize("give", [protect, contract])
@pytest.mark.parametrize(("field", "wrong"), [("until", {"until": TODAY}), ("reason", {"reason": "  "})])
def test_a_day_that_holds_nothing_and_an_empty_reason_are_refused(give, field, wrong, old, head):
    with pytest.raises(DomainError) as refused:
        give(old, head, **wrong)
    assert refused.value.field == field


@pytest.mark.parametrize("give", [protect, contract])
def test_only_held_clients_are_kept(give, head):
    with pytest.raises(Conflict):
        give(exchange_client(head), head)
    with pytest.raises(Conflict):
        protections.protect(client_id=987654321, until=TODAY + DAY, reason="x", by=head)


def test_a_protection_is_renewed_once_and_then_the_client_must_have_had_a_contact(old, head, time_machine):
    first = protect(old, head)
    second = protect(old, head, 60)
    assert second.renews == first
    with pytest.raises(DomainError) as refused:
        protect(old, head)
    assert "1 time" in str(refused.value)
    # Nor when both are over: nobody has talked to the client.
    time_machine.move_to(clock.at(TODAY + DAY * 100))
    with pytest.raises(DomainError):
        protect(old, head)
    event(old)
    third = protect(old, head)
    assert third.renews is None
    assert protect(old, head, 80).renews == third


def test_a_new_manager_begins_the_count_anew(old, head):
    from clients.services import reassign

    protect(old, head)
    protect(old, head)
    reassign(client_id=old.pk, manager=head, by=head)
    assert protect(old, head).renews is None


def test_one_ended_on_the_day_it_was_given_was_a_mistake_and_is_not_counted(old, head, time_machine):
    protections.revoke(protection=protect(old, head), by=head)
    protect(old, head)
    last = protect(old, head)
    with pytest.raises(DomainError):
        protect(old, head)
    # But one that held for a night counts, although it was ended.
    time_machine.move_to(clock.at(TODAY + DAY))
    protections.revoke(protection=last, by=head)
    with pytest.raises(DomainError):
        protect(old, head)


@pytest.mark.parametrize(("renewals", "given"), [(0, 1), (3, 4)])
def test_the_number_of_renewals_is_a_setting(renewals, given, old, head):
    switch("hold.protection_renewals", value=renewals)
    for _ in range(given):
        protect(old, head)
    with pytest.raises(DomainError):
        protect(old, head)


def test_contracts_are_not_counted(old, head):
    for days in (10, 20, 30, 40):
        contract(old, head, days)
    protect(old, head)
    assert protect(old, head).renews is not None


def test_renewing_prolongs_what_runs_and_nothing_else(old, head, time_machine):
    given = contract(old, head, 10)
    assert protections.renew(protection=given, until=TODAY + DAY * 20, reason="No. 18", by=head).kind == "contract"
    first = protect(old, head, 5)
    assert protections.renew(protection=first, until=TODAY + DAY * 50, reason="Again", by=head).renews == first
    time_machine.move_to(clock.at(TODAY + DAY * 11))
    with pytest.raises(Conflict):
        protections.renew(protection=given, until=TODAY + DAY * 20, reason="No. 18", by=head)


def test_ended_early_it_holds_nothing_from_that_day_on(old, head):
    given = contract(old, head, 200)
    protections.revoke(protection=given, by=head)
    given.refresh_from_db()
    assert (given.revoked_on, given.revoked_by) == (TODAY, head)
    assert given.history.count() == 2
    # Nobody was warned: that comes first, and the contract has no part in it.
    assert expected(old) == TODAY + DAY * 15
    with pytest.raises(Conflict):
        protections.revoke(protection=given, by=head)
    with pytest.raises(Conflict):
        protections.renew(protection=given, until=TODAY + DAY, reason="x", by=head)
    assert Protection.objects.count() == 1


# --- pages ------------------------------------------------------------------------------------------------------------
def url(name, thing):
    return reverse(name, args=[thing.pk])


FORM = {"until": (TODAY + DAY * 20).isoformat(), "reason": "Big tender"}


@pytest.mark.parametrize(("name", "kind"), [("protection-create", "protection"), ("contract-create", "contract")])
def test_the_head_keeps_a_client_on_a_page(client, old, head, name, kind):
    client.force_login(head)
    page = client.get(url(name, old)).content.decode()
    limit = TODAY + DAY * (90 if kind == "protection" else 1095)
    assert f'max="{limit.isoformat()}"' in page
    answer = client.post(url(name, old), FORM)
    assert answer.status_code == 302
    assert answer["Location"] == old.get_absolute_url()
    given = Protection.objects.get()
    assert (given.kind, given.until, given.reason) == (kind, TODAY + DAY * 20, "Big tender")
    card = client.get(old.get_absolute_url()).content.decode()
    assert "Big tender" in card
    assert url("protection-renew", given) in card
    assert "Expected to leave on 3 Jun" in card


@pytest.mark.parametrize("name", ["protection-create", "contract-create"])
def test_what_is_refused_stands_at_its_field_and_nothing_is_lost(client, old, head, name):
    client.force_login(head)
    far = {"until": (TODAY + DAY * 2000).isoformat(), "reason": "Very long"}
    answer = client.post(url(name, old), far)
    assert answer.status_code == 422
    assert "At most until" in answer.context["form"].errors["until"][0]
    assert "Very long" in answer.content.decode()
    assert client.post(url(name, old), {}).status_code == 422
    assert not Protection.objects.exists()


def test_renewing_and_ending_on_pages(client, old, head, time_machine):
    given = protect(old, head, 10)
    client.force_login(head)
    assert "Big tender in autumn" in client.get(url("protection-renew", given)).content.decode()
    assert client.post(url("protection-renew", given), FORM).status_code == 302
    second = Protection.objects.get(renews=given)
    # A third in a row is not offered, and refused.
    assert "can be renewed 1 time" in client.get(url("protection-create", old)).content.decode()
    assert client.post(url("protection-renew", second), FORM).status_code == 422
    assert client.post(url("protection-revoke", second)).status_code == 302
    second.refresh_from_db()
    assert second.revoked_by == head
    # Ended twice: told, not done.
    client.post(url("protection-revoke", second))
    assert second.history.count() == 2


def test_only_who_heads_the_lead_manager_decides(client, old, head, seller):
    other = head_of(DepartmentFactory())
    director = ManagerFactory(role=Role.DIRECTOR)
    given = protect(old, head)
    pages = {url("protection-create", old): 403, url("contract-create", old): 403, url("protection-renew", given): 404}
    for who, statuses in (
        (seller, dict.fromkeys(pages, 403)),
        (other, pages),
        (head, dict.fromkeys(pages, 200)),
        (director, dict.fromkeys(pages, 200)),
    ):
        client.force_login(who)
        assert {page: client.get(page).status_code for page in pages} == statuses, who
    for who, status in ((seller, 403), (other, 404)):
        client.force_login(who)
        assert client.post(url("protection-revoke", given)).status_code == status
        assert client.post(url("protection-create", old), FORM).status_code == 403
    assert Protection.objects.get().revoked_on is None


def test_a_head_who_stands_in_for_a_colleague_elsewhere_decides_nothing_there(client, old, head, seller):
    other = head_of(DepartmentFactory())
    Absence.objects.create(manager=seller, deputy=other, starts_on=TODAY, ends_on=TODAY)
    given = protect(old, head)
    client.force_login(other)
    assert "sv-col-right" in client.get(old.get_absolute_url()).content.decode()  # he may work on it
    assert url("protection-renew", given) not in client.get(old.get_absolute_url()).content.decode()
    for name, thing in (("protection-create", old), ("contract-create", old), ("protection-renew", given)):
        assert client.get(url(name, thing)).status_code == 403
    assert client.post(url("protection-revoke", given)).status_code == 403


def test_who_was_too_slow_is_told(client, old, head):
    from exchange.services import return_client

    return_client(client_id=old.pk, by=head, reason=None)
    director = ManagerFactory(role=Role.DIRECTOR)
    client.force_login(director)
    answer = client.post(url("protection-create", old), FORM)
    assert answer.status_code == 422
    assert "no lead manager any more" in answer.content.decode()


def test_what_is_switched_off_is_not_offered(client, old, head):
    client.force_login(head)
    card = client.get(old.get_absolute_url()).content.decode()
    assert url("protection-create", old) in card
    assert url("contract-create", old) in card
    switch("hold.protection_days", on=False, value=90)
    card = client.get(old.get_absolute_url()).content.decode()
    assert url("protection-create", old) not in card
    assert "switched off" in client.get(url("protection-create", old)).content.decode()
    assert client.post(url("protection-create", old), FORM).status_code == 422


def test_the_salesperson_reads_what_keeps_it_and_what_would_save_it(client, old, head, seller):
    protect(old, head)
    client.force_login(seller)
    card = client.get(old.get_absolute_url()).content.decode()
    assert "Protected by the head until 12 Jun: Big tender in autumn" in card
    assert "A counted contact saves it at once. A contact planned within 60 days holds it until then." in card
    for name in ("protection-create", "contract-create"):
        assert url(name, old) not in card


def test_a_reason_is_text_and_never_markup(client, old, head):
    protect(old, head, reason="<script>alert(1)</script>")
    client.force_login(head)
    for page in (old.get_absolute_url(), reverse("client-list")):
        assert "<script>alert" not in client.get(page).content.decode()
