"""Why a cell or a row is not understood, in words."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client
from clients.rules.import_matching import Sign
from clients.rules.import_values import BadValue

#: So many are named where a row may mean one of several.
_NAMED = 4
_WORDS: dict[str, str | Promise] = {
    "bank_account": gettext_lazy("A bank account has twenty digits."),
    "bik": gettext_lazy("A BIK has nine digits and begins with 0, 1 or 2."),
    "broken": gettext_lazy("Letters were lost on the way here: choose another encoding, or write it anew."),
    "choice": gettext_lazy("Known here are: %(known)s."),
    "contact": gettext_lazy("Neither a phone nor an e-mail address: “%(value)s”."),
    "date": gettext_lazy("This is no date. Write it like 31.03.2017 or 2017-03-31."),
    "future": gettext_lazy("This date is in the future."),
    "inn": gettext_lazy("This INN has a wrong length or check digit."),
    "kpp": gettext_lazy("A KPP has nine characters, for example 770501001."),
    "manager": gettext_lazy("Nobody here is called so."),
    "manager_several": gettext_lazy("Several people here are called so: write the login."),
    "month_first": gettext_lazy("The day comes first here: write it like 31.03.2017 or 2017-03-31."),
    "name": gettext_lazy("There is no name in it."),
    "negative": gettext_lazy("A negative number."),
    "no_such_day": gettext_lazy("There is no such day in the calendar."),
    "number": gettext_lazy("This is no number."),
    "ogrn": gettext_lazy("This OGRN has a wrong length or check digit."),
    "own": gettext_lazy("%(words)s"),
    "time": gettext_lazy("There is no such time of the day."),
    "too_large": gettext_lazy("This number is too large."),
    "too_long": gettext_lazy("%(length)d characters; at most %(most)d fit."),
    "unknown": gettext_lazy("There is no such entry here."),
    "website": gettext_lazy("This is no address of a website."),
    "whole": gettext_lazy("A whole number is wanted."),
    "year": gettext_lazy("This year cannot be right."),
    "yes_no": gettext_lazy("Neither yes nor no."),
    "zone": gettext_lazy("Unknown time zone. Write it like Asia/Vladivostok."),
}
_MENDED: dict[str, str | Promise] = {
    "broken": gettext_lazy("Was in another encoding; read as “%(value)s”."),
    "cut": gettext_lazy("Too long: cut after %(most)d characters."),
    "zero": gettext_lazy("The lost zero was put back: %(value)s."),
}
_SIGNS: dict[Sign, str | Promise] = {
    Sign.CODE: gettext_lazy("the same code"),
    Sign.INN: gettext_lazy("the same INN"),
    Sign.CONTACT: gettext_lazy("the same phone or e-mail"),
    Sign.NAME: gettext_lazy("the same name"),
}


def of(error: BadValue) -> str:
    """Why a value is not understood."""
    return str(_WORDS[error.code]) % error.values if error.values else str(_WORDS[error.code])


def mended(code: str, **values: object) -> str:
    """What was mended in a value."""
    return str(_MENDED[code]) % values


def sign(known_by: Sign | None) -> str:
    """ "the same INN"."""
    return str(_SIGNS[known_by or Sign.NAME])


def whose(client: Client) -> str:
    """All that anybody may be told of a colleague's client."""
    values = {"client": client.name, "manager": client.manager}
    if client.manager is not None:
        return _("“%(client)s” is here already, ask %(manager)s.") % values
    if client.is_on_exchange:
        return _("“%(client)s” is here already: it is on the exchange.") % values
    return _("“%(client)s” is here already, and not yours.") % values


def ambiguous(clients: Iterable[Client], known_by: Sign | None) -> str:
    """Several clients share what the row is known by."""
    values = {"sign": sign(known_by), "clients": one_of(clients)}
    return _("Several clients have %(sign)s: %(clients)s. Say which by its code or INN.") % values


def contradicts(client: Client) -> str:
    """The code is one client's and the INN another's."""
    return _("The code is one client's, the INN that of “%(client)s”.") % {"client": client.name}


def unlike(client: Client) -> str:
    """Somebody else has the row's phone."""
    return _("“%(client)s” has this phone or e-mail: if it is the same client, give the row its code or INN.") % {
        "client": client.name
    }


def unlike_before(line: int) -> str:
    """An earlier row of another name has the row's phone."""
    return _("Row %(row)d has this phone or e-mail under another name.") % {"row": line}


def said_before(line: int, known_by: Sign) -> str:
    """An earlier row is the same client."""
    return _("Row %(row)d is the same: %(sign)s.") % {"row": line, "sign": sign(known_by)}


def here_already(client: Client, known_by: Sign | None) -> str:
    """It cannot be added once more."""
    return _("“%(client)s” is here already: %(sign)s.") % {"client": client.name, "sign": sign(known_by)}


def no_client() -> str:
    """Nobody knows the client of this row."""
    return _("There is no such client here: import the clients first.")


def one_of(clients: Iterable[Client]) -> str:
    """Those a row may mean: "Romashka (Omsk, INN 77…), Romashka (Tomsk)"."""
    named = list(clients)
    told = [_described(client) for client in named[:_NAMED]]
    return ", ".join(told) + (" …" if len(named) > _NAMED else "")


def _described(client: Client) -> str:
    facts = [
        client.city,
        f"{_('INN')} {client.inn}" if client.inn else "",
        f"{_('KPP')} {client.kpp}" * bool(client.kpp),
    ]
    told = ", ".join(fact for fact in facts if fact)
    return f"{client.name} ({told})" if told else client.name
