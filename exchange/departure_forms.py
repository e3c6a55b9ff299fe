"""The form of a departure: what becomes of the clients of who leaves."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm.web.forms import ManyOfField
from crm.web.tags.times import on_day
from exchange.departures import HAND, RELEASE, SPREAD, Choice, Way, away_until, held_by, receivers_of

#: Fields whose values say what becomes of a colour.
ZONE_FIELDS = {"green": "zone_green", "yellow": "zone_yellow", "red": "zone_red"}


class DepartureForm(forms.Form):
    """A way for all; ways for a colour; single decisions (``exceptions``: "12:m7 15:release"), made on the list."""

    how = forms.ChoiceField(
        label=_("For all of them"),
        widget=forms.RadioSelect,
        choices=[
            (HAND, _("Hand them over to one colleague")),
            (SPREAD, _("Spread them evenly")),
            (RELEASE, _("Release them to the exchange")),
        ],
    )
    to = forms.ChoiceField(label=_("To whom"), required=False)
    among = ManyOfField(
        Manager.objects.none(),
        label=_("Among whom"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Who has the fewest gets the most, and everybody his share of every colour."),
    )
    zone_green = forms.ChoiceField(label=_("Green clients"), required=False)
    zone_yellow = forms.ChoiceField(label=_("Yellow clients"), required=False)
    zone_red = forms.ChoiceField(label=_("Red clients"), required=False)
    exceptions = forms.CharField(required=False, widget=forms.HiddenInput)
    mark = forms.ChoiceField(label=_("The marked ones"), required=False)
    comment = forms.CharField(
        label=_("Comment"),
        max_length=300,
        required=False,
        help_text=_("Stands with every client that goes to the exchange. Everybody in sales can read it."),
    )
    deactivate = forms.BooleanField(label=_("Switch the sign-in off"), required=False)

    def __init__(
        self,
        *args: Any,
        leaver: Manager,
        by: Manager,
        day: Any,
        colours: Sequence[str],
        may_switch: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        people = receivers_of(by, leaver).select_related("department")
        self.people = list(people.order_by("department__path", "last_name", "first_name", "pk"))
        self.away = away_until([person.pk for person in self.people], day)
        self.held = held_by(person.pk for person in self.people)
        near = [person for person in self.people if person.department_id == leaver.department_id]
        self.colleagues = [person for person in near if person.pk not in self.away and person.role == "salesperson"]
        hand = [(f"m{person.pk}", self.words(person)) for person in self.people]
        ways = [(SPREAD, _("spread")), (RELEASE, _("release")), (_("hand over to"), hand)]
        self._choices("to", [("", _("choose a colleague")), *hand])
        for zone, name in ZONE_FIELDS.items():
            self._choices(name, [("", _("as above")), *ways])
            if zone not in colours:
                del self.fields[name]
        self._choices("mark", [("", _("as decided above")), *ways])
        self.fields["among"].queryset = people  # type: ignore[attr-defined]
        present = [person for person in self.people if person.pk not in self.away]
        self.fields["among"].choices = [(person.pk, self.words(person)) for person in present]  # type: ignore[attr-defined]
        if not may_switch:
            del self.fields["deactivate"]

    def _choices(self, name: str, choices: Sequence[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def words(self, person: Manager) -> str:
        """Name, department, how many clients he has, and until when he is away."""
        number = self.held[person.pk]
        held = ngettext("%(number)d client", "%(number)d clients", number) % {"number": number}
        words = f"{person} · {person.department} · {held}"
        if until := self.away.get(person.pk):
            words += " · " + gettext("away until %(day)s") % {"day": on_day(until)}
        return words

    @classmethod
    def from_posted(cls, data: Any, **kwargs: Any) -> "DepartureForm":
        """The form with what was typed so far, without asking whether it is complete."""
        initial = {name: data.getlist(name) if name == "among" else data.get(name, "") for name in cls.base_fields} | {
            "deactivate": "deactivate" in data
        }
        return cls(initial=initial, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        codes = [cleaned.get(name) for name in ZONE_FIELDS.values()]
        ways = [cleaned.get("how"), *codes, *(way.how for way in exceptions_of(cleaned.get("exceptions", "")).values())]
        if cleaned.get("how") == HAND and not cleaned.get("to") and "to" not in self.errors:
            self.add_error("to", ValidationError(_("Choose a colleague.")))
        if SPREAD in ways and not cleaned.get("among") and "among" not in self.errors:
            self.add_error("among", ValidationError(_("Choose among whom: people who are here today.")))
        return cleaned

    def choice(self) -> Choice:
        """What is decided, of a valid form."""
        cleaned = self.cleaned_data
        default = Way.of(cleaned["to"]) if cleaned["how"] == HAND else Way(cleaned["how"])
        assert default is not None, "the choices say so"
        zones = {zone: Way.of(cleaned.get(name) or "") for zone, name in ZONE_FIELDS.items()}
        return Choice(
            default=default,
            zones={zone: way for zone, way in zones.items() if way},
            clients=exceptions_of(cleaned["exceptions"]),
            among=[person.pk for person in cleaned["among"]],
        )


def exceptions_of(text: str) -> dict[int, Way]:
    """The single decisions in their hidden field; what cannot be understood is none."""
    found = {}
    for part in text.split():
        client, _colon, code = part.partition(":")
        way = Way.of(code)
        if way and client.isascii() and client.isdecimal() and len(client) <= 18:
            found[int(client)] = way
    return found


def exceptions_text(exceptions: Mapping[int, Way]) -> str:
    return " ".join(f"{client}:{way.code}" for client, way in sorted(exceptions.items()))
