"""Whose birthday it is today: told every morning, under the bell only."""

from collections import defaultdict

from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from clients.models import Client, ContactPerson, Notice
from clients.notices import NoticeKind, notify, register
from clients.rules.occasions import days_within
from crm import clock

BIRTHDAYS = "occasions.today"


def tell_birthdays() -> int:
    """Tell lead managers of today's birthdays and founding days of their clients; once a day, however often it is
    called. Two queries and those of telling; returns how many people were told."""
    today = clock.today()
    mds = list(days_within(today, 1))
    persons = ContactPerson.objects.filter(is_active=True, birthday_md__in=mds, client__manager__isnull=False)
    count: dict[int, int] = defaultdict(int)
    for managers in (
        persons.values_list("client__manager_id", flat=True),
        Client.objects.held().filter(birthday_md__in=mds).values_list("manager_id", flat=True),
    ):
        for manager_id in managers:
            count[manager_id] += 1
    if not count:
        return 0
    return notify(
        kind=BIRTHDAYS,
        recipients=count,
        key=today.isoformat(),
        data={manager_id: {"count": number} for manager_id, number in count.items()},
        date=today,
        url=reverse("occasion-list"),
    )


def _words(notice: Notice) -> str:
    number = int(notice.data["count"])
    words = ngettext(
        "%(count)d birthday or founding day among your clients today",
        "%(count)d birthdays and founding days among your clients today",
        number,
    )
    return words % {"count": number}


register(
    NoticeKind(
        key=BIRTHDAYS,
        name=gettext_lazy("Birthdays of the day"),
        about=gettext_lazy("In the morning, when somebody at a client of yours has a birthday."),
        icon="gift",
        words=_words,
        by_letter=False,
        order=90,
    )
)
