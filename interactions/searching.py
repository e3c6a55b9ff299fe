"""What search and the palette find of this app: events and sales by their titles, and registering a contact."""

from typing import Any

from django.db import connection
from django.db.models import Case, F, Func, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from clients.rules.ranking import best_place, words_of
from clients.search import Arm, Entry, Hit, Question, register_client_action
from clients.search import register as register_arm
from clients.search.clients import may_work_on
from clients.templatetags.clients import zone_today
from crm.web.access import Access
from crm.web.navigation import NavItem, register_place
from crm.web.tags.numbers import money
from crm.web.tags.times import moment
from crm.web.text import fold
from interactions.models import Event, EventStatus, SalesProcess

_SHORTEST = 3
#: So many times the rows wanted are read, to choose the best of them.
_LOOKED_AT = 3
#: What a line says of the client: its name and where it stands.
_OF_CLIENT = tuple(
    f"client__{name}"
    for name in ("name", "manager", "yellow_on", "red_on", "detach_on", "exchange_since", "archived_at")
)


def events(question: Question) -> list[Entry]:
    """Events by hand whose subject fits, the latest first; one's own before, where one does not see everybody's."""
    if not _may_be_title(question):
        return []
    found = _titled(Event.objects.visible_to(question.by).by_hand(), "subject", question)
    # What stands in millions of subjects is found by walking back in time, not by collecting them all.
    whose = [] if question.by.sees_everything else [_whose(question.by)]
    rows = found.select_related("kind").order_by(*whose, "-occurred_at", "-pk")
    rows = rows.only("subject", "status", "occurred_at", "responsible", "kind__name", *_OF_CLIENT)
    return [
        Entry(
            title=str(event),
            url=event.get_absolute_url(),
            icon="calendar-event" if event.status == EventStatus.PLANNED else "telephone",
            note=" · ".join((moment(event.occurred_at), str(event.kind), str(event.client))),
            zone=zone_today(event.client),
            client_id=event.client_id,
            may_register=event.may_edit,
        )
        for event in _best(rows, "subject", question)
    ]


def sales(question: Question) -> list[Entry]:
    """Sales whose title fits: one's own first, the open ones before the closed."""
    if not _may_be_title(question):
        return []
    found = _titled(SalesProcess.objects.visible_to(question.by), "title", question)
    closed = Case(When(status="open", then=0), default=1, output_field=IntegerField())
    rows = found.select_related("stage").order_by(
        _whose(question.by), closed, F("started_on").desc(nulls_last=True), "-pk"
    )
    rows = rows.only("title", "status", "amount", "started_on", "responsible", "stage__name", *_OF_CLIENT)
    return [
        Entry(
            title=str(sale),
            url=sale.get_absolute_url(),
            icon="funnel",
            note=" · ".join(words for words in (_state(sale), money(sale.amount), str(sale.client)) if words),
            zone=zone_today(sale.client),
            client_id=sale.client_id,
            may_register=sale.may_edit,
        )
        for sale in _best(rows, "title", question)
    ]


def _state(sale: SalesProcess) -> str:
    return str(sale.stage or "") if sale.is_open else sale.get_status_display()


def register_contact(hit: Hit, _by: Manager) -> Entry | None:
    """Write down a contact with the client that was found."""
    if not hit.may_edit or hit.client.archived_at:
        return None
    return Entry(
        title=gettext("Register contact with %(client)s") % {"client": hit.client},
        url=reverse("contact-register", args=[hit.client.pk]),
        icon="telephone-plus",
        in_drawer=True,
    )


def register() -> None:
    """Called once, when the app is ready."""
    register_arm(Arm(key="events", label=_("Events"), find=events, order=30))
    register_arm(Arm(key="sales", label=_("Sales"), find=sales, order=40))
    register_client_action(register_contact)
    register_place(NavItem(label=_("Waiting for approval"), icon="patch-question", url_name="approval-list", order=60))
    register_place(
        NavItem(label=_("Sales waiting for approval"), icon="signpost", url_name="stage-approval-list", order=60)
    )
    register_place(NavItem(label=_("Board of sales"), icon="kanban", url_name="process-board", order=61))
    register_place(NavItem(label=_("Forecast of sales"), icon="graph-up", url_name="process-forecast", order=62))
    register_place(
        NavItem(label=_("Sales plans"), icon="bullseye", url_name="process-plans", access=Access.HEAD, order=64)
    )
    register_place(NavItem(label=_("Norms and points"), icon="speedometer", url_name="norms", order=65))


class _Folded(Func):
    """A title as it is compared: capitals, ``Ё`` as ``Е``. The indexes of migration 0006 are on this expression."""

    template = "REPLACE(UPPER(%(expressions)s), 'Ё', 'Е')"
    arity = 1


def _readings(question: Question) -> list[str]:
    """What was typed, in one keyboard layout or the other, where it is long enough: quotes and dashes do not count."""
    return [name for name in question.terms.names if sum(map(str.isalnum, name)) >= _SHORTEST]


def _may_be_title(question: Question) -> bool:
    return question.terms.may_be_name and bool(_readings(question))


def _titled(rows: QuerySet[Any], field: str, question: Question) -> QuerySet[Any]:
    """Rows each of whose typed words stands in ``field``."""
    condition = Q(pk__in=[])
    for name in _readings(question):
        condition |= _all_words(name, field)
    # The index leaves out empty ones.
    found = rows.alias(folded=_Folded(field)).filter(condition).exclude(**{field: ""})
    return found.annotate(may_edit=may_work_on(question.by, "client_id")).select_related("client")


def _all_words(name: str, field: str) -> Q:
    condition = Q()
    for word in words_of(name):
        if connection.vendor == "sqlite":
            # Its LIKE knows no capitals beyond ASCII.
            condition &= Q(**{f"{field}__contains": word}) | Q(**{f"{field}__contains": word.capitalize()})
        else:
            condition &= Q(folded__contains=word.upper())
    return condition


def _best(rows: QuerySet[Any], field: str, question: Question) -> list[Any]:
    """As many as are wanted: among the first the database gives, one's own and the beginnings of words before."""
    found = list(rows[: (question.limit + 1) * _LOOKED_AT])
    placed = [
        (row.responsible_id != question.by.pk, best_place(question.terms.names, fold(getattr(row, field))), place)
        for place, row in enumerate(found)
    ]
    return [found[place] for _mine, _where, place in sorted(placed)][: question.limit + 1]


def _whose(by: Manager) -> Case:
    return Case(When(responsible=by, then=Value(0)), default=Value(1), output_field=IntegerField())
