"""Why a client of the exchange might be worth taking: from what is known of it to at most two short reasons, the best
first. Pure: the words are made in ``exchange.board``."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

#: More than two reasons are read by nobody.
MOST = 2
#: A call or letter of the client itself is news for so many days.
CALLED_DAYS = 14
#: A birthday is named so many days before.
BIRTHDAY_DAYS = 7
#: A sale lost so many months ago may be asked about again: budgets, people and needs have changed.
ASK_AGAIN_MONTHS = 6
#: A category worth a word by itself.
BEST_CATEGORY = "A"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a client.

    Attributes:
        called_on: when it last called or wrote by itself, if lately.
        is_open: a sale is open; with its amount (may be unknown) and its stage ("" for none).
        won, total: how many sales were won, and their sum.
        lost_on, loss_reason: when the last lost sale was lost (None: none was), and why ("": nobody wrote it down).
        heard_on: when we heard from it last, if nobody of ours has spoken with it since: the next word is ours.
        birthday, whose: the birthday (or founding day) that is next, of a contact person or ("") of the client itself.
        category: "A", "B", "C" or "".
        is_new: nobody ever took it from the exchange.
    """

    called_on: dt.date | None = None
    is_open: bool = False
    open_amount: Decimal | None = None
    open_stage: str = ""
    won: int = 0
    total: Decimal = Decimal(0)
    lost_on: dt.date | None = None
    loss_reason: str = ""
    heard_on: dt.date | None = None
    birthday: dt.date | None = None
    whose: str = ""
    category: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. ``kind``: "called", "open", "bought", "birthday", "ask_again", "our_turn", "category" or "new"; the
    rest is what its words need."""

    kind: str
    on: dt.date | None = None
    number: int = 0
    amount: Decimal | None = None
    name: str = ""


def worth(facts: Facts, today: dt.date) -> tuple[Reason, ...]:
    """At most two reasons to take this client, the best first: who asked for us comes before who bought from us, and
    that before what is merely a good moment."""
    found = []
    if facts.called_on is not None and 0 <= (today - facts.called_on).days <= CALLED_DAYS:
        found.append(Reason("called", on=facts.called_on))
    if facts.is_open:
        found.append(Reason("open", amount=facts.open_amount or None, name=facts.open_stage))
    if facts.won:
        found.append(Reason("bought", number=facts.won, amount=facts.total or None))
    if facts.birthday is not None:
        comes = next_birthday(facts.birthday, today)
        if (comes - today).days <= BIRTHDAY_DAYS:
            found.append(Reason("birthday", on=comes, name=facts.whose))
    if facts.lost_on is not None and (months := months_between(facts.lost_on, today)) >= ASK_AGAIN_MONTHS:
        found.append(Reason("ask_again", on=facts.lost_on, number=months, name=facts.loss_reason))
    if facts.heard_on is not None and not any(each.kind == "called" for each in found):
        found.append(Reason("our_turn", on=facts.heard_on))
    if facts.category == BEST_CATEGORY:
        found.append(Reason("category", name=facts.category))
    if facts.is_new:
        found.append(Reason("new"))
    return tuple(found[:MOST])


def next_birthday(born: dt.date, today: dt.date) -> dt.date:
    """The day on which a birthday is kept next, today included; of 29 February, in other years, 28 February."""
    for year in (today.year, today.year + 1):
        kept = _in_year(born, year)
        if kept >= today:
            return kept
    raise AssertionError("a birthday comes every year")


def months_between(then: dt.date, today: dt.date) -> int:
    """Whole calendar months from one day to another; 0 when it lies ahead."""
    months = (today.year - then.year) * 12 + today.month - then.month
    return max(0, months - (today.day < then.day))


def _in_year(born: dt.date, year: int) -> dt.date:
    try:
        return born.replace(year=year)
    except ValueError:
        return dt.date(year, 2, 28)
