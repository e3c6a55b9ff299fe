"""Taking an inquiry, and giving one that waits to somebody else."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from clients import duplicates
from clients.forms.cards import IdentifierField, whose_words
from clients.forms.choices import in_use
from clients.models import Client, ClientKind, ContactPoint, LeadSource, Manager, Region
from clients.rules import identifiers
from clients.search import Terms
from clients.validators import validate_inn
from interactions import selectors
from interactions.forms.fields import WITH_MENTIONS
from interactions.inquiries import NewClient
from interactions.models import Direction, EventKind, Inquiry, ProcessKind, Product
from interactions.selectors.inquiries import destinations


def incoming_kinds() -> QuerySet[EventKind]:
    """How a client can get in touch."""
    return EventKind.objects.choosable().filter(direction=Direction.INCOMING)


class InquiryForm(forms.Form):
    """What a client that is known wanted, and who goes on with it."""

    kind = forms.ModelChoiceField(
        label=_("How it came"), queryset=None, error_messages={"required": _("Choose how the client got in touch.")}
    )
    text = forms.CharField(
        label=_("What about"),
        max_length=20000,
        error_messages={"required": _("Say what the client wanted.")},
        widget=forms.Textarea(attrs={"rows": 3, "data-autosize": "", **WITH_MENTIONS}),
    )
    person = forms.ModelChoiceField(label=_("Who called"), queryset=None, required=False, empty_label="–")
    caller = forms.CharField(label=_("Name of who called"), max_length=200, required=False)
    source = forms.ModelChoiceField(label=_("Source"), queryset=None, required=False, empty_label="–")
    product = forms.ModelChoiceField(label=_("Product"), queryset=None, required=False, empty_label="–")
    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2, min_value=0, required=False)
    sale_kind = forms.ModelChoiceField(label=_("Open a sale"), queryset=None, required=False, empty_label=_("no sale"))
    wish = forms.ModelChoiceField(label=_("Who goes on with it"), queryset=None, required=False)

    def __init__(self, *args: Any, user: Manager, client: Client | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.client = user, client
        self.fields["kind"].queryset = incoming_kinds()
        self.fields["source"].queryset = in_use(LeadSource.objects.all(), None)
        self.fields["product"].queryset = in_use(Product.objects.all(), None)
        self.fields["sale_kind"].queryset = ProcessKind.objects.filter(is_active=True)
        self.destinations = destinations(client, user)
        wish = self.fields["wish"]
        wish.queryset, wish.empty_label = self.destinations.people, self.destinations.otherwise
        wish.initial = self.destinations.first
        visible = Client.objects.visible_to(user)
        self.sees_client = client is not None and visible.filter(pk=client.pk).exists()
        self._leave_out()
        self.fields[self._begins_with].widget.attrs["autofocus"] = True

    @property
    def _begins_with(self) -> str:
        """The field one types into first."""
        return "text"

    def _leave_out(self) -> None:
        """Fields that are not for this reader, or leave nothing to choose."""
        client = self.client
        if client is not None and self.sees_client:
            self.fields["person"].queryset = selectors.persons_of(client)
        else:
            del self.fields["person"]
        if not self.destinations.people.exists():
            del self.fields["wish"]
        if client is not None and not Client.objects.editable_by(self.user).filter(pk=client.pk).exists():
            # It is opened by whoever takes the inquiry over.
            del self.fields["sale_kind"]

    def inquiry(self, typed: str) -> Inquiry:
        """What was typed, unsaved; ``typed``: into the one field."""
        names = ("kind", "text", "source", "product", "amount")
        inquiry = Inquiry(typed=typed[:255], **{name: self.cleaned_data[name] for name in names})
        inquiry.person = self.cleaned_data.get("person")
        if self.client is not None:
            inquiry.client = self.client
        return inquiry

    def new_client(self) -> NewClient | None:
        """The client that is entered with it, unsaved."""
        return None


class NewClientInquiryForm(InquiryForm):
    """An inquiry of somebody nobody knew: with the few facts one learns on the phone."""

    name = forms.CharField(
        label=_("Name"), max_length=255, error_messages={"required": _("Say who it is, if only “unknown” and a town.")}
    )
    client_kind = forms.ChoiceField(label=_("What it is"), choices=(), initial=ClientKind.COMPANY, required=False)
    contact = forms.CharField(label=_("Phone or e-mail"), max_length=254, required=False)
    inn = IdentifierField(label=_("INN"), rule=identifiers.inn, validator=validate_inn)
    region = forms.ModelChoiceField(label=_("Region"), queryset=None, required=False, empty_label="–")
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    create_anyway = forms.BooleanField(label=_("It is another client: save it anyway"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found: list[duplicates.Duplicate] = []
        self.fields["client_kind"].choices = [(value, capfirst(label)) for value, label in ClientKind.choices]
        self.fields["region"].queryset = in_use(Region.objects.all(), None)
        for field in ("contact", "caller", "inn", "city"):
            self.fields[field].widget.attrs["autocomplete"] = "off"

    @property
    def _begins_with(self) -> str:
        return "contact" if self.initial.get("name") else "name"

    def clean_contact(self) -> str:
        """A phone in any format or an e-mail, checked as it will be stored."""
        if value := self.cleaned_data["contact"]:
            try:
                _point(value).normalize()
            except forms.ValidationError as error:
                raise forms.ValidationError(error.message_dict["value"]) from error
        return value

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.found = duplicates.find(
            name=data.get("name", ""), inn=data.get("inn", ""), contacts=[data.get("contact") or ""]
        )
        same = next((double for double in self.found if "inn_kpp" in double.by), None)
        if same is not None:
            self.add_error("inn", whose_words(same.client))
        elif any(double.is_strong for double in self.found) and not data.get("create_anyway"):
            self.add_error("create_anyway", _("Is it perhaps one of these? Then take the inquiry for it."))
        return data

    @property
    def asks_to_confirm(self) -> bool:
        """Whether the checkbox "save it anyway" is to be shown."""
        return "create_anyway" in self.errors or bool(self.is_bound and self.cleaned_data.get("create_anyway"))

    def new_client(self) -> NewClient:
        data = self.cleaned_data
        client = Client(
            kind=data["client_kind"] or ClientKind.COMPANY,
            **{name: data[name] for name in ("name", "inn", "region", "city", "source")},
        )
        return NewClient(client, [_point(data["contact"])] if data["contact"] else [])


def _point(value: str) -> ContactPoint:
    kind = ContactPoint.Kind.EMAIL if "@" in value else ContactPoint.Kind.PHONE
    return ContactPoint(value=value, kind=kind, is_primary=True)


def recognised(terms: Terms) -> dict[str, str]:
    """What was typed into the one field, as the fields of a new client: a contact, an INN, or a name.

    Ten digits that begin with a nine are a mobile number, though they may be somebody's INN too.
    """
    is_mobile = bool(terms.phone) and terms.text.lstrip().startswith("9")
    if terms.inn and not is_mobile:
        return {"inn": terms.inn}
    if terms.phone_tail or "@" in terms.email:
        return {"contact": terms.text}
    return {"name": terms.text}


class TakeForm(forms.Form):
    """With or without a sale."""

    sale_kind = forms.ModelChoiceField(
        label=_("Open a sale"),
        queryset=ProcessKind.objects.filter(is_active=True),
        required=False,
        empty_label=_("no sale"),
    )


class PassForm(forms.Form):
    """To whom an inquiry goes that waits."""

    to = forms.ModelChoiceField(label=_("To whom"), queryset=None, required=False, empty_label=_("the heads decide"))

    def __init__(self, *args: Any, people: QuerySet[Manager], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people


class CloseInquiryForm(forms.Form):
    """Why nothing came of it."""

    because = forms.CharField(
        label=_("Why"),
        max_length=200,
        widget=forms.TextInput(attrs={"data-autofocus": "", "placeholder": _("A wrong number, spam, only asked")}),
    )
