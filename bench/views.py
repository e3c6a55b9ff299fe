"""F: a page that does what every page does (session, person, template) and renders one line."""

from crm.web.views import Access, PageView


class Line(PageView):
    """One line for whoever is signed in."""

    access = Access.SALES
    template_name = "bench/line.html"
