"""What the fields of a client may be set to, in whichever form they stand."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.models.policy import Category
from crm.web import timezones


def limit_choices(form: forms.BaseForm, client: Client) -> None:
    """Let those of these fields that the form has offer what may be chosen for ``client``: entries of dictionaries in
    use with the one it has, the zones people know with its own."""
    fields: dict[str, Any] = form.fields  # type: ignore[assignment]
    if "time_zone" in fields:
        fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"),
            required=False,
            choices=[("", _("not known")), *timezones.choices(client.time_zone)],
        )
    for name in fields.keys() & {"industry", "source", "region"}:
        fields[name].empty_label = gettext("not chosen")
        fields[name].queryset = in_use(fields[name].queryset, getattr(client, f"{name}_id"))
    if "category" in fields:
        fields["category"].choices = [("", gettext("none")), *Category.choices]


def in_use(entries: QuerySet[Any], current: int | None) -> QuerySet[Any]:
    """The entries of a dictionary that may be chosen: those in use, and the one chosen already."""
    return entries.filter(Q(is_active=True) | Q(pk=current))
