"""What a language must bring to make a demo company."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from crm.demo.words.desk import DeskWords

if TYPE_CHECKING:
    from crm.demo.words.work import WorkWords


@dataclass(frozen=True, slots=True)
class Place:
    """A city with what a client from there has: region, zone, telephone code, in Russia the tax region of its INN."""

    city: str
    region: str
    country: str
    time_zone: str
    #: Telephone prefix; the rest of the number (``phone_tail``) comes from ranges that are given to nobody.
    phone: str
    phone_tail: str
    weight: int
    tax_region: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One contact told: on what kinds of event it fits, its subject, what was said, what came of it."""

    kinds: str
    subject: str
    text: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class PersonName:
    first: str
    last: str
    middle: str
    is_female: bool

    @property
    def full(self) -> str:
        return " ".join(part for part in (self.last, self.first, self.middle) if part)


@dataclass(frozen=True, slots=True)
class FirmName:
    """``slug`` makes the reserved domain of its site and letters."""

    name: str
    full_name: str
    slug: str
    #: A sole entrepreneur has a person's INN and an OGRNIP.
    is_entrepreneur: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    departments: dict[str, str]
    places: tuple[Place, ...]
    industries: tuple[str, ...]
    #: Name, series, list price; the last series are services, sold only beside goods.
    products: tuple[tuple[str, str, int], ...]
    #: Position, whether such a person decides.
    positions: tuple[tuple[str, bool], ...]
    person: Callable[[Random], PersonName]
    firm: Callable[[Random, Place], FirmName]
    address: Callable[[Random, Place], str]
    banks: tuple[str, ...]
    profiles: tuple[str, ...]
    preferences: tuple[str, ...]
    potentials: tuple[str, ...]
    decisions: tuple[str, ...]
    notes: tuple[str, ...]
    scenes: dict[str, tuple[Scene, ...]]
    we_promise: tuple[str, ...]
    they_promise: tuple[str, ...]
    return_comments: dict[str, tuple[str, ...]]
    released_comments: tuple[str, ...]
    left_comment: str
    #: By user name: what the head wrote when somebody left.
    departure_comments: dict[str, str]
    #: Why a head gave a client to somebody whom a rule forbade to claim it.
    override_reasons: tuple[str, ...]
    #: Why clients of the exchange were set aside, and put into the archive.
    quarantine_reasons: tuple[str, ...]
    archive_reasons: tuple[str, ...]
    #: What a head noted on a signal he has looked at.
    signal_note: str
    loss_comments: dict[str, tuple[str, ...]]
    study_leave: str
    trip: str
    #: Why heads keep clients, by fate (``keeping``); "renewal": of a protection that ended.
    keep_reasons: dict[str, str]
    #: A note beside a sale that was opened again.
    reopened: str
    free_names: tuple[str, ...]
    relation_comments: tuple[str, ...]
    #: Title of a sale from "{product}" and "{qty}".
    sale_titles: tuple[str, ...]
    losing_title: str
    losing_comment: str
    desk: DeskWords
    #: What is done with clients: ``crm.demo.work``.
    work: "WorkWords"
