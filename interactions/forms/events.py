"""An event in full, its promises, and the client it belongs to."""

import json
from typing import Any

from crispy_forms.layout import HTML, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clients.forms import ClientChoiceField
from clients.models import Client, Manager
from crm.web.forms import ManyOfField, PageFormHelper, two_columns
from interactions import selectors
from interactions.forms.fields import WITH_MENTIONS, DayField, MomentField, RemindField
from interactions.models import (
    Agreement,
    Event,
    EventKind,
    EventStatus,
    SalesProcess,
)
from interactions.services import Participants


class EventForm(forms.ModelForm):
    """An event in full. The client is given, the choices are those of this client and this reader."""

    persons = ManyOfField(
        label=_("Contact persons"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    colleagues = ManyOfField(label=_("Colleagues"), queryset=None, required=False)
    names = forms.CharField(
        label=_("Others"),
        required=False,
        max_length=1000,
        help_text=_("Names, separated by commas; they can be linked to persons later."),
    )
    remind_before = RemindField(label=_("Remind"))

    class Meta:
        model = Event
        fields = [
            "kind",
            "status",
            "subject",
            "text",
            "result",
            "occurred_at",
            "ends_at",
            "remind_before",
            "responsible",
            "process",
        ]
        field_classes = {"occurred_at": MomentField, "ends_at": MomentField}
        widgets = {
            "text": forms.Textarea(attrs={"rows": 4, "data-autosize": "", **WITH_MENTIONS}),
            "result": forms.Textarea(attrs={"rows": 2, "data-autosize": "", **WITH_MENTIONS}),
        }

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        client, event = self.instance.client, self.instance
        # Kinds that were switched off, and people who left, stay with the events that have them.
        kinds = EventKind.objects.choosable()
        self.fields["kind"].queryset = kinds | EventKind.objects.filter(pk=event.kind_id, is_system=False)
        self.fields["kind"].empty_label = None
        tell_lengths(self.fields["kind"])
        people = selectors.possible_responsibles(user, client, event.responsible_id)
        self.fields["responsible"].queryset = people
        self.fields["colleagues"].queryset = people.exclude(pk=event.responsible_id)
        sales = SalesProcess.objects.filter(client=client)
        self.fields["process"].queryset = sales.open() | sales.filter(pk=event.process_id)
        self.fields["process"].empty_label = _("none")
        here = self.initial.get("persons", [])
        self.fields["persons"].queryset = selectors.persons_of(client) | client.persons.filter(pk__in=here)
        self.helper = PageFormHelper()
        self.helper.layout = Layout(
            two_columns("kind", "status"),
            two_columns("occurred_at", "ends_at", "remind_before"),
            "subject",
            "text",
            *(["result"] if event.pk else []),
            two_columns("responsible", "process"),
            "persons",
            two_columns("names", "colleagues"),
        )
        if not event.pk:
            self.fields["kind"].widget.attrs["autofocus"] = True
            # What came of it is said when it is finished.
            self.fields["status"].choices = [c for c in EventStatus.choices if c[0] != EventStatus.CANCELLED]
            del self.fields["result"]

    def participants(self) -> Participants:
        """Who took part, as chosen and typed."""
        data = self.cleaned_data
        names = [name.strip() for name in data["names"].split(",") if name.strip()]
        return Participants(persons=list(data["persons"]), managers=list(data["colleagues"]), names=names)


class MoveEventForm(forms.Form):
    """The client an event really belongs to: any client may be named, those one may not work on are refused."""

    client = ClientChoiceField(
        label=_("Client"), help_text=_("Type a few letters of the name, or the INN, and choose from the list.")
    )

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["client"].queryset = Client.objects.known_to(user)
        self.fields["client"].widget.attrs["data-autofocus"] = ""
        self.helper = PageFormHelper()
        self.helper.layout = Layout(HTML('{% include "interactions/_move_note.html" %}'), "client")

    def clean_client(self) -> Client:
        client = self.cleaned_data["client"]
        if not Client.objects.editable_by(self.user).filter(pk=client.pk).exists():
            raise ValidationError(_("%(client)s is not a client you work on."), params={"client": client})
        return client


def tell_lengths(kind: forms.ModelChoiceField) -> None:
    """Let ``length.js`` know how long an event of each kind usually takes."""
    minutes = dict(kind.queryset.values_list("pk", "default_minutes"))
    kind.widget.attrs["data-minutes"] = json.dumps(minutes)


class AgreementForm(forms.ModelForm):
    """One promise."""

    class Meta:
        model = Agreement
        fields = ["side", "text", "due_on", "status"]
        field_classes = {"due_on": DayField}


AgreementFormSet = forms.inlineformset_factory(
    Event, Agreement, form=AgreementForm, extra=1, can_delete=True, max_num=50, validate_max=True
)
