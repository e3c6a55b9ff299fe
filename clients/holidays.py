"""Public holidays become rows of the table of holidays, where the company adds its own days and strikes out others."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext as _

from clients.models import Holiday, Manager
from clients.redating import request_redating
from crm.web.errors import DomainError

_NAME_LENGTH = 150


def public_holidays(years: Collection[int], *, language: str = "") -> dict[dt.date, str]:
    """The public holidays of the company's country in these years, with the days moved by decree as far as the
    library knows them; none where no country is set. Named in ``language``, else in the company's.

    Raises:
        DomainError: the country or its part is unknown (the system check clients.E001 says it first).
    """
    if not settings.HOLIDAYS_COUNTRY:
        return {}
    import holidays  # no request but the administrator's needs it, and it is large

    try:
        found = holidays.country_holidays(
            settings.HOLIDAYS_COUNTRY,
            subdiv=settings.HOLIDAYS_SUBDIVISION or None,
            years=years,
            expand=False,
            language=_named_in(language or settings.LANGUAGE_CODE, holidays.list_localized_countries()),
        )
    except (NotImplementedError, AttributeError) as error:
        raise DomainError(
            _("No public holidays are known for %(country)s.") % {"country": settings.HOLIDAYS_COUNTRY}
        ) from error
    return {day: name[:_NAME_LENGTH] for day, name in sorted(found.items()) if day.year in years}


def _named_in(language: str, of_countries: Mapping[str, Sequence[str]]) -> str | None:
    """The language as the library calls it; its own choice for the country where it has no such words."""
    known = of_countries.get(settings.HOLIDAYS_COUNTRY, [])
    code = language.split("-")[0]
    return next((name for name in known if name.split("_")[0] == code), None)


@transaction.atomic
def fill_public_holidays(years: Collection[int]) -> int:
    """Write the public holidays of these years that are not there yet, and have the clients' dates computed anew when
    there were any. Days of the company stay as they are; again, it adds nothing. Returns how many were added.

    Raises:
        DomainError: the country is unknown.
    """
    found = public_holidays(years)
    here = set(Holiday.objects.filter(date__in=found).values_list("date", flat=True))
    missing = [
        Holiday(date=day, name=name, origin=Holiday.Origin.PUBLIC) for day, name in found.items() if day not in here
    ]
    if missing:
        # Two workers at once: what the other has just written is as good.
        Holiday.objects.bulk_create(missing, ignore_conflicts=True)
        holidays_changed(note=", ".join(str(year) for year in sorted({row.date.year for row in missing})))
    return len(missing)


def ensure_public_holidays(today: dt.date) -> int:
    """Fill last, this and next year, those only that have no public holiday yet: what somebody struck out of a filled
    year stays struck out. One query when all is there. Returns how many were added.

    For the jobs that begin the night (:mod:`exchange.tasks`) and for commands; a wrong country is left to the system
    check, it must not stop a night.
    """
    wanted = {today.year - 1, today.year, today.year + 1}
    public = Holiday.objects.filter(
        origin=Holiday.Origin.PUBLIC,
        date__gte=dt.date(today.year - 1, 1, 1),
        date__lte=dt.date(today.year + 1, 12, 31),
    )
    years = public.order_by().annotate(year=ExtractYear("date")).values_list("year", flat=True).distinct()
    missing = wanted - set(years)
    try:
        return fill_public_holidays(missing) if missing else 0
    except DomainError:
        return 0


def days_off(first: dt.date, last: dt.date) -> frozenset[dt.date]:
    """The holidays from ``first`` to ``last``, both included, weekends not among them. One query."""
    return frozenset(Holiday.objects.filter(date__gte=first, date__lte=last).values_list("date", flat=True))


def holidays_changed(*, note: str = "", by: Manager | None = None) -> None:
    """Holidays were added, moved or struck out: the dates of all held clients are computed anew, by a job."""
    request_redating(reason="holidays", note=note, by=by)
