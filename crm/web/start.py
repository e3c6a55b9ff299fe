"""The page of first steps."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.web.first_steps import steps_for
from crm.web.views import Access, PageView


class StartPage(PageView):
    """What somebody new does first, by his role; opened any time from his menu."""

    access = Access.SALES
    title = _("First steps")
    template_name = "base/start.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        steps = steps_for(self.request.user)
        known = [step for step in steps if step.is_done is not None]
        return super().get_context_data(
            steps=steps, known=len(known), done=sum(bool(step.is_done) for step in known), **kwargs
        )
