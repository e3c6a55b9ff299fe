"""Heads set plans for their people."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.models import Manager
from crm import clock
from crm.web.views import Access, FormPage
from interactions.forms.plans import PlansForm
from interactions.forms.scope import ScopeForm
from interactions.models import SalesPlan
from interactions.plans import planned_by, set_plans
from interactions.rules.months import month_of, months_from, shifted
from interactions.views.sales.base import SALES
from interactions.views.sales.forecast import month_in

#: Columns of the grid, and rows of it at most: who has more people chooses a department.
MONTHS, PEOPLE = 6, 60


class Plans(FormPage):
    """A grid of managers and months."""

    access = Access.HEAD
    title = _("Sales plans")
    template_name = "interactions/plans.html"
    partial_template_name = None
    form_class = PlansForm
    submit_label = _("Save the plans")

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(SALES, reverse("process-list")), (_("Forecast of sales"), reverse("process-forecast"))]

    @cached_property
    def scope(self) -> ScopeForm:
        return ScopeForm(self.request.GET, user=self.request.user)

    @cached_property
    def is_own(self) -> bool:
        """Whether a head asks for his own plan, which those above him set: he reads it."""
        user: Any = self.request.user
        return not user.sees_everything and self.scope.is_valid() and self.scope.cleaned_data.get("who") == user

    @cached_property
    def people(self) -> list[Manager]:
        """One more than is shown, where there are more."""
        user: Any = self.request.user
        people = Manager.objects.filter(pk=user.pk) if self.is_own else planned_by(user)
        rows = people.filter(pk__in=self.scope.people()).select_related("department")
        return list(rows.order_by("department__path", "last_name", "first_name", "pk")[: PEOPLE + 1])

    def get_form_kwargs(self) -> dict[str, Any]:
        first = month_in(self.request.GET.get("from", "")) or month_of(clock.today())
        months, people = list(months_from(first, MONTHS)), self.people[:PEOPLE]
        plans = SalesPlan.objects.filter(manager__in=people, month__in=months)
        stored = {(plan.manager_id, plan.month): plan.amount for plan in plans}
        return {
            **super().get_form_kwargs(),
            "people": people,
            "months": months,
            "stored": stored,
            "is_fixed": self.is_own,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        first = context["form"].months[0]
        context |= {
            "filters_main": list(self.scope),
            "there_are_more": len(self.people) > PEOPLE,
            "earlier": shifted(first, -MONTHS),
            "later": shifted(first, MONTHS),
        }
        return context

    def save(self, form: PlansForm) -> int:
        return set_plans(plans=form.plans(), by=self.request.user)

    def get_success_message(self) -> str:
        if not self.saved:
            return str(_("Nothing was changed."))
        return ngettext("%(count)d plan saved.", "%(count)d plans saved.", self.saved) % {"count": self.saved}

    def get_success_url(self) -> str:
        return self.request.get_full_path()
