"""What forms share, and the forms of the account pages."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Row
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.web import homes, timezones
from crm.web.preferences import THEMES

#: How long before a plan one may want to be reminded, in minutes.
REMINDERS = [
    (5, _("5 minutes before")),
    (15, _("15 minutes before")),
    (30, _("30 minutes before")),
    (60, _("an hour before")),
    (24 * 60, _("a day before")),
]


class PageFormHelper(FormHelper):
    """Crispy's helper for a form inside ``base/_form.html``: the page brings form tag, token and buttons."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form_tag = False
        self.disable_csrf = True
        # Errors are listed once, by components/form_fields.html.
        self.form_show_errors = True
        self.form_error_title = ""


def two_columns(*names: str) -> Row:
    """A row of a crispy layout: its fields side by side, under each other on a phone."""
    return Row(*(Column(name, css_class="col-sm") for name in names))


class DateInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    """The browser's own date and time field, in the reader's time zone, to the minute."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class ManyOfField(forms.ModelMultipleChoiceField):
    """Several rows of a table. Numbers beyond any key, on which SQLite stumbles, are refused like any wrong choice."""

    def _check_values(self, value: Any) -> Any:
        try:
            return super()._check_values(value)  # type: ignore[misc]
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid_list"], code="invalid_list") from error


class LanguageForm(forms.Form):
    """The language switch."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)


class ThemeForm(forms.Form):
    """The theme switch."""

    theme = forms.ChoiceField(choices=THEMES)


class PreferencesForm(forms.Form):
    """A person's own settings."""

    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As in the browser")), *settings.LANGUAGES]
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Times are shown in it. The company counts days in its own zone."),
    )
    theme = forms.ChoiceField(label=_("Theme"), choices=THEMES)
    daily_letter = forms.BooleanField(
        label=_("A letter a day"),
        required=False,
        help_text=_("Notices you have not read, by e-mail: one letter a day at most."),
    )
    reminder_minutes = forms.TypedChoiceField(
        label=_("Remind me of what is planned"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("never")), *REMINDERS],
        help_text=_("Each event can say otherwise."),
    )
    start_page = forms.ChoiceField(label=_("First page after signing in"), required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pages = [(home.key, home.label) for home in homes.homes_of(user)]
        if len(pages) > 1:
            self.fields["start_page"].choices = [("", _("The one that fits")), *pages]  # type: ignore[attr-defined]
        else:
            del self.fields["start_page"]
        current = (self.initial or {}).get("time_zone", "")
        company = _("The company's: %(city)s") % {"city": timezones.city(settings.COMPANY_TIME_ZONE)}
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [("", company), *timezones.choices(current)]
