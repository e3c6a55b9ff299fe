"""When a report is sent, of which days, and to whom."""

from typing import Any

from crispy_forms.layout import HTML, Layout
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.filter_choices import MANAGERS_AT_ONCE
from clients.models import Manager
from crm.web.forms import ManyOfField, PageFormHelper, two_columns
from reports.delivery.asking import OTHER_PERIODS, ask_for
from reports.delivery.services import choosable
from reports.delivery.words import when
from reports.frame.report import Report
from reports.models import ReportDelivery
from reports.rules.timing import LAST_DAY, MONTH, WEEK


def _days() -> list[tuple[str, str]]:
    """The days on which a report can be sent."""
    days = [*((WEEK, day) for day in range(1, 8)), *((MONTH, day) for day in range(1, LAST_DAY + 1))]
    return [(f"{every}-{day}", when(every, day)) for every, day in days]


class _Recipients(ManyOfField):
    """People; of those whom no letter can reach it is said."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, person: Any) -> str:
        return str(person) if person.email else gettext("%(name)s (no e-mail address)") % {"name": person}


class DeliveryForm(forms.ModelForm):
    """A report sent regularly. ``report``, ``owner`` and ``query`` (the filters) come from the page."""

    when = forms.ChoiceField(label=_("When"), choices=_days)
    period = forms.ChoiceField(label=_("Tells of"), required=False)
    recipients = _Recipients(
        Manager.objects.none(),
        label=_("To whom"),
        help_text=_("Each gets his own figures: only what he may see on the page."),
    )

    class Meta:
        model = ReportDelivery
        fields = ["name", "has_file"]
        help_texts = {"has_file": _("For those who may take lists out of the program; others get the totals.")}

    def __init__(self, *args: Any, report: Report, owner: Manager, query: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.query = query
        people: Any = self.fields["recipients"]
        people.queryset = choosable(owner, report).order_by("last_name", "first_name", "username")
        if people.queryset.count() > MANAGERS_AT_ONCE:
            people.widget = forms.SelectMultiple(attrs={"size": 12})
            people.widget.choices = people.choices
        has_days = "period" in ask_for(owner, report, "").filterset.form.fields
        if has_days:
            usual = _("the week or month before the letter")
            self.fields["period"].choices = [("", usual), *OTHER_PERIODS.items()]  # type: ignore[attr-defined]
        else:
            del self.fields["period"]
        self.helper = PageFormHelper()
        note = HTML('{% include "reports/delivery/_about.html" %}')
        row = two_columns("when", "period") if has_days else "when"
        self.helper.layout = Layout(note, "name", row, "recipients", "has_file")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if chosen := cleaned.get("when"):
            every, day = chosen.split("-")
            self.instance.every, self.instance.day = every, int(day)
        asked = QueryDict(self.query, mutable=True)
        asked.pop("period", None)
        if period := cleaned.get("period"):
            asked["period"] = period
        self.instance.query = asked.urlencode()
        return cleaned

    def _post_clean(self) -> None:
        """The service checks the delivery whole, and once."""
        self.instance.name, self.instance.has_file = (
            self.cleaned_data.get("name", ""),
            self.cleaned_data.get("has_file", False),
        )
