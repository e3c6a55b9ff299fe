"""Which lists were taken out of the program, by whom."""

from typing import Any, ClassVar
from urllib.parse import parse_qsl

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.filters import ExportLogFilter
from clients.models import ExportLog
from crm.web.exports import export_labels
from crm.web.views import Access, ListPage

#: Of the address, but nothing the rows were chosen by.
_NOT_TOLD = frozenset({"page", "sort", "basis", "csrfmiddlewaretoken"})


class ExportList(ListPage):
    """The latest first. Directors and administrators."""

    access = Access.DIRECTOR
    title = _("Exports")
    template_name = "clients/exports.html"
    partial_template_name = "clients/_exports.html"
    filterset_class = ExportLogFilter
    sorts: ClassVar[dict[str, tuple[Any, ...]]] = {
        "when": (F("made_at").asc(), F("pk").asc()),
        "rows": (F("rows").asc(nulls_first=True), F("made_at").asc(), F("pk").asc()),
    }
    default_sort = "-when"

    def get_queryset(self) -> QuerySet[ExportLog]:
        return ExportLog.objects.select_related("manager__department")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        labels = export_labels()
        for entry in context["page"]:
            entry.label = labels.get(entry.what, entry.what)
            entry.filters = [(name, value) for name, value in parse_qsl(entry.query) if value and name not in _NOT_TOLD]
        return context
