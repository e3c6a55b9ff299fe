"""Letters from a template: which are offered for a day, and their words with the names in place."""

from django.conf import settings
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import LetterTemplate, Manager
from clients.occasions import Celebration
from clients.rules import placeholders

#: The places for names, with what stands there.
PLACES: dict[str, str | Promise] = {
    "first_name": _("the person's first name; of a company its name"),
    "polite_name": _("first name and patronymic, where there is one"),
    "full_name": _("the person's whole name; of a company its name"),
    "client": _("the client's name"),
    "years": _("how many years it becomes; empty where nobody knows"),
    "occasion": _("what the day is called"),
    "manager": _("who writes"),
    "phone": _("the phone of who writes"),
}


def templates_for(day: Celebration) -> list[LetterTemplate]:
    """The templates in use that fit a day: those of this very occasion first, and those in the company's language.
    One query."""
    fitting = LetterTemplate.objects.filter(Q(occasion=None) | Q(occasion=day.occasion), use=day.use, is_active=True)
    return sorted(
        fitting.order_by("position", "name"),
        key=lambda template: (template.language != settings.LANGUAGE_CODE, template.occasion_id is None),
    )


def values(day: Celebration, by: Manager) -> dict[str, str]:
    """What stands in the places of a letter for this day, written by ``by``."""
    person, client = day.person, str(day.client)
    return {
        "first_name": person.first_name if person else client,
        "polite_name": " ".join(filter(None, (person.first_name, person.middle_name))) if person else client,
        "full_name": person.name if person else client,
        "client": client,
        "years": str(day.years) if day.years else "",
        "occasion": day.name,
        "manager": str(by),
        "phone": by.phone,
    }


def written(template: LetterTemplate, day: Celebration, by: Manager) -> tuple[str, str]:
    """Subject and text of the template's letter. Lines that end in nothing but spaces lose them."""
    places = values(day, by)
    text = placeholders.render(template.text, places)
    lines = [line.rstrip() for line in text.splitlines()]
    return " ".join(placeholders.render(template.subject, places).split())[:200], "\n".join(lines).strip()


def mistyped(text: str) -> list[str]:
    """Places in braces that nobody knows."""
    return placeholders.unknown(text, PLACES)
