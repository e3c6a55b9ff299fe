"""The old address of the funnel, now a report."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import View

from crm.web.views import Access, PageMixin

#: What the filters of the page are called in the report.
_NAMES = {"kind": "kind", "since": "since", "until": "until", "department": "department", "who": "manager"}


class FunnelPage(PageMixin, View):
    """Leads on to the report, with the filters of bookmarks."""

    access = Access.SALES

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        query = urlencode({new: request.GET[old] for old, new in _NAMES.items() if request.GET.get(old)})
        return redirect(f"{reverse('report-funnel')}?{query}".rstrip("?"), permanent=True)
