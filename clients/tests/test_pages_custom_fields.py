"""Fields a company adds, on the pages: the form, the card, the list with its export, the administration."""

import pytest
from django.urls import reverse

from clients import custom_fields, tasks
from clients.custom_field_changes import remove, remove_values
from clients.models import Client, CustomField
from clients.tests.factories import ManagerFactory, held_client
from clients.tests.pages import browser

pytestmark = pytest.mark.django_db
Type = CustomField.Type


@pytest.fixture
def fields(db):
    return [
        CustomField.objects.create(key="contract", label="Contract no", position=1),
        CustomField.objects.create(key="limit", label="Credit limit", type=Type.NUMBER, position=2),
        CustomField.objects.create(key="level", label="Level", type=Type.CHOICE, choices="Gold\nSilver", position=3),
        CustomField.objects.create(key="vip", label="Very important", type=Type.YES_NO, position=4),
        CustomField.objects.create(key="old", label="Of old", is_active=False),
    ]


@pytest.fixture
def administrator(db):
    return browser(ManagerFactory(is_staff=True, is_superuser=True))


def custom(client):
    return Client.objects.get(pk=client.pk).custom


# --- the form ---------------------------------------------------------------------------------------------------------
def form_data(**values):
    points = {"points-TOTAL_FORMS": "0", "points-INITIAL_FORMS": "0"}
    return {"name": "Zapad", "kind": "company", "country": "Россия", **points, **values}


def test_a_new_client_is_entered_with_them(company, fields):
    data = form_data(manager=company.anna.pk, cf_contract=" A  7 ", cf_limit="1500.5", cf_level="Gold", cf_vip="no")
    assert browser(company.anna).post(reverse("client-create"), data).status_code == 302
    entered = Client.objects.get(name="Zapad")
    assert entered.custom == {"contract": "A 7", "limit": 1500.5, "level": "Gold", "vip": False}


