"""Said while a plan or a sale is being typed, and when it is saved: somebody else is about to offer the same."""

from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.generic import View

from clients.models import Client
from crm.web import htmx
from crm.web.views import Access, PageMixin, fetch
from interactions import same_offer
from interactions.forms import read_moment
from interactions.models import EventKind, ProcessKind, Product, SalesProcess
from interactions.selectors import possible_responsibles

#: What the forms call the fields that are looked at, by what is being typed.
PLAN, NEXT, SALE = "plan", "next", "sale"
_NAMES = {
    PLAN: {"kind": "kind", "at": "occurred_at", "subject": "subject"},
    NEXT: {"kind": "next_kind", "at": "next_at", "subject": "next_subject"},
    SALE: {"process_kind": "kind", "subject": "title"},
}
_MOST_ROWS = 20


class SameOffer(PageMixin, View):
    """A piece of a form (htmx): who else plans or sells the same, as far as it is typed. ``of``: ``plan``, ``next`` or
    ``sale``. What cannot be understood yet is not looked at."""

    access = Access.SALES

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        client = fetch(Client.objects.visible_to(request.user), pk=pk)
        if not htmx.wants_partial(request):
            return htmx.redirect(request, client.get_absolute_url())
        sent, names = request.GET, _NAMES.get(request.GET.get("of", ""), {})
        at = read_moment(sent.get(names.get("at", ""), ""))
        is_plan = "at" in names
        if not names or (is_plan and (at is None or sent.get("status", "planned") != "planned")):
            return TemplateResponse(request, "interactions/_same_offer.html", {"clashes": []})
        clashes = same_offer.find(
            client,
            by=_chosen(possible_responsibles(request.user, client), sent.get("responsible")) or request.user,
            kind=_chosen(EventKind.objects.choosable(), sent.get(names.get("kind", ""))),
            process_kind=_chosen(ProcessKind.objects.all(), sent.get(names.get("process_kind", ""))),
            products=_products(sent) if not is_plan else (),
            at=at,
            subject=sent.get(names["subject"], "")[:255],
            sale=_chosen(SalesProcess.objects.filter(client=client), sent.get("process")) if is_plan else None,
        )
        return TemplateResponse(request, "interactions/_same_offer.html", {"clashes": clashes})


def warn(request: HttpRequest, thing: Any) -> None:
    """After saving a plan or a sale: a toast for each of the clashes, with the way to what it clashes with."""
    for clash in same_offer.of(thing) if thing else ():
        words = _("%(name)s plans the same with %(client)s: %(what)s") % {
            "name": clash.who,
            "client": thing.client,
            "what": "\0",
        }
        before, after = words.split("\0")
        link = format_html('{}<a href="{}">{}</a>{}', before, clash.url, clash.other, after)
        htmx.toast(request, link, level=messages.WARNING)


def _products(sent: Any) -> list[Product]:
    named = [sent.get(f"rows-{row}-product", "") for row in range(_MOST_ROWS)]
    return list(Product.objects.filter(pk__in=[int(pk) for pk in named if _is_id(pk)]))


def _chosen(rows: QuerySet, value: str | None) -> Any:
    found: Model | None = rows.filter(pk=int(value)).first() if value and _is_id(value) else None
    return found


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 19
