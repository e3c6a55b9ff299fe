"""What Django admin lets nobody do with a manager: leave his clients with somebody who does not work here any more."""

from collections.abc import Iterable

from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from clients.models import Client, Manager


def leaving_link(manager: Manager, words: str) -> SafeString:
    """The way to the page on which one decides what becomes of his clients."""
    return format_html('<a href="{}">{}</a>', reverse("departure-create", args=[manager.pk]), words)


def held_words(number: int) -> str:
    words = ngettext(
        "He holds %(count)d client: decide what becomes of it.",
        "He holds %(count)d clients: decide what becomes of them.",
        number,
    )
    return words % {"count": number}


def who_holds(managers: Iterable[Manager]) -> list[SafeString]:
    """Of these the ones who hold clients, each with the way to decide on them."""
    rows = [(manager, Client.objects.held_by(manager).count()) for manager in managers]
    return [format_html("{}: {}", manager, leaving_link(manager, held_words(held))) for manager, held in rows if held]


class ManagerChangeForm(UserChangeForm):
    """Refuses to switch off who holds clients."""

    def clean_is_active(self) -> bool:
        is_active = bool(self.cleaned_data["is_active"])
        if self.instance.pk and not is_active and "is_active" in self.changed_data:
            held = Client.objects.held_by(self.instance).count()
            if held:
                link = leaving_link(self.instance, gettext("Decide on them, and switch the sign-in off there."))
                raise ValidationError(format_html("{} {}", held_words(held), link))
        return is_active
