"""Help: the colours, the commonest actions, the rules in force, who sees what, the keys, the words."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import rulebook
from clients.help_topics import GLOSSARY, HOW_TO, WHO_SEES, HowTo, Words
from clients.policies import policy_book
from clients.rules.zones import Thresholds
from crm.web.views import Access, PageView

#: Width of the picture of the colours, and what of it belongs to the exchange.
_WIDTH, _EXCHANGE = 640, 130


@dataclass(frozen=True, slots=True)
class Band:
    """One colour in the picture: from where, how wide."""

    zone: str
    x: int
    width: int

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


def bands(months: Thresholds) -> list[Band]:
    """The colours of a client's life, as wide as they are long; narrow ones as wide as their word."""
    lengths = [months.yellow_months, months.red_months - months.yellow_months, months.detach_months - months.red_months]
    least = 80
    spare = _WIDTH - _EXCHANGE - least * len(lengths)
    shown, x = [], 0
    for zone, length in zip(("green", "yellow", "red"), lengths, strict=True):
        width = least + spare * length // sum(lengths)
        shown.append(Band(zone, x, width))
        x += width
    return [*shown, Band("exchange", x, _WIDTH - x)]


@dataclass(frozen=True, slots=True)
class ValueInForce:
    """A rule and its number in words."""

    name: Words
    value: str
    key: str


def rules_in_force() -> list[tuple[Words, list[ValueInForce]]]:
    """Every rule with its number, by group. One query."""
    values = rulebook.load()
    groups = []
    for key, name in rulebook.GROUPS.items():
        mine = [rule for rule in rulebook.all_rules() if rule.group == key]
        if mine:
            groups.append((name, [ValueInForce(rule.name, _in_words(rule, values[rule.key]), key) for rule in mine]))
    return groups


def _in_words(rule: rulebook.Rule, value: int | None) -> str:
    if value is None:
        return gettext("switched off")
    return str(rule.unit.words % {"count": value}) if rule.unit else gettext("on")


def _how_to(topic: HowTo) -> tuple[HowTo, str]:
    return topic, reverse(topic.url_name) + topic.query


class HelpPage(PageView):
    """The help page."""

    access = Access.SALES
    title = _("Help")
    template_name = "clients/help.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        department = self.request.user.department
        path = [int(pk) for pk in department.path.split("/") if pk] if department else []
        months = policy_book().choose(path, "").thresholds
        return super().get_context_data(
            months=months,
            bands=bands(months),
            how_to=[_how_to(topic) for topic in HOW_TO],
            rules=rules_in_force(),
            who_sees=WHO_SEES,
            glossary=GLOSSARY,
            **kwargs,
        )
