"""Saved views: what they keep, who sees them, who changes them; and nobody sees more rows through one."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clients import saved_views
from clients.models import SavedView, SavedViewPin
from clients.saved_views import clean_query
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from clients.tests.pages import browser
from crm.web.errors import DomainError

NAMES = {"zone", "q", "sort", "cols"}
HTMX = {"HX-Request": "true"}
db = pytest.mark.django_db


# --- what is kept -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("", ""),
        ("zone=red&page=7&view=3", "zone=red"),
        ("zone=&q=", ""),
        ("sort=risk", ""),
        ("sort=-risk&cols=zone,next", "cols=zone%2Cnext&sort=-risk"),
        ("next=https://evil.example&csrfmiddlewaretoken=x&job=4", ""),
        ("zone=red&zone=green", "zone=red&zone=green"),
    ],
)
def test_only_filters_of_the_list_are_kept(asked, kept):
    assert clean_query(asked, NAMES, {"sort": "risk"}) == kept


@given(st.dictionaries(st.sampled_from(["zone", "q", "sort", "cols", "page", "next", "x"]), st.text(max_size=9)))
def test_cleaning_twice_changes_nothing_and_the_order_does_not_matter(asked):
    from urllib.parse import urlencode

    pairs = list(asked.items())
    kept = clean_query(urlencode(pairs), NAMES)
    assert clean_query(kept, NAMES) == kept
    assert clean_query(urlencode(pairs[::-1]), NAMES) == kept


def save(owner, **values):
    facts = {"page": "client-list", "name": "Hot", "query": "zone=red", **values}
    return saved_views.save_view(owner=owner, **facts)


@db
def test_a_saved_view_is_pinned_and_named_once():
    anna = ManagerFactory()
    view = save(anna, name="  Hot   ones ")
    assert view.name == "Hot ones"
    assert [row.is_pinned for row in saved_views.of_list(anna, "client-list")] == [True]
    with pytest.raises(Exception, match="view of this name"):
        save(anna, name="Hot ones")
    assert save(anna, name="Hot ones", page="event-list")
    assert save(ManagerFactory(), name="Hot ones")


@db
def test_too_many_filters_are_refused():
    with pytest.raises(DomainError):
        save(ManagerFactory(), query="q=" + "x" * saved_views.LONGEST_QUERY)


# --- who sees what ----------------------------------------------------------------------------------------------------
@db
def test_who_may_share_with_whom():
    top = DepartmentFactory()
    below, elsewhere = DepartmentFactory(parent=top), DepartmentFactory()
    seller, head = ManagerFactory(department=below), head_of(top)
    director = ManagerFactory(role="director", department=None)
    may = {who: set(saved_views.departments_to_share_with(who)) for who in (seller, head, director)}
    assert may == {seller: {below}, head: {top, below}, director: {top, below, elsewhere}}
    with pytest.raises(DomainError) as refused:
        save(seller, department=elsewhere)
    assert refused.value.field == "department"


@db
def test_a_shared_view_is_seen_by_the_department_and_all_below_it():
    top = DepartmentFactory()
    below, elsewhere = DepartmentFactory(parent=top), DepartmentFactory()
    owner = ManagerFactory(department=top)
    shared, own = save(owner, department=top), save(owner, name="Own")

    def seen(who):
        return set(saved_views.of_list(who, "client-list"))

    assert seen(owner) == {shared, own}
    assert seen(ManagerFactory(department=below)) == {shared}
    assert seen(ManagerFactory(department=elsewhere)) == set()
    [view] = saved_views.of_list(ManagerFactory(department=below), "client-list")
    assert not view.is_pinned


ACTIONS = ("update", "overwrite", "delete")


@db
@pytest.mark.parametrize("action", ACTIONS)
def test_another_ones_private_view_is_not_found_and_a_shared_one_is_not_his_to_change(company, action):
    view = save(company.anna)
    url = reverse(f"saved-view-{action}", args=[view.pk])
    colleague = ManagerFactory(department=company.anna.department)
    assert browser(colleague).post(url, {"name": "Mine"}).status_code == 404
    SavedView.objects.update(department=company.anna.department)
    assert browser(colleague).post(url, {"name": "Mine"}).status_code == 403
    assert browser(company.petr).post(url, {"name": "Mine"}).status_code == 404
    assert SavedView.objects.get().name == "Hot"


@db
def test_each_pins_a_shared_view_for_himself(company):
    view = save(company.anna, department=company.anna.department)
    colleague = ManagerFactory(department=company.anna.department)
    url = reverse("saved-view-pin", args=[view.pk])
    browser(colleague).post(url, {"pinned": "1"})
    browser(colleague).post(url, {"pinned": "1"})
    assert SavedViewPin.objects.filter(manager=colleague).count() == 1
    browser(colleague).post(url, {"pinned": "0"})
    assert list(SavedViewPin.objects.values_list("manager", flat=True)) == [company.anna.pk]


@db
def test_a_view_never_shows_more_than_one_may_see(company):
    view = save(company.anna, query="whose=all&q=vostok", department=company.anna.department)
    colleague = ManagerFactory(department=company.anna.department)
    address = reverse("client-list") + f"?{view.query}&view={view.pk}"
    assert len(browser(company.anna).get(address).context["page"]) == 1
    answer = browser(colleague).get(address)
    assert answer.context["saved_view"] == view
    assert list(answer.context["page"]) == []
    assert browser(company.petr).get(address).context["saved_view"] is None


# --- the pages --------------------------------------------------------------------------------------------------------
@db
@pytest.mark.parametrize("route", ["client-list", "person-list", "event-list", "process-list"])
def test_a_list_is_saved_as_it_is_and_opened_as_it_was(company, route):
    anna = browser(company.anna)
    create = reverse("saved-view-create", args=[route])
    answer = anna.post(f"{create}?q=vostok&sort=-client&page=3&nonsense=1", {"name": "Mine", "share": "on"})
    view = SavedView.objects.get()
    assert view.department == company.anna.department
    assert "q=vostok" in view.query
    assert "page=3" not in view.query
    assert "nonsense" not in view.query
    assert "cols=" in view.query
    assert answer["Location"] == f"{reverse(route)}?{view.query}&view={view.pk}"
    opened = anna.get(answer["Location"])
    assert opened.context["saved_view"] == view
    assert not opened.context["saved_view_changed"]
    assert opened.context["filter"].form["q"].value() == "vostok"
    changed = anna.get(answer["Location"].replace("vostok", "zapad"))
    assert changed.context["saved_view_changed"]
    assert b"Save the changes" in changed.content


@db
def test_saving_in_place_reads_the_list_anew_and_a_taken_name_stands_at_the_field(company):
    anna, url = browser(company.anna), reverse("saved-view-create", args=["client-list"])
    answer = anna.post(f"{url}?zone=red", {"name": "Hot"}, headers=HTMX)
    assert answer.status_code == 204
    assert '"target": "#client-list"' in answer["HX-Location"]
    again = anna.post(f"{url}?zone=green", {"name": "Hot"}, headers=HTMX)
    assert again.status_code == 422
    assert b"You have a view of this name" in again.content
    assert b'value="Hot"' in again.content
    assert anna.post(url, {"name": " "}).status_code == 422
    assert SavedView.objects.count() == 1


@db
def test_a_view_is_overwritten_with_what_is_shown(company):
    view = save(company.anna)
    url = reverse("saved-view-overwrite", args=[view.pk])
    browser(company.anna).post(f"{url}?zone=green&cols=zone&view={view.pk}&page=2")
    view.refresh_from_db()
    assert view.query == "cols=zone&zone=green"


@db
def test_a_deleted_view_comes_back_with_its_number_and_its_pins(company):
    view = save(company.anna, department=company.anna.department)
    saved_views.pin(view=view, manager=company.boris)
    anna = browser(company.anna)
    token = saved_views.delete_view(view=SavedView.objects.get())
    undo = reverse("saved-view-restore") + f"?token={token}"
    assert browser(company.petr).post(undo, headers=HTMX).status_code == 422
    assert not SavedView.objects.exists()
    anna.post(undo)
    back = SavedView.objects.get()
    assert (back.pk, back.query, back.department) == (view.pk, "zone=red", company.anna.department)
    assert set(back.pins.values_list("manager", flat=True)) == {company.anna.pk, company.boris.pk}
    assert anna.post(undo, headers=HTMX).status_code == 422  # it is there already
    assert anna.post(reverse("saved-view-restore") + "?token=nonsense", headers=HTMX).status_code == 422


@db
def test_a_view_comes_back_unshared_where_its_owner_may_share_no_more(company):
    view = save(company.anna, department=company.anna.department)
    token = saved_views.delete_view(view=view)
    company.anna.department = company.other_head.department
    company.anna.save()
    assert saved_views.restore_view(token=token, by=company.anna).department is None


@db
def test_there_are_no_views_of_pages_that_are_no_lists(company):
    anna = browser(company.anna)
    for page in ("my-day", "client-export", "nonsense", "client-detail"):
        assert anna.post(reverse("saved-view-create", args=[page]), {"name": "x"}).status_code == 404
        assert anna.post(reverse("list-columns", args=[page])).status_code == 404


@db
def test_pinned_views_stand_above_the_list(company):
    held_client(company.anna, name="Zapad")
    view = save(company.anna)
    page = browser(company.anna).get(reverse("client-list")).content.decode()
    tab = page.index('class="sv-tab-view"')
    assert f"view={view.pk}" in page[tab : tab + 200]
