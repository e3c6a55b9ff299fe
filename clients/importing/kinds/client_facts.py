"""What a column of a file of clients may hold."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from clients import custom_fields
from clients.importing.kinds import facts
from clients.importing.kinds.facts import Fact, Note, plain
from clients.importing.kinds.whose import LONGEST_CODE
from clients.importing.registry import ImportField
from clients.models import ClientKind, Industry, LeadSource, Region
from clients.models.dictionaries import Dictionary
from clients.rules import import_values as values
from clients.rules.import_values import BadValue
from crm import clock

CODE_SYNONYMS = ("code", "external code", "id", "guid", "код", "код 1с", "внешний код", "идентификатор", "ссылка")
INN_SYNONYMS = ("inn", "tax id", "vat", "tin", "инн", "инн/кпп", "инн / кпп", "инн контрагента")
KPP_SYNONYMS = ("kpp", "кпп", "кпп контрагента")
CITY_SYNONYMS = ("city", "town", "город", "населенный пункт", "населённый пункт")
PHONE_SYNONYMS = (
    *("phone", "phones", "telephone", "mobile", "phone number", "work phone", "mobile phone", "tel"),
    *("телефон", "телефоны", "тел", "тел.", "моб.", "мобильный", "мобильный телефон", "рабочий телефон", "факс"),
    *("контактный телефон", "номер телефона"),
)
EMAIL_SYNONYMS = (
    *("email", "e-mail", "mail", "email address", "электронная почта", "почта", "эл. почта", "емейл", "имейл"),
    *("адрес электронной почты", "адрес эл. почты"),
)
NOTES_SYNONYMS = ("notes", "note", "comment", "comments", "примечание", "примечания", "комментарий", "заметки")
BIRTHDAY_SYNONYMS = ("birthday", "date of birth", "дата рождения", "день рождения", "др")
ZONE_SYNONYMS = ("time zone", "timezone", "часовой пояс")
TAGS_SYNONYMS = ("tags", "labels", "метки", "теги", "тэги")


def read_inn(text: str, note: Note) -> values.Inn:
    """An INN, perhaps with its KPP; a zero that was put back is told."""
    found = values.inn(text)
    if found.is_padded:
        note("zero", value=found.inn)
    return found


def past_day(text: str) -> dt.date:
    """A day that is not ahead: a birthday, a consent."""
    found = values.date(text, latest=clock.today())
    if found > clock.today():
        raise BadValue("future")
    return found


def _year(text: str) -> int:
    found = values.whole(text) if text.isdecimal() and len(text) <= 4 else values.date(text).year
    if not 1000 <= found <= clock.today().year:
        raise BadValue("year")
    return found


_KINDS = {
    ClientKind.COMPANY: ("company", "компания", "организация", "юр. лицо", "юрлицо", "юридическое лицо", "юрлицо"),
    ClientKind.PERSON: (
        *("person", "individual", "физ. лицо", "физлицо", "физическое лицо", "частное лицо"),
        *("индивидуальный предприниматель", "ип", "человек"),
    ),
}
CODE = Fact(
    "code",
    _("Code"),
    CODE_SYNONYMS,
    hint=_("how another program calls it: the same code is the same client"),
    read=facts.line(LONGEST_CODE),
    is_vital=True,
)
NAME = Fact(
    "name",
    _("Name"),
    (
        *("name", "company", "company name", "account", "account name", "organization", "organisation", "client"),
        *("customer", "customer name", "наименование", "название", "контрагент", "клиент", "организация", "компания"),
        *("наименование контрагента", "краткое наименование", "рабочее наименование", "наименование в программе"),
        *("имя", "покупатель", "партнер", "партнёр"),
    ),
    is_required=True,
    read=facts.line(255),
    is_vital=True,
)
INN = Fact("inn", _("INN"), INN_SYNONYMS, hint=_("also with the KPP behind a slash"), read=read_inn, is_vital=True)
KPP = Fact("kpp", _("KPP"), KPP_SYNONYMS, read=plain(values.kpp), is_vital=True)
CITY = Fact("city", _("City"), CITY_SYNONYMS, read=facts.line(100))
FACTS: Sequence[Fact] = (
    NAME,
    INN,
    KPP,
    CODE,
    CITY,
    Fact(
        "full_name",
        _("Full legal name"),
        ("full name", "legal name", "полное наименование", "наименование полное", "юридическое название"),
        read=facts.line(500),
    ),
    Fact(
        "kind",
        _("Company or person"),
        ("type", "вид контрагента", "вид", "тип", "юр./физ. лицо", "юр. / физ. лицо", "юридическое/физическое лицо"),
        read=facts.one_of(_KINDS),
    ),
    Fact("ogrn", _("OGRN"), ("огрн", "огрнип", "огрн/огрнип"), read=plain(values.ogrn)),
    Fact(
        "category",
        _("Category"),
        ("abc", "class", "категория", "класс", "авс", "abc-класс", "категория клиента"),
        # Latin and Russian letters look the same.
        read=facts.one_of({"A": ("A", "А"), "B": ("B", "В", "Б"), "C": ("C", "С")}),
    ),
    Fact("country", _("Country"), ("страна",), read=facts.line(100)),
    Fact(
        "address",
        _("Address"),
        (
            *("street", "legal address", "адрес", "юридический адрес", "фактический адрес", "почтовый адрес"),
            *("адрес доставки", "юр. адрес", "факт. адрес"),
        ),
        read=facts.line(500),
    ),
    Fact("time_zone", _("Time zone"), ZONE_SYNONYMS, read=facts.time_zone),
    Fact("website", _("Website"), ("site", "url", "web", "сайт", "веб-сайт", "адрес сайта"), read=facts.website),
    Fact(
        "birthday",
        _("Birthday or founding day"),
        (*BIRTHDAY_SYNONYMS, "founded", "дата основания", "дата регистрации"),
        read=plain(past_day),
    ),
    Fact(
        "founded_year",
        _("Founded in"),
        ("year", "year established", "founding year", "год основания", "год создания"),
        read=plain(_year),
    ),
    Fact(
        "employees",
        _("Employees"),
        ("number of employees", "staff", "headcount", "сотрудников", "численность", "число сотрудников"),
        read=plain(values.whole),
    ),
    Fact(
        "annual_revenue",
        _("Annual revenue"),
        ("revenue", "turnover", "выручка", "годовая выручка", "оборот", "годовой оборот"),
        read=plain(values.money),
    ),
    Fact("bank_name", _("Bank"), ("bank name", "банк", "наименование банка"), read=facts.line(200)),
    Fact("bik", _("BIK"), ("бик", "бик банка"), read=plain(values.bik)),
    Fact(
        "bank_account",
        _("Bank account"),
        ("account number", "расчетный счет", "расчётный счёт", "р/с", "р/счет", "номер счета", "банковский счет"),
        read=plain(values.bank_account),
    ),
    Fact(
        "profile",
        _("What they do"),
        ("activity", "description", "вид деятельности", "деятельность", "описание", "основной вид деятельности"),
        read=facts.lines(5000),
    ),
    Fact("preferences", _("Preferences"), ("предпочтения",), read=facts.lines(5000)),
    Fact("potential", _("Potential"), ("потенциал",), read=facts.lines(5000)),
    Fact(
        "decision_making",
        _("Who decides and how"),
        ("decision making", "кто принимает решения", "принятие решений"),
        read=facts.lines(5000),
    ),
    Fact(
        "notes",
        _("Notes"),
        (*NOTES_SYNONYMS, "дополнительная информация", "дополнительные сведения"),
        read=facts.lines(20000),
    ),
)
#: Facts that are entries of a dictionary.
DICTIONARIES: dict[str, type[Dictionary]] = {"region": Region, "industry": Industry, "source": LeadSource}
PHONE = ImportField("phone", _("Phone"), PHONE_SYNONYMS, is_many=True, hint=_("several in a cell are fine"))
EMAIL = ImportField("email", _("E-mail"), EMAIL_SYNONYMS, is_many=True)
TAGS = ImportField("tags", _("Tags"), TAGS_SYNONYMS, is_many=True, hint=_("by commas"))
MANAGER = ImportField(
    "manager",
    _("Lead manager"),
    (
        *("manager", "owner", "account owner", "responsible", "sales agent", "менеджер", "ответственный"),
        *("основной менеджер", "ведущий менеджер", "ответственный менеджер", "менеджер контрагента"),
    ),
    hint=_("login or name; of new clients only"),
)
_DICTIONARY_FIELDS = (
    ImportField("region", _("Region"), ("state", "province", "регион", "область", "субъект рф", "бизнес-регион")),
    ImportField("industry", _("Industry"), ("sector", "отрасль", "сфера деятельности", "сегмент")),
    ImportField("source", _("Source"), ("lead source", "источник", "источник обращения", "канал")),
)


def fields() -> list[ImportField]:
    """All of them, the company's own last."""
    own = [
        ImportField(custom_fields.name_of(field), field.label, (f"field:{field.key}",))
        for field in custom_fields.active()
    ]
    return [*FACTS[:4], PHONE, EMAIL, MANAGER, CITY, *_DICTIONARY_FIELDS, TAGS, *FACTS[5:], *own]