def test_what_is_wrong_is_told_at_the_field_and_nothing_is_lost(company, fields):
    data = form_data(manager=company.anna.pk, cf_contract="A 7", cf_limit="much")
    answer = browser(company.anna).post(reverse("client-create"), data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["cf_limit"]
    page = answer.content.decode()
    assert 'value="A 7"' in page
    assert 'value="much"' in page
    assert not Client.objects.filter(name="Zapad").exists()


def test_only_what_was_changed_is_written(company, fields):
    client = held_client(company.anna, name="Zapad", custom={"contract": "A 7", "limit": 5, "old": "kept"})
    url = reverse("client-update", args=[client.pk])
    page = browser(company.anna).get(url).content.decode()
    assert 'value="A 7"' in page
    assert "Of old" not in page
    # Somebody else sets another field meanwhile.
    Client.objects.filter(pk=client.pk).update(custom={"contract": "A 7", "limit": 5, "old": "kept", "level": "Silver"})
    data = form_data(cf_contract="A 7", cf_limit="", cf_level="", cf_vip="yes")
    answer = browser(company.anna).post(url, data)
    assert answer.status_code == 302
    # The level he did see nothing of is not his to empty.
    assert custom(client)["old"] == "kept"
    assert custom(client)["vip"] is True
    assert "limit" not in custom(client)


def test_where_there_are_none_the_form_says_nothing_of_them(company):
    assert "Further fields" not in browser(company.anna).get(reverse("client-create")).content.decode()
    assert "Further fields" not in browser(company.anna).get(company.client.get_absolute_url()).content.decode()


# --- the card ---------------------------------------------------------------------------------------------------------
def test_the_card_shows_what_is_filled_in_and_offers_the_rest(company, fields):
    client = held_client(company.anna, custom={"limit": 1500.5, "vip": True, "old": "unseen"})
    page = browser(company.anna).get(client.get_absolute_url()).content.decode()
    assert "1,500.5" in page
    assert "unseen" not in page
    assert reverse("client-field", args=[client.pk, "cf_contract"]) in page


def test_a_field_is_edited_in_its_place_and_taken_back(company, fields):
    client, signed_in = held_client(company.anna, custom={"limit": 5, "vip": True}), browser(company.anna)
    url = reverse("client-field", args=[client.pk, "cf_limit"])
    was = signed_in.get(url, headers={"HX-Request": "true"}).context["form"]["was"].value()
    answer = signed_in.post(url, {"cf_limit": "many", "was": was}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    answer = signed_in.post(url, {"cf_limit": "7", "was": was}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert custom(client) == {"limit": 7, "vip": True}
    assert client.history.first().custom == {"limit": 7, "vip": True}
    # Another field changes; what was before of this one is taken back alone.
    vip = reverse("client-field", args=[client.pk, "cf_vip"])
    mark = signed_in.get(vip).context["form"]["was"].value()
    signed_in.post(vip, {"cf_vip": "no", "was": mark})
    undo = answer.content.decode().split('action="')[-1].split('"')[0].replace("&amp;", "&")
    assert "undo" in undo
    assert signed_in.post(undo).status_code == 302
    assert custom(client) == {"limit": 5, "vip": False}
    # Whoever had it open all the time is told.
    assert signed_in.post(url, {"cf_limit": "9", "was": "0" * 16}).status_code == 409
    assert custom(client)["limit"] == 5


@pytest.mark.parametrize("name", ["cf_old", "cf_nothing", "cf_", "custom"])
def test_there_is_no_other_field_to_edit(company, fields, name):
    url = reverse("client-field", args=[company.client.pk, name])
    assert browser(company.anna).get(url).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("petr", 403), ("other_head", 403), ("vera", 200), ("head", 200)])
def test_who_may_edit_the_client_edits_them(company, fields, who, status):
    url = reverse("client-field", args=[company.client.pk, "cf_limit"])
    assert browser(getattr(company, who)).get(url).status_code == status


# --- the list ---------------------------------------------------------------------------------------------------------
def test_the_list_is_filtered_by_them_and_says_so(company, fields):
    held_client(company.anna, name="Rich", custom={"limit": 900})
    held_client(company.anna, name="Poor", custom={"limit": 10})
    answer = browser(company.anna).get(reverse("client-list") + "?cf_limit-from=100")
    assert [row.name for row in answer.context["page"]] == ["Rich"]
    assert [(chip.label, chip.value) for chip in answer.context["chips"]] == [("Credit limit from", "100")]
    answer = browser(company.anna).get(reverse("client-list") + "?cf_level=Gold&cf_level=-")
    assert answer.context["chips"][0].value == "Gold, not filled in"
    assert len(answer.context["page"].rows) == 3


def test_they_are_columns_of_the_list_and_of_its_export(company, fields):
    user = company.head
    held_client(company.anna, name="Rich", custom={"limit": 900.5, "vip": False})
    columns = "?cols=name,cf_limit,cf_vip&q=rich"
    page = browser(user).get(reverse("client-list") + columns).content.decode()
    assert "900.5" in page
    answer = browser(user).get(reverse("client-export") + columns)
    assert b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[1] == "Rich,900.5,no"


# --- the administration -----------------------------------------------------------------------------------------------
def change(field):
    return reverse("admin:clients_customfield_change", args=[field.pk])


def admin_form(field, **values):
    names = ("label", "choices", "help_text", "position")
    return {name: getattr(field, name) for name in names} | {"is_active": "on", "is_filter": "on"} | values


def test_a_field_is_added_and_its_key_and_type_stay(administrator):
    data = {"key": "deposit", "label": "Deposit", "type": "number", "position": 5, "is_active": "on", "choices": ""}
    assert administrator.post(reverse("admin:clients_customfield_add"), data).status_code == 302
    field = CustomField.objects.get(key="deposit")
    page = administrator.get(change(field)).content.decode()
    assert "For another type add another field" in page
    administrator.post(change(field), admin_form(field, key="other", type="text", label="Paid"))
    field.refresh_from_db()
    assert (field.key, field.type, field.label) == ("deposit", "number", "Paid")


@pytest.mark.parametrize("key", ["Deposit", "1st", "a-b", "a b", "ключ", ""])
def test_a_key_is_plain(administrator, key):
    data = {"key": key, "label": "Deposit", "type": "number", "position": 5}
    assert administrator.post(reverse("admin:clients_customfield_add"), data).status_code == 200
    assert not CustomField.objects.exists()


def test_a_choice_that_is_used_stays(administrator, fields):
    level = fields[2]
    for _ in range(2):
        held_client(custom={"level": "Gold"})
    answer = administrator.post(change(level), admin_form(level, choices="Silver\nBronze"))
    assert "“Gold” is chosen in 2 clients and cannot be taken away." in answer.content.decode()
    assert administrator.post(change(level), admin_form(level, choices="Bronze\n Gold ")).status_code == 302
    level.refresh_from_db()
    assert level.options == ["Bronze", "Gold"]


def test_switched_off_a_field_keeps_its_values(administrator, fields):
    client, limit = held_client(custom={"limit": 5}), fields[1]
    data = admin_form(limit)
    del data["is_active"]
    administrator.post(change(limit), data)
    assert limit not in custom_fields.active()
    assert custom(client) == {"limit": 5}


def test_deleting_asks_and_takes_the_values_along(administrator, fields):
    client, limit = held_client(custom={"limit": 5, "vip": True}), fields[1]
    url = reverse("admin:clients_customfield_delete", args=[limit.pk])
    assert (
        "Credit limit, filled in: 1 client; its values are deleted with it" in administrator.get(url).content.decode()
    )
    assert custom(client) == {"limit": 5, "vip": True}
    assert administrator.post(url, {"post": "yes"}).status_code == 302
    assert custom(client) == {"vip": True}
    record = client.history.first()
    assert (record.history_change_reason, record.custom) == ("field removed: limit", {"vip": True})
    assert not CustomField.objects.filter(pk=limit.pk).exists()


def test_many_values_are_removed_by_the_worker_batch_by_batch(fields, monkeypatch, administrator):
    monkeypatch.setattr("clients.custom_field_changes.BATCH", 2)
    clients, limit = [held_client(custom={"limit": n, "vip": True}) for n in range(5)], fields[1]
    boss = ManagerFactory()
    assert remove(limit, by=boss) is False
    limit.refresh_from_db()
    assert not limit.is_active
    assert custom(clients[0]) == {"limit": 0, "vip": True}
    assert remove_values(field_id=limit.pk, by_id=boss.pk) == 5
    assert [custom(client) for client in clients] == [{"vip": True}] * 5
    # Given out twice it is done once.
    tasks.remove_custom_field(limit.pk, boss.pk)
    assert not CustomField.objects.filter(pk=limit.pk).exists()


def test_the_admin_hands_many_to_the_worker(fields, monkeypatch, administrator, django_capture_on_commit_callbacks):
    monkeypatch.setattr("clients.custom_field_changes.BATCH", 0)
    sent = []
    monkeypatch.setattr(tasks.remove_custom_field, "delay", lambda *args: sent.append(args[0]))
    held_client(custom={"limit": 1})
    with django_capture_on_commit_callbacks(execute=True):
        administrator.post(reverse("admin:clients_customfield_delete", args=[fields[1].pk]), {"post": "yes"})
    assert sent == [fields[1].pk]
    assert CustomField.objects.filter(pk=fields[1].pk, is_active=False).exists()
