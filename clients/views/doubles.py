"""Clients that look like one: the list of pairs, and the scan that fills it."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.double_filter import STATUSES, DuplicateFilter
from clients.doubles import scan
from clients.models import DuplicatePair, DuplicateScan
from clients.views.bulk import BulkMixin
from crm import clock
from crm.web import htmx
from crm.web.views import Access, ActionView, ListPage, PageView


class _WithScan:
    """The latest scan and how far it is, for ``clients/_scan.html``."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        latest = DuplicateScan.objects.select_related("asked_by").first()
        stuck = bool(latest and scan.is_stuck(latest, clock.now()))
        return super().get_context_data(scan=latest, is_stuck=stuck, **kwargs)  # type: ignore[misc]


class DuplicateList(_WithScan, BulkMixin, ListPage):
    """The pairs one may merge or tell apart, the surest first."""

    access = Access.HEAD
    title = _("Possible duplicates")
    template_name = "clients/duplicates.html"
    partial_template_name = "clients/_duplicate_list.html"
    bulk_page = "duplicate-list"
    filterset_class = DuplicateFilter
    main_filters = ("status", "q", "reason", "manager")
    sorts: ClassVar = {
        "score": ("score", "-pk"),
        "name": ("one__search_name", "pk"),
        "found": ("found_at", "-pk"),
    }
    default_sort = "-score"

    @property
    def status(self) -> str:
        wanted = self.request.GET.get("status", "")
        return wanted if wanted in STATUSES else DuplicatePair.Status.OPEN

    def get_queryset(self) -> QuerySet[DuplicatePair]:
        pairs = DuplicatePair.objects.decidable_by(self.request.user).filter(status=self.status)
        return pairs.select_related("one__manager", "other__manager", "decided_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tabs = [(key, words, key == self.status) for key, words in STATUSES.items()]
        return super().get_context_data(tabs=tabs, status=self.status, **kwargs)


class DuplicateScanPage(_WithScan, PageView):
    """How far the scan is; its partial asks for itself every two seconds until it is done, and then has the list of
    pairs drawn anew."""

    access = Access.HEAD
    title = _("Looking for duplicates")
    template_name = "clients/scan.html"
    partial_template_name = "clients/_scan.html"

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Possible duplicates"), reverse("duplicate-list"))]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        context = self.get_context_data(**kwargs)
        response = self.render_to_response(context)
        latest: DuplicateScan | None = context["scan"]
        if latest and latest.status != DuplicateScan.Status.RUNNING and htmx.wants_partial(request):
            response["HX-Trigger"] = "list-refresh"
        return response


class DuplicateScanStart(ActionView):
    """Look through the whole base."""

    access = Access.HEAD
    success_message = _("The whole base is being looked through. You can leave this page.")
    success_url = "duplicate-list"

    def perform(self) -> None:
        scan.request_scan(by=self.request.user)


class DuplicateScanStop(ActionView):
    """Enough."""

    access = Access.HEAD
    success_message = _("Stopped. What was found so far stays.")
    success_url = "duplicate-list"

    def perform(self) -> None:
        for pk in DuplicateScan.objects.filter(status=DuplicateScan.Status.RUNNING).values_list("pk", flat=True):
            scan.stop_scan(scan_id=pk)
