"""Birthdays, founding days and days of trades of this week; one letter has been sent already."""

import datetime as dt
from collections.abc import Sequence

from clients import prepared_letters
from clients.models import ClientKind, ContactPerson, ContactPoint, LetterTemplate, Occasion
from clients.models.client import month_and_day
from clients.occasions import Celebration
from clients.rules.occasions import age_on, celebrated_on
from crm import clock
from crm.demo.firms import Known
from crm.demo.people import seller_named
from crm.demo.story import Story
from crm.demo.words.base import Scene
from crm.demo.world import DAY, MINUTE, Seller, World
from interactions.models import ClientLetter, EventParticipant

#: Days from today on: of the seller's people – the first is that of today's first client – and of his colleagues'.
_SELLER, _COLLEAGUES = (0, 2, 4), (0, 1, 3, 5)
#: A client that has been written to is green: one that is so anyway, else one that was yellow.
_CALM = ("green", "today", "yellow")


def celebrate(world: World, stories: Sequence[Story], today: Sequence[Story]) -> None:
    """Give some people and companies their day in this week. ``today``: whom the seller works on today."""
    seller = seller_named(world, "seller")
    rng = world.rng("celebrations")
    firms = [story for story in stories if story.known.row.kind == ClientKind.COMPANY and story.known.persons]
    own = [story for story in firms if story.known.holder is seller and story not in today]
    rng.shuffle(own)
    written_to = _letter(world, [*own, *today[1:]], seller)
    own = [story for story in own if story is not written_to]
    first = [story for story in today if story.known.persons][:1]
    for story, days in zip([*first, *own], _SELLER, strict=False):
        _born(world, story.known.persons[-1], world.today + DAY * days, rng.choice((40, 45, 50, 52, 36)))
    used = {story.known.row.pk for story in [*first, *own[: len(_SELLER)]]}
    own = [story for story in own if story.known.row.pk not in used]
    colleagues = [story for story in firms if _is_colleague(seller, story.known.holder)]
    for story, days in zip(rng.sample(colleagues, min(len(colleagues), 4)), _COLLEAGUES, strict=False):
        _born(world, story.known.persons[0], world.today + DAY * days, rng.randint(30, 58))
    for story in own[:1]:
        _founded(story.known, world.today + DAY * 3)
    _days_of_trades(world, [*first, *own])


def _is_colleague(seller: Seller, other: Seller | None) -> bool:
    return other is not None and other is not seller and other.manager.department_id == seller.manager.department_id


def _born(world: World, person: ContactPerson, day: dt.date, years: int) -> None:
    """Let somebody become so old on a day."""
    person.birthday = celebrated_on(day.month * 100 + day.day, day.year - years)
    person.birthday_md = month_and_day(person.birthday)


def _founded(known: Known, day: dt.date) -> None:
    year = known.row.founded_year or day.year - 15
    known.row.founded_year = year
    known.row.birthday = celebrated_on(day.month * 100 + day.day, year)
    known.row.birthday_md = month_and_day(known.row.birthday)


def _days_of_trades(world: World, stories: Sequence[Story]) -> None:
    """Two days of trades that the seller's clients work in, after those the program brings."""
    industries = list(dict.fromkeys(story.known.row.industry for story in stories if story.known.row.industry))
    taken = Occasion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for number, industry in enumerate(industries[:2]):
        day = world.today + DAY * (2 + 3 * number)
        name = world.words.desk.trade_days[world.industries.index(industry)]
        world.add(
            Occasion(
                pk=taken + 1 + number, name=name, month=day.month, day=day.day, industry=industry, position=100 + number
            )
        )


def _letter(world: World, stories: Sequence[Story], seller: Seller) -> Story | None:
    """Somebody has been congratulated this morning, or yesterday: a letter by the template, and its place in the
    history. Returns whose client that was."""
    usable = LetterTemplate.objects.filter(use=LetterTemplate.Use.BIRTHDAY, language=world.language, is_active=True)
    template = usable.order_by("position", "name", "pk").first()
    emails = {
        point.person_id: point
        for point in world.of(ContactPoint)
        if point.kind == ContactPoint.Kind.EMAIL and point.person_id
    }
    day = world.today if world.workday_has_begun else world.today - DAY
    moment = min(clock.at(day, 9, 35), world.now - MINUTE)
    for story in sorted(stories, key=lambda one: one.known.fate == "yellow"):
        known = story.known
        person = next((one for one in known.persons if one.pk in emails and one.is_active), None)
        is_calm = known.fate in _CALM and known.legs[-1].start < day
        if template is None or person is None or not is_calm:
            continue
        _born(world, person, day, 45)
        assert person.birthday
        celebration = Celebration(template.use, day, known.row, person, years=age_on(person.birthday, day))
        subject, text = prepared_letters.written(template, celebration, seller.manager)
        draft = story.draft(Scene("letter_out", "", ""), moment, seller, with_sale=False, created_at=moment)
        draft.event.subject, draft.event.text = subject, text
        letter = ClientLetter(
            client=known.row, person=person, address=emails[person.pk].normalized, subject=subject, text=text,
            key=celebration.key, by=seller.manager, status=ClientLetter.Status.SENT, attempts=1,
            created_at=moment - MINUTE, next_try_at=moment, sent_at=moment,
        )  # fmt: skip
        draft.hanging = [EventParticipant(person=person), letter]
        return story
    return None
