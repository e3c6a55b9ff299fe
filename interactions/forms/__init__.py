"""Forms of events and sales: what is typed, and which choices a reader has. The rules are in the services."""

from interactions.forms.contacts import CancelForm, ContactForm, NextStepForm
from interactions.forms.events import AgreementForm, AgreementFormSet, EventForm, MoveEventForm
from interactions.forms.fields import EARLIEST, LATEST, WITH_MENTIONS, DayField, MomentField, RemindField, read_moment
from interactions.forms.head_comments import HeadCommentForm
from interactions.forms.linking import ClientFromEventForm, LinkForm
from interactions.forms.repeat import FollowingForm, NewEventForm, RepeatForm
from interactions.forms.rows import kept_rows
from interactions.forms.sales import CloseForm, LineForm, LineFormSet, MoveForm, ProcessForm

__all__ = [
    "EARLIEST",
    "LATEST",
    "WITH_MENTIONS",
    "AgreementForm",
    "AgreementFormSet",
    "CancelForm",
    "ClientFromEventForm",
    "CloseForm",
    "ContactForm",
    "DayField",
    "EventForm",
    "FollowingForm",
    "HeadCommentForm",
    "LineForm",
    "LineFormSet",
    "LinkForm",
    "MomentField",
    "MoveEventForm",
    "MoveForm",
    "NewEventForm",
    "NextStepForm",
    "ProcessForm",
    "RemindField",
    "RepeatForm",
    "kept_rows",
    "read_moment",
]
