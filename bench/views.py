"""The pages others are measured by: F, which does what every page does (session, person, template) and renders one
line, and the same line inside the frame that stands around every page."""

from crm.web.views import Access, PageView


class Line(PageView):
    """One line for whoever is signed in."""

    access = Access.SALES
    template_name = "bench/line.html"


class Frame(Line):
    """The same line inside of rail, top bar, banners and palette."""

    title = "Frame"
    template_name = "bench/frame.html"
