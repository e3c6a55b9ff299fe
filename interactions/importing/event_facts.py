"""What a column of a file of events may hold."""

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.importing.kinds import facts
from clients.importing.kinds.client_facts import CODE_SYNONYMS
from clients.importing.kinds.facts import Fact, plain
from clients.importing.kinds.whose import LONGEST_CODE
from clients.importing.registry import ImportField
from clients.rules import import_values
from clients.rules.import_values import BadValue, Moment
from crm import clock
from crm.web.text import fold
from interactions.models import EventKind, EventStatus

_STATUSES = {
    EventStatus.DONE: ("done", "completed", "held", "yes", "выполнено", "завершено", "состоялось", "проведено", "да"),
    EventStatus.PLANNED: ("planned", "open", "no", "запланировано", "план", "в работе", "не выполнено", "нет"),
    EventStatus.CANCELLED: ("cancelled", "canceled", "отменено", "отмена"),
}
#: What other programs call the kinds that came with this one.
_KINDS = {
    "call_out": ("call", "phone call", "звонок", "телефонный звонок", "исходящий", "исх. звонок"),
    "call_in": ("inbound call", "входящий", "вх. звонок"),
    "meeting": ("appointment", "встреча", "личная встреча", "переговоры"),
    "visit": ("visit", "визит", "выезд", "выезд к клиенту"),
    "letter_out": ("e-mail", "email", "letter", "электронное письмо", "письмо", "почта"),
    "message_out": ("message", "sms", "сообщение", "сообщение sms", "мессенджер"),
    "presentation": ("demo", "презентация", "демонстрация"),
    "purchase": ("order", "sale", "покупка", "заказ", "отгрузка", "реализация"),
    "complaint": ("claim", "претензия", "рекламация", "жалоба"),
    "task": ("to do", "задача", "дело"),
    "note": ("comment", "заметка", "комментарий", "прочее"),
}


def _time(text: str) -> dt.time:
    time = import_values.moment(f"01.01.2000 {text}").time
    if time is None:
        raise BadValue("time")
    return time


CODE = Fact(
    "code",
    _("Code of the event"),
    ("event code", "код события", "номер", "number", *CODE_SYNONYMS),
    hint=_("how another program calls it: never imported twice"),
    read=facts.line(LONGEST_CODE),
    is_vital=True,
)
DATE = Fact(
    "date",
    _("Date"),
    ("when", "date and time", "start", "дата", "дата и время", "дата события", "когда", "начало", "дата начала"),
    is_required=True,
    hint=_("also with the time"),
    read=plain(import_values.moment),
    is_vital=True,
)
FACTS = (
    DATE,
    Fact("time", _("Time"), ("start time", "время", "время начала"), read=plain(_time)),
    Fact(
        "status",
        _("Status"),
        ("state", "статус", "состояние", "выполнено", "завершено"),
        hint=_("empty: done when it lies in the past"),
        read=facts.one_of(_STATUSES),
        is_vital=True,
    ),
    Fact("subject", _("Subject"), ("topic", "title", "тема", "описание", "название"), read=facts.line(255)),
    Fact("text", _("Details"), ("description", "body", "содержание", "текст", "подробности"), read=facts.lines(20000)),
    Fact("result", _("Result"), ("outcome", "результат", "итог", "итоги"), read=facts.lines(20000)),
    Fact(
        "minutes",
        _("Length in minutes"),
        ("duration", "length", "длительность", "продолжительность", "минут"),
        read=plain(lambda text: import_values.whole(text, most=24 * 60)),
    ),
    CODE,
)
KIND = ImportField(
    "kind",
    _("Kind"),
    ("type", "activity type", "event kind", "вид", "тип", "вид события", "вид взаимодействия", "тип взаимодействия"),
    hint=_("a name from the list of kinds"),
)
RESPONSIBLE = ImportField(
    "responsible",
    _("Responsible"),
    ("manager", "owner", "user", "ответственный", "менеджер", "исполнитель", "автор"),
    hint=_("login or name; empty: you"),
)
PERSON = ImportField(
    "person",
    _("Who took part"),
    ("contact", "person", "contact person", "participants", "контактное лицо", "контакт", "участник", "участники"),
    is_many=True,
    hint=_("several by semicolons"),
)


def fields() -> list[ImportField]:
    """All of them, after those that name the client."""
    return [DATE, FACTS[1], KIND, *FACTS[2:-1], RESPONSIBLE, PERSON, CODE]


class KindBook:
    """The kinds of events a person may choose, by what people write for them."""

    def __init__(self, kinds: Iterable[EventKind]) -> None:
        self._found: dict[str, EventKind] = {}
        kinds = list(kinds)
        for kind in kinds:
            for name in (kind.name, str(kind), kind.code):
                self._found.setdefault(fold(name), kind)
        for kind in kinds:
            for name in _KINDS.get(kind.code, ()):
                self._found.setdefault(name, kind)

    def find(self, text: str) -> EventKind:
        """The kind of this name.

        Raises:
            BadValue: there is none ("unknown").
        """
        if (kind := self._found.get(fold(text))) is None:
            raise BadValue("unknown")
        return kind


def moment_of(said: Moment, time: dt.time | None) -> tuple[dt.datetime, bool]:
    """When it was, and whether the file says at which hour: noon of the company's day where it does not. Times without
    a zone are the reader's."""
    time = said.time or time
    if time is None:
        return clock.at(said.day), False
    zone = said.offset or timezone.get_current_timezone()
    return dt.datetime.combine(said.day, time, tzinfo=zone), True
