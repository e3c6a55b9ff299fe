"""The rules of the product that a company may tune: declared in code, changed by an administrator.

Each app declares its rules with :func:`register` when it is loaded (``<app>/rulebook.py``, imported in
``AppConfig.ready()``); the table ``RuleSetting`` holds only what was changed. The page "Rules", Django admin and
docs/rules.md all follow from the declarations.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from crm.web.once import know as once_known
from crm.web.once import once

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Unit:
    """What a rule's number counts. ``name`` as in "1 to 20 days"; ``words`` is a lazy plural with ``%(count)d``."""

    key: str
    name: Words
    words: Any


DAYS = Unit("days", pgettext_lazy("unit", "days"), ngettext_lazy("%(count)d day", "%(count)d days", "count"))
HOURS = Unit("hours", pgettext_lazy("unit", "hours"), ngettext_lazy("%(count)d hour", "%(count)d hours", "count"))
MINUTES = Unit(
    "minutes", pgettext_lazy("unit", "minutes"), ngettext_lazy("%(count)d minute", "%(count)d minutes", "count")
)
SIGNS = Unit(
    "signs", pgettext_lazy("unit", "characters"), ngettext_lazy("%(count)d character", "%(count)d characters", "count")
)
TIMES = Unit("times", pgettext_lazy("unit", "times"), ngettext_lazy("%(count)d time", "%(count)d times", "count"))
CLIENTS = Unit(
    "clients", pgettext_lazy("unit", "clients"), ngettext_lazy("%(count)d client", "%(count)d clients", "count")
)
PERCENT = Unit("percent", pgettext_lazy("unit", "per cent"), ngettext_lazy("%(count)d %%", "%(count)d %%", "count"))


@dataclass(frozen=True, slots=True)
class Rule:
    """One tunable rule.

    Attributes:
        key: its name for programs, "hold.plan_days"; the part before the dot is its group.
        name: what it is called.
        explanation: what it does, in words a head of department understands; "%(value)s" stands for the number with
            its unit.
        unit: what ``default`` counts; None for a rule that is only on or off.
        default: the number, when nobody changed it.
        minimum, maximum: what an administrator may choose.
        switchable: whether it can be switched off.
        on: whether it is on when nobody changed it.
        redates: whether a change moves the dates of clients, so that all of them must be computed anew.
    """

    key: str
    name: Words
    explanation: Words
    unit: Unit | None = None
    default: int = 0
    minimum: int = 0
    maximum: int = 1000
    switchable: bool = True
    on: bool = True
    redates: bool = False

    @property
    def group(self) -> str:
        return self.key.partition(".")[0]


#: The groups in the order of the page, with their headings.
GROUPS: dict[str, Words] = {
    "contact": _("What counts as a contact"),
    "team": _("Working on one client together"),
    "freeze": _("Absences and holidays"),
    "hold": _("What holds a client"),
    "warn": _("Warnings"),
    "night": _("The nightly run"),
    "undo": pgettext_lazy("rule", "Undo"),
    "claim": _("Claiming from the exchange"),
    "return": _("Giving back"),
    "market": _("The exchange itself"),
    "signal": _("Signals for the head"),
    "control": _("The head's control"),
    "help": _("Who needs the head's help"),
}

_rules: dict[str, Rule] = {}


def register(*rules: Rule) -> None:
    """Declare rules. Declaring the same key again replaces it (the autoreloader of the development server).

    Raises:
        ValueError: the default is out of its own limits, or the group is unknown.
    """
    for rule in rules:
        if rule.group not in GROUPS:
            raise ValueError(f"rule {rule.key}: no such group")
        if rule.unit and not rule.minimum <= rule.default <= rule.maximum:
            raise ValueError(f"rule {rule.key}: the default is out of its limits")
        _rules[rule.key] = rule


def all_rules() -> list[Rule]:
    """Every declared rule, by group, in the order of declaration."""
    order = list(GROUPS)
    return sorted(_rules.values(), key=lambda rule: order.index(rule.group))


def rule(key: str) -> Rule:
    """The rule of a key.

    Raises:
        KeyError: nobody declared it.
    """
    return _rules[key]


class RuleValues:
    """The values in force, read at once. ``values["hold.plan_days"]`` is the number, None when it is switched off."""

    def __init__(self, stored: Mapping[str, tuple[bool, int]]) -> None:
        self._stored = stored

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleValues) and self._stored == other._stored

    def __hash__(self) -> int:
        return hash(frozenset(self._stored.items()))

    def __getitem__(self, key: str) -> int | None:
        known = _rules[key]
        is_on, value = self._stored.get(key, (known.on, known.default))
        if known.switchable and not is_on:
            return None
        return value

    def is_on(self, key: str) -> bool:
        return self[key] is not None

    def number(self, key: str) -> int:
        """The number of a rule that cannot be switched off, or is known to be on.

        Raises:
            ValueError: it is switched off.
        """
        value = self[key]
        if value is None:
            raise ValueError(f"{key} is switched off")
        return value


Facts = Callable[[], Mapping[str, Any]]
_notes: dict[str, tuple[str, Facts]] = {}


def register_note(group: str, template: str, facts: Facts) -> None:
    """What stands under a group's rules on the page and is no rule of a number: a template with what it needs."""
    _notes[group] = (template, facts)


def note_of(group: str) -> tuple[str, Facts] | None:
    """The note of a group, if an app registered one."""
    return _notes.get(group)


def load() -> RuleValues:
    """The values in force now. One small query, once a page that is read; whoever writes reads them anew."""
    return once("rules", _load)


def know(settings: Iterable[Any]) -> None:
    """Take over what was changed, read with something else."""
    once_known("rules", _values(settings))


def _load() -> RuleValues:
    from clients.models import RuleSetting  # the models of the apps declare rules while they are loaded

    return _values(RuleSetting.objects.only("key", "is_on", "value"))


def _values(settings: Iterable[Any]) -> RuleValues:
    return RuleValues({setting.key: (setting.is_on, setting.value) for setting in settings})


def explained(rule: Rule, value: int | None) -> str:
    """The explanation with the number in force; the bare default when it is switched off."""
    number = rule.default if value is None else value
    words = rule.unit.words % {"count": number} if rule.unit else ""
    return str(rule.explanation) % {"value": words}


FREEZE_ABSENCES = "freeze.absences"
FREEZE_HOLIDAYS = "freeze.holiday_days"
FREEZE_LIMIT = "freeze.limit_days"

register(
    Rule(
        key=FREEZE_ABSENCES,
        name=_("Absences stop the clock"),
        explanation=_("Days on which the lead manager is away, approved by the head, do not count against a client."),
        redates=True,
    ),
    Rule(
        key=FREEZE_HOLIDAYS,
        name=_("Holidays stop the clock"),
        explanation=_(
            "Public holidays and days of the company do not count, when they last %(value)s or more in a row; a "
            "weekend between two holidays belongs to the row."
        ),
        unit=DAYS,
        default=3,
        minimum=1,
        maximum=30,
        redates=True,
    ),
    Rule(
        key=FREEZE_LIMIT,
        name=_("Limit of stopping"),
        explanation=_(
            "For one client the clock stands still for at most %(value)s in a calendar year, whatever the reasons."
        ),
        unit=DAYS,
        default=60,
        minimum=1,
        maximum=366,
        redates=True,
    ),
)
