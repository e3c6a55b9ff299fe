"""Forms that tie a client or a person to another, or to a manager."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ClientRelationKind, ContactPerson, Manager, PersonRelationKind
from clients.models.relations import CLIENT_REVERSE, PERSON_REVERSE
from crm.web.text import fold

_ID = re.compile(r"#(\d+)\s*$")


class ClientChoiceField(forms.CharField):
    """A client chosen by typing: "Name, City #12" from the suggestions, a whole name, or an INN."""

    def __init__(self, *, queryset: QuerySet[Client] | None = None, **kwargs: Any) -> None:
        self.queryset = queryset
        kwargs.setdefault("widget", ClientInput())
        super().__init__(max_length=400, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        clients = self.queryset if self.queryset is not None else Client.objects.none()
        if named := _ID.search(text):
            found = list(clients.filter(pk=int(named[1][:18]))[:1])
        else:
            found = list(clients.filter(inn=text)[:2]) if text.isdigit() else []
            found = found or list(clients.filter(search_name=fold(text))[:6])
        if len(found) == 1:
            return found[0]
        if found:
            raise ValidationError(
                _("Several clients fit. Type one of: %(choices)s"),
                params={"choices": "; ".join(client_words(client) for client in found)},
            )
        raise ValidationError(_("There is no such client. Choose one from the list, or type its whole name or INN."))


def client_words(client: Client) -> str:
    """How a client stands among the suggestions; the number makes it unambiguous."""
    return f"{client.name}, {client.city} #{client.pk}" if client.city else f"{client.name} #{client.pk}"


class ClientInput(forms.TextInput):
    """A text field with suggestions of clients."""

    template_name = "clients/_client_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        widget = context["widget"]
        list_id = f"{widget['attrs'].get('id', name)}-choices"
        widget["list_id"] = list_id
        widget["attrs"] |= {
            "list": list_id,
            "autocomplete": "off",
            "hx-get": reverse("client-suggest"),
            "hx-trigger": "input changed delay:250ms",
            "hx-target": f"#{list_id}",
            "hx-swap": "innerHTML",
            "hx-push-url": "false",
        }
        return context


class _RelationForm(forms.Form):
    """The other side, what it is to this one (either reading of the kind), and a comment."""

    kind = forms.ChoiceField()
    comment = forms.CharField(label=_("Comment"), max_length=200, required=False)

    def _read_as(self, here: Any, kinds: Any, reverse: Any) -> None:
        self.order_fields(["other", "kind", "comment"])
        self.fields["kind"].label = gettext("What it is to %(name)s") % {"name": here}
        self.fields["kind"].choices = [
            *((f"{kind}:source", label) for kind, label in kinds),
            *((f"{kind}:target", label) for kind, label in reverse.items()),
        ]

    def sides(self, here: Any) -> dict[str, Any]:
        """``source``, ``target`` and ``kind`` for the service: the chosen words say which side is which."""
        kind, _sep, side = self.cleaned_data["kind"].partition(":")
        other = self.cleaned_data["other"]
        source, target = (other, here) if side == "source" else (here, other)
        return {"source": source, "target": target, "kind": kind, "comment": self.cleaned_data["comment"]}


class ClientRelationForm(_RelationForm):
    """Another client, and what it is to this one."""

    other = ClientChoiceField(label=_("Related client"))

    def __init__(self, *args: Any, client: Client, clients: QuerySet[Client], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = clients
        self._read_as(client.name, ClientRelationKind.choices, CLIENT_REVERSE)


class PersonRelationForm(_RelationForm):
    """Another person, and what he is to this one."""

    other = forms.ModelChoiceField(label=_("Related person"), queryset=ContactPerson.objects.none())

    def __init__(self, *args: Any, person: ContactPerson, persons: QuerySet[ContactPerson], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = persons
        self.fields["other"].label_from_instance = lambda other: f"{other} · {other.client}"
        self._read_as(person.name, PersonRelationKind.choices, PERSON_REVERSE)


class ManagerChoiceField(forms.ModelChoiceField):
    """A manager with the department he works in."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {obj.department}" if obj.department else str(obj)


class ManagerForm(forms.Form):
    """Choose a manager."""

    manager = ManagerChoiceField(label=_("Manager"), queryset=Manager.objects.none(), empty_label=_("choose a manager"))

    def __init__(self, *args: Any, managers: QuerySet[Manager], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = managers.select_related("department")
