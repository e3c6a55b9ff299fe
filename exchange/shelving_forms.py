"""Forms of setting clients aside and of writing down that one called; the filter of those set aside."""

import datetime as dt
from typing import Any

import django_filters
from crispy_forms.layout import HTML, Layout
from django import forms
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.filter_choices import manager_choices
from clients.models import Client, ContactPerson, Manager
from crm import clock
from crm.web.forms import PageFormHelper, two_columns
from crm.web.text import fold
from interactions.forms import DayField, MomentField
from interactions.models import Direction, EventKind


class ReasonForm(forms.Form):
    """Why a client is set aside."""

    reason = forms.CharField(label=_("Why"), max_length=300, help_text=_("Everybody in sales can read it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.attrs["data-autofocus"] = ""
        self.helper = PageFormHelper()
        self.helper.layout = Layout(HTML('{% include "exchange/_shelving_note.html" %}'), "reason")


class QuarantineForm(ReasonForm):
    """Until when nobody may contact a client, and why."""

    until = DayField(label=_("Do not contact until, inclusive"))

    def __init__(self, *args: Any, first: dt.date, last: dt.date | None, **kwargs: Any) -> None:
        """``first``, ``last``: what the rule allows today; no last day where it is switched off."""
        super().__init__(*args, **kwargs)
        until = self.fields["until"]
        until.widget.attrs["min"] = first.isoformat()
        if last is not None:
            until.widget.attrs["max"] = last.isoformat()
            until.help_text = gettext("At most until %(date)s.") % {"date": date_format(last, "DATE_FORMAT")}
        self.helper.layout = Layout(HTML('{% include "exchange/_shelving_note.html" %}'), "until", "reason")


class InboundForm(forms.Form):
    """A client of the exchange called or wrote."""

    kind = forms.ModelChoiceField(
        label=_("How it got in touch"),
        queryset=EventKind.objects.choosable().filter(direction=Direction.INCOMING),
        empty_label=None,
    )
    occurred_at = MomentField(label=_("When"), required=False, help_text=_("Empty: now."))
    subject = forms.CharField(label=_("What the client wanted"), max_length=255, help_text=_("In one line."))
    person = forms.ModelChoiceField(
        label=_("Who called"), queryset=ContactPerson.objects.none(), required=False, empty_label=_("somebody else")
    )
    name = forms.CharField(label=_("Or a name"), max_length=200, required=False)

    def __init__(self, *args: Any, client: Client, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Claimed in this very moment it may be nobody's to read any more, and its persons are not named.
        persons = ContactPerson.objects.visible_to(user).filter(client=client, is_active=True)
        self.fields["person"].queryset = persons  # type: ignore[attr-defined]
        self.fields["subject"].widget.attrs["data-autofocus"] = ""
        self.helper = PageFormHelper()
        self.helper.layout = Layout(
            HTML('{% include "exchange/_inbound_note.html" %}'),
            two_columns("kind", "occurred_at"),
            "subject",
            two_columns("person", "name"),
        )

    def clean_occurred_at(self) -> dt.datetime | None:
        when = self.cleaned_data["occurred_at"]
        if when and when > clock.now():
            raise forms.ValidationError(_("What is done cannot lie in the future."))
        return when


class ShelfFilter(django_filters.FilterSet):
    """What is set aside, by name and by who held it. The tab is kept when a filter changes."""

    kind = django_filters.CharFilter(method="ignore", widget=forms.HiddenInput)
    q = django_filters.CharFilter(label=_("Name"), method="by_text", widget=forms.SearchInput)
    manager = django_filters.ChoiceFilter(label=_("Last manager"), field_name="last_manager_id", empty_label=_("Any"))

    class Meta:
        model = Client
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["manager"].field.choices = manager_choices(Manager.objects.all(), chosen=self.data.get("manager"))

    def ignore(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """The view knows what it means."""
        return rows

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(search_name__contains=fold(value))
