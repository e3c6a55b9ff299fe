"""What the pages of sales share."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.web.views import Access, fetch
from interactions.models import SalesProcess

SALES = _("Sales")


class ProcessMixin:
    """Something with one sale."""

    access = Access.SALES
    kwargs: dict[str, Any]
    request: Any

    @cached_property
    def process(self) -> SalesProcess:
        rows = SalesProcess.objects.with_people().select_related(
            "client__manager", "source", "loss_reason", "lost_to", "author"
        )
        return fetch(rows.visible_to(self.request.user), self.allowed(), pk=self.kwargs["pk"])

    def allowed(self) -> Any:
        """The sales this may be done with."""
        return SalesProcess.objects.editable_by(self.request.user)

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(SALES, reverse("process-list")), (str(self.process), self.process.get_absolute_url())]
