"""Forms of the account pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from crm.web import timezones
from crm.web.preferences import THEMES


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = (self.initial or {}).get("time_zone", "")
        company = _("The company's: %(city)s") % {"city": timezones.city(settings.COMPANY_TIME_ZONE)}
        self.fields["time_zone"].choices = [("", company), *timezones.choices(current)]
