"""The marked rows as a file: the list's own export, of the rows frozen in a job."""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.bulk.registry import BulkAction
from clients.models import Manager
from crm.web.exports import may_export


class ExportRows(BulkAction):
    """Class attributes:
    export_url: the route of the list's export, whose view has ``BulkMixin`` and ``ExportMixin``.
    everything: the query that takes the list's tab off; the rows are chosen by the job alone.
    """

    label = _("Export")
    icon = "download"
    order = 40
    export_url: ClassVar[str]
    everything: ClassVar[Mapping[str, str]] = {}

    def offered_to(self, user: Manager) -> bool:
        return super().offered_to(user) and may_export(user)

    def leads_to(self, job_id: int, query: str) -> str:
        kept = {name: value for name, value in QueryDict(query).items() if name in ("sort", "cols")}
        return f"{reverse(self.export_url)}?{urlencode({'job': job_id, **self.everything, **kept})}"
