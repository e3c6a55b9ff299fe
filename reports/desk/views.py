"""The page of the head's desk."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm import clock
from crm.web.views import Access, PageView
from reports.desk.selectors import desk


class HeadDesk(PageView):
    """Where to step in this morning."""

    access = Access.HEAD
    title = _("Head's desk")
    template_name = "reports/desk.html"
    partial_template_name = "reports/_desk.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        return super().get_context_data(desk=desk(user, clock.today()), as_of=clock.now(), **kwargs)
