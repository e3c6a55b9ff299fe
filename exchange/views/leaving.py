"""Who leaves for the exchange if nothing happens."""

from django.utils.translation import gettext_lazy as _

from crm.web.views import Access, PageView


class LeavingPage(PageView):
    """Tomorrow, this week, this month."""

    access = Access.SALES
    title = _("Who leaves")
    template_name = "base/page.html"
