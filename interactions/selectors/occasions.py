"""Who has been congratulated already."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import CharField

from clients.models import ContactPoint
from clients.occasions import Celebration
from crm.web.prepared import Params, Prepared
from interactions.models import ClientLetter


@dataclass(frozen=True, slots=True)
class Row:
    """A celebration with what has been done about it: a letter, or a contact on the day or since."""

    day: Celebration
    letter: ClientLetter | None

    @property
    def has_spoken(self) -> bool:
        """Somebody was in touch with the client on the day or after it."""
        last = self.day.client.last_contact_on
        return last is not None and last >= self.day.on

    @property
    def is_done(self) -> bool:
        return self.letter is not None or self.has_spoken

    @property
    def phone(self) -> ContactPoint | None:
        """The number to call, of those read with the person or the client."""
        points = (self.day.person or self.day.client).contact_points.all()
        phones = [point for point in points if point.kind == ContactPoint.Kind.PHONE]
        return min(phones, key=lambda point: (not point.is_primary, point.pk), default=None)


def rows_of(days: Iterable[Celebration]) -> list[Row]:
    """Each of the days with the letter that was written for it, if any. One query."""
    days = list(days)
    letters = {letter.key: letter for letter in (_written(keys=[day.key for day in days]) if days else ())}
    return [Row(day, letters.get(day.key)) for day in days]


_written = Prepared(
    lambda: (
        ClientLetter.objects.exclude(status=ClientLetter.Status.FAILED)
        .filter(key__in=Params("keys", CharField()))
        .select_related("by")
    )
)


def letter_for(day: Celebration) -> ClientLetter | None:
    """The letter somebody has written for this day already. One query."""
    return rows_of([day])[0].letter
