"""What the report on contact frequency says in words."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.web.tags.numbers import number
from reports.frame.figures import Number
from reports.frame.tables import Remark

Numbers = Mapping[str, Number]


def headline(total: Numbers) -> str:
    """The whole in one sentence."""
    asked, kept = int(total.get("asked", 0)), int(total.get("kept", 0))
    if not asked:
        return _("Nothing was asked for in this period.")
    words = ngettext(
        "The regulation was kept with %(kept)s of %(asked)s client (%(share)d%%).",
        "The regulation was kept with %(kept)s of %(asked)s clients (%(share)d%%).",
        asked,
    )
    return words % {"kept": number(kept), "asked": number(asked), "share": 100 * kept // asked}


def of_now(total: Numbers) -> str:
    """The whole in one sentence, where they are too many to be judged."""
    ruled = int(total.get("ruled", 0))
    words = ngettext("%(count)s client is under a regulation.", "%(count)s clients are under a regulation.", ruled)
    return words % {"count": number(ruled)}


def remarks(total: Numbers, query: str, *, is_regulated: bool, is_judged: bool) -> list[Remark]:
    """What is to be done, and where the regulations are."""
    regulations = reverse("regulation-list")
    if not is_regulated:
        words = _("Nothing is regulated yet: say how often clients are to be spoken with.")
        return [Remark(words, url=regulations)]
    found = []
    if late := int(total.get("late", 0)):
        words = ngettext(
            "With %(count)s client a contact is overdue: have it made or planned today.",
            "With %(count)s clients a contact is overdue: have them made or planned today.",
            late,
        )
        found.append(Remark(words % {"count": number(late)}, "bad", "late", query))
    elif total.get("ruled"):
        found.append(Remark(_("No contact is overdue."), "good"))
    if not is_judged:
        found.append(Remark(_("Who kept the regulations is told of a department, or of a manager: choose one.")))
    return [*found, Remark(_("How often clients are to be spoken with."), url=regulations)]


def how_it_counts() -> str:
    """What the numbers mean."""
    return _(
        "A client counts for as long as the manager held it in the period, without days on which he was away and long "
        "rows of holidays; contacts count whoever made them. Of a contact a month held for 20 days one is asked for, "
        "for 10 days none."
    )


def hidden_clients(count: int) -> str:
    """That not all have a line."""
    if count <= 0:
        return ""
    words = ngettext(
        "%(count)s more client is behind the number.", "%(count)s more clients are behind the number.", count
    )
    return words % {"count": number(count)}


def picture(total: Numbers) -> str:
    """The picture for who cannot see it."""
    return headline(total)
