"""Forms of events and sales: what is typed, and which choices a reader has. The rules are in the services."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from crispy_forms.layout import HTML, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.models import BaseInlineFormSet
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from clients.forms import ClientChoiceField
from clients.models import Client, Manager
from crm.web.forms import REMINDERS, DateInput, DateTimeInput, ManyOfField, PageFormHelper, two_columns
from interactions import selectors
from interactions.models import (
    Agreement,
    Event,
    EventKind,
    EventStatus,
    LossReason,
    ProcessKind,
    ProcessLine,
    Product,
    SalesProcess,
    Stage,
)
from interactions.next_steps import NextStep
from interactions.rules.reminders import NEVER
from interactions.services import Participants

# What a slipped key makes of a year ("0226", "20261") is no date of a contact, and overflows in other time zones.
EARLIEST, LATEST = dt.date(1950, 1, 1), dt.date(2150, 1, 1)
_FAR = _("Look at the year: this date cannot be meant.")


class DayField(forms.DateField):
    """A date within living memory."""

    widget = DateInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators += [MinValueValidator(EARLIEST, _FAR), MaxValueValidator(LATEST, _FAR)]


class MomentField(forms.DateTimeField):
    """A date and time in the reader's time zone, within living memory."""

    widget = DateTimeInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators += [_within_memory]

    def to_python(self, value: Any) -> dt.datetime | None:
        try:
            return super().to_python(value)
        except OverflowError as error:
            raise ValidationError(_FAR) from error


