"""The typing help of @: who may be named."""

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.generic import View

from clients import mentions
from crm.web.views import Access, PageMixin


class MentionSuggest(PageMixin, View):
    """People whose name begins with ``q``, as JSON for ``mentions.js``: user name, name, department."""

    access = Access.SALES

    def get(self, request: HttpRequest) -> HttpResponseBase:
        found = mentions.suggestions(request.GET.get("q", "")[:100], by=request.user)  # type: ignore[arg-type]
        people = [
            {"username": who.username, "name": str(who), "department": str(who.department or "")} for who in found
        ]
        return JsonResponse({"people": people})
