"""The bell in the top bar: its menu, and what it hears while a page is open."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.generic import View

from clients import notices
from clients.models import Manager, Notice
from crm import clock
from crm.web import htmx
from crm.web.views import Access, PageMixin

_IN_MENU, _TOASTS = 8, 3
#: What was told longer ago is no news for a toast: the page was closed for lunch, or overnight.
_FRESH = dt.timedelta(hours=1)


class NoticesMenu(PageMixin, View):
    """The latest notices, for the menu under the bell; without htmx the whole page."""

    access = Access.SALES

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not htmx.wants_partial(request):
            return htmx.redirect(request, reverse("notice-list"))
        latest = Notice.objects.filter(recipient=request.user)[:_IN_MENU]
        rows = [(notice, notices.words(notice), notices.kind_of(notice)) for notice in latest]
        return TemplateResponse(request, "clients/_bell_menu.html", {"rows": rows})


class NoticesLive(PageMixin, View):
    """What the bell has heard since: asked every half minute by the page that is looked at (``bell.js``).

    ``seen``: the newest notice the browser knows of; ``count``: the number it shows. 204 when nothing is new; else the
    number and a toast for each reminder, out-of-band. One query while there is nothing to toast.
    """

    access = Access.SALES

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not htmx.wants_partial(request):
            return htmx.redirect(request, reverse("notice-list"))
        unread, seen = notices.bell(request), _number(request, "seen")
        if unread.newest <= seen and unread.count == _number(request, "count"):
            return HttpResponse(status=204)
        news = _to_toast(request.user, seen) if unread.newest > seen else []  # type: ignore[arg-type]
        response = TemplateResponse(request, "clients/_bell_live.html", {"count": unread.count, "news": news})
        response["Bell-Newest"], response["Bell-Count"] = str(unread.newest), str(unread.count)
        return response


def _to_toast(reader: Manager, seen: int) -> list[tuple[Notice, str, Any]]:
    kinds = [kind.key for kind in notices.registered() if kind.momentary]
    fresh = Notice.objects.filter(
        recipient=reader, read_at=None, pk__gt=seen, kind__in=kinds, created_at__gte=clock.now() - _FRESH
    )
    return [(notice, notices.words(notice), notices.kind_of(notice)) for notice in fresh.order_by("-pk")[:_TOASTS]]


def _number(request: HttpRequest, name: str) -> int:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0
