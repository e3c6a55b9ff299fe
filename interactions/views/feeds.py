"""Secret addresses of the calendar: the page where they are made and revoked, and what is read there."""

import hashlib
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from crm.web.forms import PageFormHelper
from crm.web.views import Access, ActionView, FormPage, PageMixin, fetch
from interactions.calendar import feeds
from interactions.models import CalendarFeed


class FeedForm(forms.ModelForm):
    """What another program is to read."""

    class Meta:
        model = CalendarFeed
        fields = ("name", "scope", "with_words")
        help_texts = {
            "name": _("So that you know later which one to revoke: my phone, the office calendar."),
            "with_words": _("Otherwise everything is only “busy”: for calendars that others see."),
        }

    def __init__(self, *args: Any, is_head: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_head:
            del self.fields["scope"]
        self.helper = PageFormHelper()


class FeedList(FormPage):
    """One's own addresses, and the form for a new one. Its secret is in the answer to that form and nowhere else."""

    access = Access.SALES
    title = _("Calendar in other programs")
    form_class = FeedForm
    template_name = "interactions/feeds.html"
    partial_template_name = None
    submit_label = _("Make an address")

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Calendar"), reverse("calendar"))]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "is_head": self.request.user.access_level >= Access.HEAD}

    def save(self, form: FeedForm) -> feeds.NewFeed:
        wanted = {"scope": CalendarFeed.Scope.OWN, **form.cleaned_data}
        return feeds.make(manager=self.request.user, **wanted)

    def render_success(self) -> HttpResponseBase:
        path = reverse("calendar-feed", args=[self.saved.secret])
        address = self.request.build_absolute_uri(path)
        fresh = self.form_class(is_head=self.get_form_kwargs()["is_head"])
        context = self.get_context_data(form=fresh, made=self.saved.feed, address=address)
        return self.render_to_response({**context, "webcal": f"webcal://{address.partition('://')[2]}"})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = CalendarFeed.objects.filter(manager=self.request.user, revoked_at__isnull=True)
        return super().get_context_data(feeds=rows, **kwargs)


class FeedRevoke(ActionView):
    """Nothing is to be found at the address any more."""

    access = Access.SALES
    success_message = _("Revoked: nobody can read it any more.")
    success_url = "calendar-feed-list"

    def perform(self) -> str:
        feed = fetch(CalendarFeed.objects.filter(manager=self.request.user), pk=self.kwargs["pk"])
        feeds.revoke(feed=feed)
        return reverse("calendar-feed-list")


class Feed(PageMixin, View):
    """The calendar itself, for whoever knows the secret. A program that has it already is told so by its ETag; there
    is no Last-Modified, because an event that was deleted, or whose client one may no longer read, changes no date."""

    access = Access.PUBLIC

    def get(self, request: HttpRequest, secret: str) -> HttpResponseBase:
        feed = feeds.find(secret)
        if feed is None:
            raise Http404
        feeds.note_reading(feed)
        body = feeds.content(feed, site=f"{request.scheme}://{request.get_host()}")
        response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        response["ETag"] = etag = f'"{hashlib.sha256(body).hexdigest()}"'
        response["Cache-Control"] = "private, no-cache"
        response["Content-Disposition"] = 'inline; filename="svetofor.ics"'
        return get_conditional_response(request, etag=etag, response=response) or response
