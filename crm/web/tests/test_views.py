import pytest
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404
from django.test import Client

from clients.models import Manager, Region, Role
from crm.web.views import Access, ActionView, ListPage, PageView, fetch

pytestmark = [pytest.mark.django_db, pytest.mark.urls("crm.web.tests.urls")]
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/t/plain/?x=1"}


@pytest.fixture
def person() -> Manager:
    return Manager.objects.create_user("anna", password="demo", first_name="Anna", last_name="Petrova")


@pytest.fixture
def visitor(person: Manager) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_view_without_access_cannot_be_routed() -> None:
    class Forgot(PageView):
        template_name = "base/page.html"

    with pytest.raises(ImproperlyConfigured, match="Forgot must declare"):
        Forgot.as_view()


def test_a_list_without_a_partial_cannot_be_routed() -> None:
    class Forgot(ListPage):
        access = Access.SALES

    with pytest.raises(ImproperlyConfigured, match="partial_template_name"):
        Forgot.as_view()


@pytest.mark.parametrize(
    ("role", "staff", "allowed"),
    [
        (Role.SALESPERSON, False, {Access.PUBLIC, Access.SALES}),
        (Role.HEAD, False, {Access.PUBLIC, Access.SALES, Access.HEAD}),
        (Role.DIRECTOR, False, {Access.PUBLIC, Access.SALES, Access.HEAD, Access.DIRECTOR}),
        (Role.SALESPERSON, True, set(Access)),
    ],
)
def test_roles(role: Role, staff: bool, allowed: set[Access]) -> None:
    user = Manager(username="x", role=role, is_staff=staff)
    assert {access for access in Access if access.allows(user)} == allowed
    user.is_active = False
    assert {access for access in Access if access.allows(user)} == {Access.PUBLIC}


def test_anonymous_people_are_sent_to_sign_in(client: Client) -> None:
    response = client.get("/t/plain/?x=1")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/t/plain/%3Fx%3D1"


def test_htmx_of_a_signed_out_person_goes_to_sign_in_and_back_to_the_page(client: Client) -> None:
    response = client.get("/t/regions/", headers=HTMX)
    assert response.status_code == 204
    assert response["HX-Redirect"] == "/login/?next=/t/plain/%3Fx%3D1"


def test_the_wrong_role_is_403(visitor: Client) -> None:
    response = visitor.get("/t/heads/")
    assert response.status_code == 403
    assert b"This is not yours to do" in response.content


def test_a_page_that_does_not_exist(visitor: Client) -> None:
    assert visitor.get("/t/nowhere/").status_code == 404


def test_htmx_gets_the_partial(visitor: Client) -> None:
    full, partial = visitor.get("/t/regions/"), visitor.get("/t/regions/", headers=HTMX)
    assert b"<html" in full.content
    assert b"<html" not in partial.content
    assert "HX-Request" in partial["Vary"]
    boosted = visitor.get("/t/regions/", headers=HTMX | {"HX-Boosted": "true"})
    assert b"<html" in boosted.content


def test_a_list_filters_sorts_and_says_so(visitor: Client) -> None:
    Region.objects.bulk_create([Region(name=f"Zz{n}") for n in range(3)])
    response = visitor.get("/t/regions/?name=Zz&sort=-name&page=1", headers=HTMX)
    assert [row.name for row in response.context["page"]] == ["Zz2", "Zz1", "Zz0"]
    chip = response.context["chips"][0]
    assert (str(chip.label), chip.value, chip.remove_url) == ("Name", "Zz", "?sort=-name")
    assert visitor.get("/t/regions/?sort=password", headers=HTMX).context["sort"] == "name"


def test_a_form_saves_and_says_so(visitor: Client) -> None:
    response = visitor.post("/t/form/", {"name": "x"}, follow=True)
    assert response.redirect_chain == [("/t/plain/", 302)]
    assert b"Saved well." in response.content
    assert b"Saved well." not in visitor.get("/t/plain/").content


@pytest.mark.parametrize(
    ("name", "words"),
    [("taken", "It is taken."), ("invalid", "It is invalid."), ("", "required"), ("nowhere", "no field")],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refusal_stands_in_the_form_and_nothing_typed_is_lost(visitor, name: str, words: str, headers: dict) -> None:
    response = visitor.post("/t/form/", {"name": name}, headers=headers)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert f'value="{name}"' in response.content.decode() or not name


@pytest.mark.parametrize(
    ("wanted", "lands"),
    [("/t/regions/?a=1", "/t/regions/?a=1"), ("https://evil.example/", "/t/plain/"), ("//evil", "/t/plain/")],
)
def test_next_stays_on_this_site(visitor: Client, wanted: str, lands: str) -> None:
    assert visitor.post("/t/form/", {"name": "x", "next": wanted})["Location"] == lands


def test_an_action_is_post_only(visitor: Client) -> None:
    assert visitor.get("/t/act/").status_code == 405


def test_an_action_goes_back_and_offers_undo(visitor: Client) -> None:
    response = visitor.post("/t/act/", headers={"Referer": "http://testserver/t/plain/"}, follow=True)
    assert response.redirect_chain == [("http://testserver/t/plain/", 302)]
    assert b"Done well." in response.content
    assert b'action="/t/undo/"' in response.content


def test_an_action_may_say_where_to(visitor: Client) -> None:
    assert visitor.post("/t/act/", {"how": "go"})["Location"] == "/t/form/"


def test_an_action_by_htmx_gets_partial_and_toast(visitor: Client) -> None:
    response = visitor.post("/t/act/", headers=HTMX)
    assert response.status_code == 200
    assert b"sv-crumbs" in response.content
    assert b'hx-swap-oob="beforeend:#toasts"' in response.content
    assert b"Done well." in response.content


@pytest.mark.parametrize(
    ("how", "status", "words"), [("refuse", 422, "It cannot be."), ("late", 409, "Somebody was quicker.")]
)
def test_a_refused_action(visitor: Client, how: str, status: int, words: str) -> None:
    by_htmx = visitor.post("/t/act/", {"how": how}, headers=HTMX)
    assert by_htmx.status_code == status
    assert words in by_htmx.content.decode()
    assert ("sv-crumbs" in by_htmx.content.decode()) == (status == 409)
    by_hand = visitor.post("/t/act/", {"how": how, "next": "/t/plain/"}, follow=True)
    assert by_hand.redirect_chain == [("/t/plain/", 302)]
    assert words in by_hand.content.decode()


def test_done_swaps_nothing_and_tells_the_page(visitor: Client) -> None:
    response = visitor.post("/t/act/", {"how": "quiet"}, headers=HTMX)
    assert (response["HX-Reswap"], response["HX-Trigger"]) == ("none", "list-refresh")
    assert b"Done well." in response.content


def test_actions_of_anonymous_people_do_nothing(client: Client) -> None:
    response = client.post("/t/act/", headers={"Referer": "http://testserver/t/plain/"})
    assert response["Location"] == "/login/?next=http%3A//testserver/t/plain/"


def test_fetch() -> None:
    region = Region.objects.create(name="Qq")
    assert fetch(Region.objects.all(), pk=region.pk) == region
    with pytest.raises(Http404):
        fetch(Region.objects.none(), pk=region.pk)
    with pytest.raises(PermissionDenied):
        fetch(Region.objects.all(), Region.objects.none(), pk=region.pk)


def test_an_action_without_access_cannot_be_routed() -> None:
    with pytest.raises(ImproperlyConfigured):
        ActionView.as_view()
