"""Django admin of occasions and of the prepared letters, which are checked and shown with names in their places."""

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import prepared_letters
from clients.models import Client, ContactPerson, LetterTemplate, Manager, Occasion
from clients.occasions import Celebration
from crm import clock
from crm.web.admin import DictionaryAdmin


class LetterTemplateForm(forms.ModelForm):
    """Refuses places nobody knows: they would stand in the letter as they are."""

    class Meta:
        model = LetterTemplate
        fields: ClassVar[list[str]] = [
            *("name", "use", "occasion", "language", "subject", "text"),
            *("position", "is_active"),
        ]

    def _known_places(self, name: str) -> str:
        text = self.cleaned_data[name]
        if wrong := prepared_letters.mistyped(text):
            words = gettext("There is no such place for a name: %(places)s.")
            raise forms.ValidationError(words % {"places": ", ".join(f"{{{place}}}" for place in wrong)})
        return text

    def clean_subject(self) -> str:
        return self._known_places("subject")

    def clean_text(self) -> str:
        return self._known_places("text")


@admin.register(Occasion)
class OccasionAdmin(DictionaryAdmin):
    list_display = ["name", "day_and_month", "industry", "position", "is_active"]
    list_filter = ["is_active", "industry"]
    list_select_related = ["industry"]
    ordering = ["month", "day", "position"]

    @admin.display(description=_("day"), ordering="month")
    def day_and_month(self, occasion: Occasion) -> str:
        return f"{occasion.day:02}.{occasion.month:02}"


@admin.register(LetterTemplate)
class LetterTemplateAdmin(DictionaryAdmin):
    form = LetterTemplateForm
    list_display = ["name", "use", "occasion", "language", "position", "is_active"]
    list_filter = ["is_active", "use", "language"]
    list_select_related = ["occasion"]
    search_fields = ["name", "subject", "text"]
    readonly_fields = ["places", "preview"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = [*LetterTemplateForm.Meta.fields]
        shown.insert(shown.index("text") + 1, "places")
        return [*shown, "preview"] if obj else shown

    @admin.display(description=_("places for names"))
    def places(self, template: LetterTemplate) -> str:
        rows = ((f"{{{name}}}", words) for name, words in prepared_letters.PLACES.items())
        return format_html("<ul>{}</ul>", format_html_join("", "<li><code>{}</code> {}</li>", rows))

    @admin.display(description=_("as it reads"))
    def preview(self, template: LetterTemplate) -> str:
        """The saved letter to a made-up person."""
        subject, text = prepared_letters.written(template, _example(template), _writer())
        return format_html("<p><strong>{}</strong></p><pre>{}</pre>", subject, text)


def _example(template: LetterTemplate) -> Celebration:
    client = Client(pk=0, name=gettext("Northern Lights Ltd"))
    person = ContactPerson(pk=0, first_name=gettext("Maria"), last_name=gettext("Sokolova"), client=client)
    on = clock.today() + dt.timedelta(days=1)
    is_founding = template.use == LetterTemplate.Use.FOUNDING
    occasion = (template.occasion or Occasion(name="New Year")) if template.use == LetterTemplate.Use.OCCASION else None
    return Celebration(template.use, on, client, None if is_founding else person, occasion, 0 if occasion else 10)


def _writer() -> Manager:
    return Manager(first_name=gettext("Anna"), last_name=gettext("Petrova"), phone="+7 495 000-00-00")
