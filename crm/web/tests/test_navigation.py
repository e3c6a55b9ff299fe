import pytest
from django.test import RequestFactory

from clients.models import Manager, Role
from crm.web import navigation
from crm.web.access import Access
from crm.web.navigation import NavItem, QuickAction, quick_actions, rail

pytestmark = pytest.mark.urls("crm.web.tests.urls")


@pytest.fixture(autouse=True)
def _own_entries(monkeypatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(navigation, "_actions", {})


def shown(path: str, **user: object) -> list[navigation.ShownItem]:
    request = RequestFactory().get(path)
    request.user = Manager(username="x", **user)
    return rail(request)


def test_order_roles_and_missing_pages() -> None:
    navigation.register(NavItem(label="B", icon="b", url_name="preferences", order=20))
    navigation.register(NavItem(label="A", icon="a", url_name="login", order=10))
    navigation.register(NavItem(label="Heads", icon="h", url_name="logout", access=Access.HEAD, order=5))
    navigation.register(NavItem(label="Gone", icon="g", url_name="there-is-no-such-page"))
    assert [item.label for item in shown("/")] == ["A", "B"]
    assert [item.label for item in shown("/", role=Role.HEAD)] == ["Heads", "A", "B"]


def test_the_longest_prefix_is_current() -> None:
    navigation.register(NavItem(label="P", icon="p", url_name="preferences", match=("/deep/",)))
    navigation.register(NavItem(label="L", icon="l", url_name="set-language"))

    def current(path: str) -> list[object]:
        return [item.label for item in shown(path) if item.current]

    assert current("/preferences/") == ["P"]
    assert current("/preferences/language/") == ["L"]
    assert current("/deep/er/") == ["P"]
    assert current("/elsewhere/") == []


def test_a_badge_asks_for_the_user() -> None:
    navigation.register(NavItem(label="P", icon="p", url_name="preferences", badge=lambda user: len(user.username)))
    assert shown("/")[0].badge == 1


def test_quick_actions() -> None:
    navigation.register_action(QuickAction(label="New", icon="plus", url_name="preferences", key="n"))
    navigation.register_action(QuickAction(label="Admin", icon="gear", url_name="login", access=Access.ADMIN))
    request = RequestFactory().get("/")
    request.user = Manager(username="x")
    assert [(action.label, action.key) for action in quick_actions(request)] == [("New", "n")]
