"""Forms for what begins in an event: who a typed name is, and a client that was spoken of."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.forms import ClientForm
from clients.models import ContactPerson
from crm.web.forms import PageFormHelper
from interactions import participants
from interactions.models import EventParticipant


class LinkForm(forms.Form):
    """The person a name stands for, the likeliest first."""

    person = forms.ModelChoiceField(
        label=_("Contact person"), queryset=None, empty_label=None, widget=forms.RadioSelect, required=True
    )
    everywhere = forms.BooleanField(required=False, initial=True)

    def __init__(self, *args: Any, participant: EventParticipant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        persons = participants.offered(participant)
        likely = participants.likely(participant, persons)
        field, everywhere = self.fields["person"], self.fields["everywhere"]
        field.queryset = ContactPerson.objects.filter(client=participant.event.client_id)
        field.widget.choices = [(person.pk, _described(person)) for person in persons]
        field.initial = likely.pk if likely else None
        new = f"{reverse('event-person', args=[participant.event_id])}?participant={participant.pk}"
        words = gettext("None of them: a new contact person")
        field.help_text = format_html('<a href="{}">{}</a>', new, words)
        number = len(participants.namesakes(participant))
        everywhere.label = ngettext(
            "In the %(count)d event with this name", "In all %(count)d events of the client with this name", number
        ) % {"count": number}
        if number < 2:
            everywhere.widget = forms.HiddenInput()
        self.helper = PageFormHelper()
        self.helper.layout = Layout("person", "everywhere")


def _described(person: ContactPerson) -> str:
    return f"{person}, {person.position}" if person.position else str(person)


class ClientFromEventForm(ClientForm):
    """A new client out of an event."""

    take_along = forms.BooleanField(
        label=_("The event was with this client"),
        required=False,
        help_text=_("It goes to the new client, and counts there."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout.insert(0, "take_along")
