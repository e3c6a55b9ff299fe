"""Recurring events: a plan begins to recur, changes from one occurrence on, or stops."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.web.views import ActionView, fetch
from interactions import recurring
from interactions.forms import FollowingForm, RepeatForm
from interactions.models import Event
from interactions.recurrence_words import in_words
from interactions.views.base import EVENTS, DrawerPage, EventMixin


class _OfEvent(EventMixin, DrawerPage):
    """A form about one event."""

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(EVENTS, reverse("event-list")), (str(self.event), self.event.get_absolute_url())]

    def get_success_url(self) -> str:
        self.success_url = self.event.get_absolute_url()
        return super().get_success_url()


class EventRepeat(_OfEvent):
    """A plan is to recur."""

    form_class = RepeatForm
    submit_label = _("Save")

    def get_title(self) -> str | Promise:
        return _("Repeat: %(event)s") % {"event": self.event}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "event": self.event}

    def save(self, form: RepeatForm) -> recurring.Filled:
        series = form.series()
        assert series is not None, "a frequency is required"
        zone = timezone.get_current_timezone_name()
        return recurring.repeat(event=self.event, series=series, zone=zone, by=self.request.user)

    def get_success_message(self) -> str | Promise:
        return repeats(self.saved)


class EventFollowing(_OfEvent):
    """This occurrence and all that follow are different."""

    form_class = FollowingForm
    submit_label = _("Change this and all that follow")

    @cached_property
    def event(self) -> Event:
        rows = Event.objects.select_related("client__manager", "kind", "responsible", "process", "series")
        repeating = self.allowed().planned().filter(series__isnull=False)
        return fetch(rows.visible_to(self.request.user).filter(series__isnull=False), repeating, pk=self.kwargs["pk"])

    def get_title(self) -> str | Promise:
        return _("This and all that follow: %(event)s") % {"event": self.event}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.event, "user": self.request.user}

    def save(self, form: FollowingForm) -> recurring.Filled:
        zone = timezone.get_current_timezone_name()
        return recurring.change_following(event=form.instance, series=form.rule(), zone=zone, by=self.request.user)

    def get_success_message(self) -> str | Promise:
        words = repeats(self.saved)
        if kept := self.saved.kept:
            stay = ngettext(
                "%(count)d that was changed by hand stays.", "%(count)d that were changed by hand stay.", kept
            )
            return f"{words} {stay % {'count': kept}}"
        return words


class EventStop(EventMixin, ActionView):
    """It recurs no more: with this occurrence, or after it."""

    def perform(self) -> None:
        self.with_this = self.request.POST.get("with_this") == "1"
        recurring.stop(event=self.event, by=self.request.user, with_this=self.with_this)

    def get_success_message(self) -> str | Promise:
        if self.with_this:
            return _("Cancelled, with all that would have followed.")
        return _("It does not recur after this.")


def repeats(filled: recurring.Filled) -> str:
    """What was planned, in words."""
    more = ngettext("%(count)d more is planned.", "%(count)d more are planned.", filled.put_in)
    often = _("Repeats %(often)s.") % {"often": in_words(filled.series)}
    return f"{often} {more % {'count': filled.put_in}}"
