"""How one wants to hear of each kind of notice."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from clients.models import Manager, NoticeSetting
from clients.notice_settings import channels_of, chosen_by, default_of, kinds_for
from clients.notices import NoticeKind


class NoticeSettingsForm(forms.Form):
    """One choice for every kind the person can get."""

    #: The heads of the page's columns; a kind may offer fewer.
    channels = NoticeSetting.Channel

    def __init__(self, *args: Any, person: Manager, **kwargs: Any) -> None:
        chosen = chosen_by(person)
        super().__init__(*args, **kwargs)
        for kind in kinds_for(person):
            self.fields[kind.key] = _field(kind)
            self.initial.setdefault(kind.key, chosen[kind.key])


def _field(kind: NoticeKind) -> forms.ChoiceField:
    own = default_of(kind)
    field = forms.ChoiceField(
        label=kind.name,
        help_text=kind.about,
        choices=[
            (channel, _("%(channel)s (as usual)") % {"channel": channel.label} if channel == own else channel.label)
            for channel in channels_of(kind)
        ],
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    field.icon, field.urgent, field.usual = kind.icon, kind.urgent, own  # type: ignore[attr-defined]
    return field
