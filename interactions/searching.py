"""What search and the palette find of this app: events and sales by their titles, and registering a contact."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Case, F, Func, IntegerField, Q, QuerySet, TextField, Value, When
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from clients.querysets import sees_q
from clients.rules.ranking import best_place, words_of
from clients.search import Arm, Entry, Hit, Question, register_client_action
from clients.search import register as register_arm
from clients.search.clients import ME, WORKERS, reader_values, works_on
from clients.templatetags.clients import zone_today
from crm.web.access import Access
from crm.web.navigation import NavItem, register_place
from crm.web.prepared import Param, Prepared
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
    rows = _asked(_latest_events, question)
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
    rows = _asked(_open_sales, question)
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


#: How many words each reading of a text has, whether the reader sees everybody's, how many rows are read.
_Shape = tuple[tuple[int, ...], bool, int]


def _asked(query: Callable[[_Shape], Prepared], question: Question) -> list[Any]:
    """The rows whose title has what was typed, put into words once for each shape of a text."""
    by, words = question.by, [words_of(name) for name in _readings(question)]
    shape = tuple(map(len, words)), by.sees_everything, (question.limit + 1) * _LOOKED_AT
    typed = {name: text for place, reading in enumerate(words) for name, text in _values(place, reading)}
    return query(shape)(**typed, **reader_values(by))


@lru_cache(maxsize=64)
def _latest_events(shape: _Shape) -> Prepared:
    def build() -> QuerySet[Event]:
        # What stands in millions of subjects is found by walking back in time, not by collecting them all.
        whose = [] if shape[1] else [_whose()]
        rows = _titled(Event.objects.by_hand(), "subject", shape).select_related("kind")
        rows = rows.order_by(*whose, "-occurred_at", "-pk")
        return rows.only("subject", "status", "occurred_at", "responsible", "kind__name", *_OF_CLIENT)[: shape[2]]

    return Prepared(build, by_name=False)


@lru_cache(maxsize=64)
def _open_sales(shape: _Shape) -> Prepared:
    closed = Case(When(status="open", then=0), default=1, output_field=IntegerField())

    def build() -> QuerySet[SalesProcess]:
        rows = _titled(SalesProcess.objects.all(), "title", shape).select_related("stage")
        rows = rows.order_by(_whose(), closed, F("started_on").desc(nulls_last=True), "-pk")
        return rows.only("title", "status", "amount", "started_on", "responsible", "stage__name", *_OF_CLIENT)[
            : shape[2]
        ]

    return Prepared(build, by_name=False)


def _titled(rows: QuerySet[Any], field: str, shape: _Shape) -> QuerySet[Any]:
    """Rows the reader may see each of whose typed words stands in ``field``."""
    readings, sees_everything, _number = shape
    if not sees_everything:
        rows = rows.filter(sees_q(WORKERS, ME, "client__"))
    condition = Q(pk__in=[])
    for place, words in enumerate(readings):
        condition |= _all_words(place, words, field)
    # The index leaves out empty ones.
    found = rows.alias(folded=_Folded(field)).filter(condition).exclude(**{field: ""})
    return found.annotate(may_edit=works_on(sees_everything, "client_id")).select_related("client")


def _all_words(place: int, words: int, field: str) -> Q:
    condition = Q()
    for number in range(words):
        typed, capital = (Param(name, TextField()) for name in _names(place, number))
        if connection.vendor == "sqlite":
            # Its LIKE knows no capitals beyond ASCII.
            condition &= Q(**{f"{field}__contains": typed}) | Q(**{f"{field}__contains": capital})
        else:
            condition &= Q(folded__contains=capital)
    return condition


def _names(place: int, number: int) -> tuple[str, str]:
    return f"word_{place}_{number}", f"capital_{place}_{number}"


def _values(place: int, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for number, word in enumerate(words):
        capital = word.capitalize() if connection.vendor == "sqlite" else word.upper()
        yield from zip(_names(place, number), (word, capital))


def _best(found: Sequence[Any], field: str, question: Question) -> list[Any]:
    """As many as are wanted: among the first the database gives, one's own and the beginnings of words before."""
    placed = [
        (row.responsible_id != question.by.pk, best_place(question.terms.names, fold(getattr(row, field))), place)
        for place, row in enumerate(found)
    ]
    return [found[place] for _mine, _where, place in sorted(placed)][: question.limit + 1]


def _whose() -> Case:
    return Case(When(responsible=ME, then=Value(0)), default=Value(1), output_field=IntegerField())
