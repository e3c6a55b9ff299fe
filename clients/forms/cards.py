"""Forms of a client and its contact persons, with their phones and e-mails.

What they refuse by themselves is a matter of form; rules are in models and services.
"""

from typing import Any

from crispy_forms.layout import HTML, Div, Fieldset, Layout
from django import forms
from django.db.models import QuerySet
from django.forms import BaseModelFormSet, modelformset_factory
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clients import contact_privacy, custom_fields, duplicates
from clients.forms.choices import limit_choices
from clients.models import (
    Client,
    ClientKind,
    ContactPerson,
    ContactPoint,
    Manager,
)
from clients.rules import identifiers
from clients.validators import validate_account, validate_bik, validate_inn, validate_kpp, validate_ogrn
from crm.web import timezones
from crm.web.forms import DateInput, PageFormHelper, two_columns


class IdentifierField(forms.CharField):
    """An INN, KPP, OGRN … typed with spaces and dashes; its compact form is the value."""

    def __init__(self, *, rule: Any, validator: Any, **kwargs: Any) -> None:
        self.rule = rule
        super().__init__(required=False, validators=[validator], max_length=60, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        try:
            return self.rule(text) if text else ""
        except ValueError:
            return text


class Fold(Div):
    """A part of a form that is folded until it is needed, or until one of its fields has a value or an error."""

    template = "clients/_form_fold.html"

    def __init__(self, legend: str | Promise, *fields: Any, is_open: bool = False) -> None:
        self.legend, self.is_open = legend, is_open
        super().__init__(*fields)


class ContactPointForm(forms.ModelForm):
    """One phone or e-mail: an "@" says which."""

    class Meta:
        model = ContactPoint
        fields = ["value", "comment", "is_primary"]
        labels = {"is_primary": _("main")}
        widgets = {
            "value": forms.TextInput(attrs={"placeholder": _("Phone or e-mail"), "autocomplete": "off"}),
            "comment": forms.TextInput(attrs={"placeholder": _("Comment"), "autocomplete": "off"}),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        is_email = "@" in data.get("value", "")
        self.instance.kind = ContactPoint.Kind.EMAIL if is_email else ContactPoint.Kind.PHONE
        return data


class BaseContactPointFormSet(BaseModelFormSet):
    """The phones and e-mails of one client or person, saved by the service of their owner."""

    #: There are some, but the reader has to ask for them first.
    are_hidden = False

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            if form in self.deleted_forms or not (form.has_changed() or form.instance.pk):
                continue
            normalized = form.instance.normalized
            if normalized and normalized in seen:
                form.add_error("value", _("This phone or e-mail is already here."))
            seen.add(normalized)

    def typed(self) -> list[str]:
        """The values as they were typed, those to be removed left out."""
        removed = self.deleted_forms if self.is_bound else []
        return [
            form.cleaned_data["value"]
            for form in self.forms
            if form not in removed and getattr(form, "cleaned_data", {}).get("value")
        ]

    def to_save(self) -> tuple[list[ContactPoint], list[ContactPoint]]:
        """(new and changed, removed), not saved yet."""
        changed = self.save(commit=False)
        # A row somebody else removed meanwhile (or a made-up number): what was typed is kept, as a new one.
        lost = [form for form in self.initial_forms if form.instance.pk is None and form not in self.deleted_forms]
        return [*changed, *(form.instance for form in lost)], list(self.deleted_objects)


ContactPointFormSet = modelformset_factory(
    ContactPoint,
    form=ContactPointForm,
    formset=BaseContactPointFormSet,
    extra=2,
    max_num=20,
    absolute_max=30,
    validate_max=True,
    can_delete=True,
    can_delete_extra=False,
)


class WithPointsMixin:
    """A form that brings the phones and e-mails of its object with it, as ``points``."""

    points: BaseContactPointFormSet

    def set_points(
        self,
        queryset: QuerySet[ContactPoint],
        initial: list[dict[str, str]] | None = None,
        *,
        of: Client | None = None,
        reader: Manager | None = None,
    ) -> None:
        """``of``, ``reader``: whose they are, and who reads them: those hidden from him are left out, and what he adds
        is added to them."""
        rows = list(initial or [])
        are_hidden = False
        # What is posted was shown before: over midnight nothing typed is lost.
        if of and reader and not self.is_bound:  # type: ignore[attr-defined]
            are_hidden = bool(contact_privacy.hidden_contacts([of], reader)) and queryset.exists()
            queryset = queryset.none() if are_hidden else queryset
        self.points = ContactPointFormSet(
            self.data if self.is_bound else None,  # type: ignore[attr-defined]
            queryset=queryset,
            initial=rows,
            prefix="points",
        )
        self.points.are_hidden = are_hidden
        for form in self.points.forms:
            form.empty_permitted = not form.instance.pk

    def check_points(self) -> None:
        """Refuse the whole form when one of the rows is wrong; the row says what is."""
        if not self.points.is_valid():
            self.add_error(None, _("Look at the phones and e-mails."))  # type: ignore[attr-defined]


class ClientForm(WithPointsMixin, forms.ModelForm):
    """A new client, or the facts of one that is there."""

    inn = IdentifierField(label=_("INN"), rule=identifiers.inn, validator=validate_inn)
    kpp = IdentifierField(label=_("KPP"), rule=identifiers.kpp, validator=validate_kpp)
    ogrn = IdentifierField(label=_("OGRN"), rule=identifiers.ogrn, validator=validate_ogrn)
    bik = IdentifierField(label=_("BIK"), rule=identifiers.bik, validator=validate_bik)
    bank_account = IdentifierField(label=_("Bank account"), rule=identifiers.bank_account, validator=validate_account)
    manager = forms.ModelChoiceField(label=_("Lead manager"), queryset=Manager.objects.none(), required=False)
    create_anyway = forms.BooleanField(label=_("It is another client: save it anyway"), required=False)

    class Meta:
        model = Client
        fields = [
            *("kind", "name", "full_name", "inn", "kpp", "ogrn", "category", "industry", "source"),
            *("country", "region", "city", "address", "time_zone", "website"),
            *("birthday", "founded_year", "employees", "annual_revenue"),
            *("bank_name", "bik", "bank_account"),
            *("profile", "preferences", "potential", "decision_making", "notes"),
        ]
        widgets = {
            "birthday": DateInput(),
            **{
                name: forms.Textarea(attrs={"rows": 2, "data-autosize": True})
                for name in ("profile", "preferences", "potential", "decision_making")
            },
            "notes": forms.Textarea(
                attrs={"rows": 3, "data-autosize": True, "data-mentions": reverse_lazy("mention-suggest")}
            ),
        }

    def __init__(self, *args: Any, user: Manager, typed_contact: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.found: list[duplicates.Duplicate] = []
        self.is_new = self.instance.pk is None
        limit_choices(self, self.instance)
        self.fields["kind"].choices = [(value, capfirst(label)) for value, label in ClientKind.choices]
        if self.is_new:
            self.fields["name"].widget.attrs["autofocus"] = True
        own = self.instance.contact_points.filter(person=None) if self.instance.pk else ContactPoint.objects.none()
        typed = [{"value": typed_contact}] if typed_contact else None
        self.set_points(own, typed, of=None if self.is_new else self.instance, reader=user)
        self._limit_managers()
        self._add_custom_fields()
        self.helper = PageFormHelper()
        self.helper.layout = self._layout()

    def _add_custom_fields(self) -> None:
        """The fields the company added; ``custom`` are their typed values."""
        self.custom_names = {custom_fields.name_of(field): field.key for field in custom_fields.active()}
        for field in custom_fields.active():
            name = custom_fields.name_of(field)
            self.fields[name] = custom_fields.form_field(field, self.instance.custom.get(field.key))
            self.initial.setdefault(name, custom_fields.initial(field, self.instance))

    @property
    def custom(self) -> dict[str, Any]:
        """The values of the company's own fields that were changed here, for the service."""
        return {key: self.cleaned_data[name] for name, key in self.custom_names.items() if name in self.changed_data}

    def _limit_managers(self) -> None:
        if not self.is_new:
            del self.fields["manager"]
            return
        field = self.fields["manager"]
        field.queryset = (
            Manager.objects.assignable_by(self.user) | Manager.objects.sellers().filter(pk=self.user.pk)
        ).distinct()
        field.initial = self.user.pk if self.user.department_id else None
        if not Manager.objects.assignable_by(self.user).exists():
            # A salesperson's client is his own.
            field.queryset = Manager.objects.filter(pk=self.user.pk)
            field.required, field.empty_label, field.initial = True, None, self.user.pk
        else:
            field.empty_label = gettext("nobody yet")

    def _layout(self) -> Layout:
        for_us = ["category", "industry", "source", *(["manager"] if self.is_new else [])]
        portrait = ("profile", "decision_making", "preferences", "potential")
        return Layout(
            Fieldset(
                gettext("Who it is"),
                Div(Div("name", css_class="col-sm-9"), Div("kind", css_class="col-sm-3"), css_class="row"),
                two_columns("inn", "kpp"),
                HTML('{% include "clients/_form_points.html" with points=form.points %}'),
                HTML('{% include "clients/_form_duplicates.html" %}'),
            ),
            Fieldset(gettext("For us"), two_columns(*for_us[:2]), two_columns(*for_us[2:])),
            Fieldset(
                gettext("Where"),
                two_columns("region", "city"),
                two_columns("time_zone", "website"),
                "address",
            ),
            "notes",
            Fold(
                _("Portrait"),
                *portrait,
                two_columns("employees", "annual_revenue"),
                two_columns("birthday", "founded_year"),
                is_open=self._has_any(*portrait, "employees", "annual_revenue", "birthday", "founded_year"),
            ),
            Fold(
                _("Requisites and bank"),
                "full_name",
                two_columns("ogrn", "country"),
                "bank_name",
                two_columns("bik", "bank_account"),
                is_open=self._has_any("full_name", "ogrn", "country", "bank_name", "bik", "bank_account"),
            ),
            *self._further(),
        )

    def _further(self) -> list[Fold]:
        names = list(self.custom_names)
        if not names:
            return []
        pairs = [names[start : start + 2] for start in range(0, len(names), 2)]
        is_open = bool(self.instance.custom) or (self.is_bound and any(self.data.get(name) for name in names))
        return [Fold(_("Further fields"), *(two_columns(*pair) for pair in pairs), is_open=is_open)]

    def _has_any(self, *names: str) -> bool:
        if self.is_bound:
            return any(self.data.get(self.add_prefix(name)) for name in names)
        return any(getattr(self.instance, name) for name in names)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.check_points()
        self._check_duplicates(data)
        return data

    def _check_duplicates(self, data: dict[str, Any]) -> None:
        """The same INN and KPP are refused; the same INN, phone or e-mail is asked about once."""
        changed = {name for name in ("inn", "kpp") if name in self.changed_data}
        self.found = duplicates.find(
            inn=data.get("inn", "") if self.is_new or changed else "",
            kpp=data.get("kpp", ""),
            contacts=self.points.typed() if self.is_new or self.points.has_changed() else (),
            name=data.get("name", "") if self.is_new else "",
            exclude_pk=self.instance.pk,
        )
        for double in self.found:
            if "inn_kpp" in double.by:
                self.add_error("inn", whose_words(double.client))
                return
        if any(double.is_strong for double in self.found) and not data.get("create_anyway"):
            self.add_error("create_anyway", _("Is it perhaps one of these? Then ask its manager."))

    @property
    def asks_to_confirm(self) -> bool:
        """Whether the checkbox "save it anyway" is to be shown."""
        return "create_anyway" in self.errors or bool(self.is_bound and self.cleaned_data.get("create_anyway"))


def whose_words(client: Client) -> str:
    """ "There is already …, its manager is …": all that anybody may be told of a colleague's client."""
    values = {"client": client.name, "manager": client.manager}
    if client.manager is not None:
        return gettext("There is already a client with this INN and KPP: %(client)s. Ask %(manager)s.") % values
    if client.is_on_exchange:
        return gettext("There is already a client with this INN and KPP: %(client)s. It is on the exchange.") % values
    return gettext("There is already a client with this INN and KPP: %(client)s.") % values


class PersonForm(WithPointsMixin, forms.ModelForm):
    """A contact person with phones and e-mails."""

    class Meta:
        model = ContactPerson
        fields = [
            *("last_name", "first_name", "middle_name", "position", "is_decision_maker", "birthday", "time_zone"),
            *("has_consented", "consented_on", "notes", "is_active"),
        ]
        labels = {"is_decision_maker": pgettext_lazy("person", "makes the decisions")}
        widgets = {
            "birthday": DateInput(),
            "consented_on": DateInput(),
            "notes": forms.Textarea(attrs={"rows": 2, "data-autosize": True}),
        }

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"),
            required=False,
            choices=[("", _("the client's")), *timezones.choices(self.instance.time_zone)],
        )
        own = self.instance.contact_points.all() if self.instance.pk else ContactPoint.objects.none()
        self.set_points(own, of=self.instance.client if self.instance.pk else None, reader=user)
        self.helper = PageFormHelper()
        self.helper.layout = Layout(
            two_columns("first_name", "last_name"),
            two_columns("middle_name", "position"),
            "is_decision_maker",
            HTML('{% include "clients/_form_points.html" with points=form.points %}'),
            two_columns("time_zone", "birthday"),
            Div(
                Div("has_consented", css_class="col-sm-7 cl-consent"),
                Div("consented_on", css_class="col-sm-5"),
                css_class="row",
            ),
            "notes",
            *(["is_active"] if self.instance.pk else []),
        )
        if not self.instance.pk:
            del self.fields["is_active"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.check_points()
        return data
