"""Forms of the exchange."""

from typing import Any

from crispy_forms.layout import HTML, Layout
from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from crm.web.forms import DateInput, PageFormHelper
from crm.web.tags.times import on_day
from exchange.models import ReturnReason
from exchange.protections import Limits


class ReturnForm(forms.Form):
    """Why a client goes to the exchange."""

    reason = forms.ModelChoiceField(ReturnReason.objects.filter(is_active=True), label=_("Why"), empty_label="")
    comment = forms.CharField(
        label=_("In one line"),
        max_length=500,
        required=False,
        help_text=_("What the next manager should know. Everybody in sales can read it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = PageFormHelper()
        self.helper.layout = Layout(HTML('{% include "exchange/_return_note.html" %}'), "reason", "comment")


def load_words(manager: Any) -> str:
    """A manager with the department, the number of clients he holds, and whether he is away today: what a choice is
    made by. Wants ``held``; ``away_until`` where it was read (``exchange.giving_forms.with_load``)."""
    held = ngettext("%(number)d client", "%(number)d clients", manager.held) % {"number": manager.held}
    words = f"{manager} · {manager.department} · {held}"
    away_until = getattr(manager, "away_until", None)
    if away_until:
        words = f"{words} · " + gettext("away until %(day)s") % {"day": on_day(away_until)}
    return words


class ManagerLoadField(forms.ModelChoiceField):
    """A manager with what he has to do already, so that the choice is an informed one."""

    def label_from_instance(self, manager: Any) -> str:
        return load_words(manager)


class ProtectionForm(forms.Form):
    """Until when a client is kept, and why."""

    until = forms.DateField(label=_("Until, inclusive"), widget=DateInput())
    reason = forms.CharField(label=_("Why"), max_length=300, help_text=_("Everybody who works on the client reads it."))

    def __init__(self, *args: Any, limits: Limits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        until = self.fields["until"]
        if limits.first and limits.last:
            until.widget.attrs |= {"min": limits.first.isoformat(), "max": limits.last.isoformat()}
            until.help_text = gettext("At most until %(date)s.") % {"date": date_format(limits.last, "DATE_FORMAT")}
        self.helper = PageFormHelper()
        self.helper.layout = Layout(HTML('{% include "exchange/_protection_note.html" %}'), "until", "reason")


class ContractForm(ProtectionForm):
    """Until when a contract runs, and which it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Number and subject of the contract")
