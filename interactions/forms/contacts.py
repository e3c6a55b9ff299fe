"""Registering a contact, and what comes next."""

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Manager
from crm.web.forms import ManyOfField
from interactions import selectors
from interactions.forms.fields import WITH_MENTIONS, DayField, MomentField, RemindField
from interactions.models import (
    Agreement,
    Event,
    EventKind,
    EventStatus,
)
from interactions.next_steps import NextStep


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
        people = self.fields["responsible"].queryset if people is None else people
        # Read once, and only where it is drawn: a select without an empty choice asks for its choices twice.
        self.fields["responsible"].choices = cache(lambda: [(person.pk, str(person)) for person in people])

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
