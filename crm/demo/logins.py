"""Who of the demo company is offered on the sign-in page."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm.web.demo import DemoLogin

#: User name -> role, what to look at, icon; in the order shown. ``people.STAFF`` has the same names.
_LOGINS: dict[str, tuple[str | Promise, str | Promise, str]] = {
    "seller": (_("salesperson"), _("own clients and what to do today"), "person"),
    "deputy": (_("salesperson"), _("stands in for an absent colleague"), "person-plus"),
    "absent": (_("salesperson"), _("on leave, a deputy works on the clients"), "person-dash"),
    "head": (_("head of department"), _("the traffic light, contacts waiting for approval"), "people"),
    "director": (_("director"), _("all departments"), "building"),
    "admin": (_("administrator"), _("dictionaries, policies, nightly runs"), "gear"),
}


def demo_logins() -> Iterable[DemoLogin]:
    """The logins that exist; none in a base without the demo company."""
    found = {manager.username: manager for manager in Manager.objects.filter(username__in=_LOGINS, is_active=True)}
    for username, (role, hint, icon) in _LOGINS.items():
        if username in found:
            yield DemoLogin(username=username, role=role, hint=hint, name=str(found[username]), icon=icon)


def is_demo_company() -> bool:
    """Whether the people of this base are the demo company's: all of its logins are here."""
    return Manager.objects.filter(username__in=_LOGINS).count() == len(_LOGINS)