class RemindField(forms.TypedChoiceField):
    """How long before it one is reminded of a plan; empty: as in the responsible's preferences."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", _("Remind as usual")), (NEVER, _("Do not remind")), *REMINDERS]
        super().__init__(choices=choices, coerce=int, empty_value=None, required=False, **kwargs)


#: A text in which colleagues may be named: "@anna".
WITH_MENTIONS = {"data-mentions": reverse_lazy("mention-suggest")}


def _within_memory(value: dt.datetime) -> None:
    if not EARLIEST <= value.date() <= LATEST:
        raise ValidationError(_FAR)


class NextStepForm(forms.Form):
    """The last part of a contact: what next, and when? Asked, never forced."""

    next_kind = forms.ModelChoiceField(
        label=_("What next"), queryset=EventKind.objects.choosable(), required=False, empty_label=None
    )
    next_at = MomentField(label=_("When"), required=False)
    next_subject = forms.CharField(label=_("About what"), max_length=255, required=False)
    next_remind = RemindField(label=_("Remind"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("next_subject") and not cleaned.get("next_at") and "next_at" not in self.errors:
            self.add_error("next_at", _("Say when the next step is."))
        return cleaned

    def next_step(self) -> NextStep | None:
        """What was asked to be planned; None when no time was given."""
        if not (at := self.cleaned_data.get("next_at")):
            return None
        kind = self.cleaned_data.get("next_kind") or EventKind.objects.choosable().first()
        subject, remind = self.cleaned_data.get("next_subject", ""), self.cleaned_data.get("next_remind")
        return NextStep(kind=kind, at=at, subject=subject, remind_before=remind) if kind else None


class ContactForm(NextStepForm):
    """The register box: a done event now, by me, unless something else is said."""

    kind = forms.ModelChoiceField(
        label=_("What it was"),
        queryset=EventKind.objects.choosable(),
        error_messages={"required": _("Say what it was.")},
    )
    text = forms.CharField(
        label=_("What was said and agreed"),
        max_length=20000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-autosize": "", "data-autofocus": "", **WITH_MENTIONS}),
    )
    subject = forms.CharField(label=_("Subject"), max_length=255, required=False)
    occurred_at = MomentField(label=_("When"), required=False, help_text=_("Empty: now."))
    persons = ManyOfField(label=_("With whom"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple)
    responsible = forms.ModelChoiceField(label=_("Responsible"), queryset=None, required=False, empty_label=None)
    process = forms.ModelChoiceField(label=_("Sale"), queryset=None, required=False, empty_label=_("none"))
    agreement_side = forms.ChoiceField(label=_("Who promised"), choices=Agreement.Side, required=False)
    agreement_text = forms.CharField(label=_("What was agreed"), max_length=500, required=False)
    agreement_due = DayField(label=_("Due"), required=False)

    def __init__(
        self, *args: Any, client: Client, user: Manager, people: Iterable[Manager] | None = None, **kwargs: Any
    ) -> None:
        """``people``: those who may be responsible, where they are known already."""
        super().__init__(*args, **kwargs)
        self.client, self.user = client, user
        self.fields["persons"].queryset = selectors.persons_of(client)
        self.fields["responsible"].queryset = selectors.possible_responsibles(user, client)
        self.fields["process"].queryset = selectors.open_sales_of(client)
        self.fields["responsible"].initial = user.pk
        # Read once: a select without an empty choice asks for its choices twice.
        people = self.fields["responsible"].queryset if people is None else people
        self.fields["responsible"].choices = [(person.pk, str(person)) for person in people]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("agreement_due") and not cleaned.get("agreement_text"):
            self.add_error("agreement_text", _("Say what was agreed."))
        return cleaned

    def event(self, now: dt.datetime) -> Event:
        """The event as typed, unsaved."""
        data = self.cleaned_data
        return Event(
            client=self.client,
            kind=data["kind"],
            status=EventStatus.DONE,
            subject=data["subject"],
            text=data["text"],
            occurred_at=data["occurred_at"] or now,
            responsible=data["responsible"] or self.user,
            process=data["process"],
        )

    def agreements(self) -> list[Agreement]:
        """The promise as typed, unsaved."""
        data = self.cleaned_data
        if not data["agreement_text"]:
            return []
        side = data["agreement_side"] or Agreement.Side.WE
        return [Agreement(side=side, text=data["agreement_text"], due_on=data["agreement_due"])]


class CancelForm(forms.Form):
    """Why a planned event does not take place; may stay empty."""

    result = forms.CharField(label=_("Why"), max_length=20000, required=False)


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


class AgreementForm(forms.ModelForm):
    """One promise."""

    class Meta:
        model = Agreement
        fields = ["side", "text", "due_on", "status"]
        field_classes = {"due_on": DayField}


class LineForm(forms.ModelForm):
    """One product of a sale."""

    class Meta:
        model = ProcessLine
        fields = ["product", "quantity", "price"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        products = Product.objects.filter(is_active=True) | Product.objects.filter(pk=self.instance.product_id)
        self.fields["product"].queryset = products
        self.fields["product"].empty_label = "–"


AgreementFormSet = forms.inlineformset_factory(
    Event, Agreement, form=AgreementForm, extra=1, can_delete=True, max_num=50, validate_max=True
)
LineFormSet = forms.inlineformset_factory(
    SalesProcess, ProcessLine, form=LineForm, extra=3, can_delete=True, max_num=100, validate_max=True
)


def kept_rows(formset: BaseInlineFormSet) -> list[Any]:
    """The rows of a valid formset that are to be: those already there and those filled in, without the deleted."""
    gone = set(map(id, formset.deleted_forms))
    return [
        form.instance for form in formset.forms if id(form) not in gone and (form.instance.pk or form.has_changed())
    ]


class ProcessForm(forms.ModelForm):
    """A sale. Kind and stage are chosen when it is opened; afterwards the stage has its own buttons."""

    class Meta:
        model = SalesProcess
        fields = [
            "title",
            "kind",
            "stage",
            "amount",
            "source",
            "started_on",
            "expected_close_on",
            "responsible",
            "comment",
        ]
        field_classes = {"started_on": DayField, "expected_close_on": DayField}
        widgets = {"comment": forms.Textarea(attrs={"rows": 3, "data-autosize": "", **WITH_MENTIONS})}

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        process = self.instance
        self.fields["title"].widget.attrs["data-autofocus"] = ""
        self.fields["responsible"].queryset = selectors.possible_responsibles(
            user, process.client, process.responsible_id
        )
        rows = [
            two_columns("amount", "source"),
            two_columns("started_on", "expected_close_on"),
            "responsible",
            "comment",
        ]
        if process.pk:
            del self.fields["kind"], self.fields["stage"]
        else:
            self.fields["kind"].queryset = ProcessKind.objects.filter(is_active=True)
            self.fields["kind"].empty_label = None
            self.fields["stage"].help_text = _("Empty: the first stage of the kind.")
            _choose_by_kind(self.fields["stage"], self.fields["kind"].queryset)
            rows.insert(0, two_columns("kind", "stage"))
        self.helper = PageFormHelper()
        self.helper.layout = Layout("title", *rows)


def _choose_by_kind(field: Any, kinds: Iterable[ProcessKind]) -> None:
    """A list of stages under the names of their kinds, so that it can be chosen without JavaScript too."""
    groups: dict[int, tuple[Any, list[tuple[int, str]]]] = {kind.pk: (kind, []) for kind in kinds}
    for stage in field.queryset.order_by("position"):
        if stage.process_kind_id in groups:
            groups[stage.process_kind_id][1].append((stage.pk, str(stage)))
    field.choices = [("", _("the first stage")), *((str(kind), stages) for kind, stages in groups.values() if stages)]


class MoveForm(forms.Form):
    """To which stage. Any stage is understood here; whether it is one of this sale the service says."""

    stage = forms.ModelChoiceField(queryset=Stage.objects.all())


class CloseForm(forms.Form):
    """How and when a sale ended."""

    outcome = forms.ChoiceField(
        label=_("How it ended"), choices=[("won", _("won")), ("lost", _("lost"))], widget=forms.RadioSelect
    )
    closed_on = DayField(label=_("When"), required=False, help_text=_("Empty: today."))
    loss_reason = forms.ModelChoiceField(
        label=_("Why lost"),
        queryset=LossReason.objects.filter(is_active=True),
        required=False,
        help_text=_("Needed when the sale is lost."),
    )
    comment = forms.CharField(
        label=_("Comment"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-autosize": "", "data-autofocus": ""}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = PageFormHelper()
        self.helper.layout = Layout("outcome", two_columns("closed_on", "loss_reason"), "comment")
