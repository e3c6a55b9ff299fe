"""Forms of merging two clients."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients import custom_fields
from clients.forms.links import ClientChoiceField, client_words
from clients.merging import Side, alike_persons, facts
from clients.models import Client

#: The facts that are compared, in this order; those nobody filled in are left out.
COMPARED = (
    "name", "full_name", "kind", "inn", "category", "industry", "source", "country", "region", "city", "address",
    "time_zone", "website", "birthday", "founded_year", "employees", "annual_revenue", "bank_account", "profile",
    "preferences", "potential", "decision_making", "notes",
)  # fmt: skip
BOTH = "both"


class MergeForm(forms.Form):
    """The other row of the same client."""

    other = ClientChoiceField(
        label=_("The other one"), help_text=_("Type a few letters of the name, or the INN, and choose from the list.")
    )

    def __init__(self, *args: Any, clients: QuerySet[Client], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = clients
        self.fields["other"].widget.attrs["data-autofocus"] = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of the comparison: what each of the two says of one fact.

    Attributes:
        key: what the choice is called where the merge is done.
        joined: both texts, one after the other; None where that makes no sense.
        default: whose value stays where nobody chooses ("keep" is the first one).
    """

    key: str
    label: str | Promise
    one: Any
    other: Any
    default: Side = Side.KEEP
    joined: str | None = None

    @property
    def differs(self) -> bool:
        return self.one != self.other

    @property
    def conflicts(self) -> bool:
        """Both say something, and not the same."""
        return bool(self.one and self.other and self.differs)

    @property
    def name(self) -> str:
        """Of the form's field."""
        return "fact_" + self.key.replace(":", "_")


def compared(one: Client, other: Client) -> list[Fact]:
    """The facts of which at least one of the two says something; defaults are for ``one`` to stay."""
    rows = [_fact(name, one, other) for name in COMPARED]
    for field in custom_fields.active():
        ours, theirs = (
            custom_fields.words(field, client.custom[field.key]) if field.key in client.custom else ""
            for client in (one, other)
        )
        default = Side.KEEP if field.key in one.custom else Side.DROP
        rows.append(Fact(facts.CUSTOM + field.key, str(field), ours, theirs, default))
    return [row for row in rows if row.one or row.other]


def _fact(name: str, one: Client, other: Client) -> Fact:
    group = facts.TOGETHER.get(name, (name,))
    label = ", ".join(str(Client._meta.get_field(part).verbose_name) for part in group)  # type: ignore[union-attr]
    if len(group) > 1:
        ours, theirs = (" · ".join(filter(None, (getattr(client, part) for part in group))) for client in (one, other))
        default = Side.DROP if not getattr(one, name) and getattr(other, name) else Side.KEEP
        return Fact(name, label, ours, theirs, default)
    both = facts.joined(Client._meta.get_field(name), one, other)  # type: ignore[arg-type]
    return Fact(name, label, _shown(one, name), _shown(other, name), facts.rule(name, one, other), both)


def _shown(client: Client, name: str) -> Any:
    display = getattr(client, f"get_{name}_display", None)
    value = display() if display else getattr(client, name)
    return str(value) if isinstance(value, Model) else value


class CompareForm(forms.Form):
    """Which of the two stays, and whose value each fact gets. One without a lead manager never swallows one that has
    one. Choices name the client, not its part, so that they mean the same whichever stays."""

    keep = forms.ChoiceField(label=_("Which one stays"), widget=forms.RadioSelect)
    persons = forms.MultipleChoiceField(
        label=_("These are one person each"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, pair: tuple[Client, Client], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        may_stay = [client for client in pair if client.is_held] or list(pair)
        #: The one that stays unless told otherwise comes first.
        self.pair = pair if pair[0] in may_stay else (pair[1], pair[0])
        one, other = self.pair
        self.facts = compared(one, other)
        self._choices("keep", [(str(client.pk), client_words(client)) for client in may_stay], str(one.pk))
        sides = {Side.KEEP: str(one.pk), Side.DROP: str(other.pk), Side.BOTH: BOTH}
        for fact in self.facts:
            if fact.differs:
                self.fields[fact.name] = forms.ChoiceField(required=False, label=fact.label)
                both = [(BOTH, _("both"))] if fact.joined else []
                self._choices(fact.name, [(str(one.pk), one.name), (str(other.pk), other.name), *both])
                self.fields[fact.name].initial = sides[fact.default]
        alike = [(f"{mine.pk}-{theirs.pk}", str(mine)) for mine, theirs in alike_persons(one, other)]
        self._choices("persons", alike, [key for key, _name in alike])
        if not alike:
            del self.fields["persons"]

    def _choices(self, name: str, choices: list[tuple[str, Any]], initial: Any = None) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices, field.initial = choices, initial

    def clean(self) -> dict[str, Any]:
        if self.pair[0].pk == self.pair[1].pk:
            raise ValidationError(_("A client cannot be merged with itself."))
        return super().clean() or {}

    @property
    def rows(self) -> Iterator[tuple[Fact, str]]:
        """Each fact with what is chosen of it, for the table."""
        for fact in self.facts:
            yield fact, str(self[fact.name].value()) if fact.differs else ""

    def sides(self) -> tuple[Client, Client]:
        """The one that stays and the one that goes."""
        one, other = self.pair
        return (one, other) if self.cleaned_data["keep"] == str(one.pk) else (other, one)

    def chosen(self) -> dict[str, Side]:
        """Whose value each fact gets."""
        keep, drop = self.sides()
        sides = {str(keep.pk): Side.KEEP, str(drop.pk): Side.DROP, BOTH: Side.BOTH}
        named = {fact.key: self.cleaned_data.get(fact.name, "") for fact in self.facts}
        return {key: sides[value] for key, value in named.items() if value}

    def same_persons(self) -> list[tuple[int, int]]:
        """Entries of one person: (at the one that stays, at the one that goes)."""
        turned = -1 if self.sides()[0] == self.pair[1] else 1
        return [
            tuple(int(pk) for pk in key.split("-"))[::turned]  # type: ignore[misc]
            for key in self.cleaned_data.get("persons", [])
        ]
