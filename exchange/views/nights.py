"""The nightly runs: the monitor, one night, confirm, reject, undo."""

from django.utils.translation import gettext_lazy as _

from crm.web.views import Access, PageView


class NightList(PageView):
    """The last nights."""

    access = Access.HEAD
    title = _("Nightly runs")
    template_name = "base/page.html"


class NightDetail(PageView):
    """One night."""

    access = Access.HEAD
    title = _("Nightly run")
    template_name = "base/page.html"
