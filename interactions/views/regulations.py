"""How often clients are to be spoken with: for everybody to read, for heads to set."""

from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients import from_a_day
from crm import clock
from crm.web.views import Access, ActionView, FormPage, PageView, fetch
from interactions.forms.regulations import RegulationForm
from interactions.models import Regulation
from interactions.regulations import departments_regulated_by, set_regulation, withdraw_regulation
from interactions.views.base import number_in

REGULATIONS = _("Regulations of contact")
#: What a regulation is about: a later row of the same takes its place.
_PLACE = attrgetter("department_id", "category", "kind_id")


class RegulationList(PageView):
    """What rules, what will, and what did; and what of the past was set right."""

    access = Access.SALES
    title = REGULATIONS
    template_name = "interactions/regulations.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, today = self.request.user, clock.today()
        ours = None if user.sees_everything else set(departments_regulated_by(user).values_list("pk", flat=True))
        corrected = from_a_day.corrections(Regulation, _PLACE)
        groups = []
        found = Regulation.objects.in_order().select_related("department", "kind", "set_by")
        for place, rows in groupby(found, key=_PLACE):
            history = list(rows)
            groups.append(
                {
                    "ahead": [row for row in history if row.since > today][::-1],
                    "now": next((row for row in history if row.since <= today), None),
                    "past": [row for row in history if row.since <= today][1:],
                    "corrected": corrected[place],
                    "any": history[0],
                    "may_set": ours is None or history[0].department_id in ours,
                }
            )
        return super().get_context_data(
            groups=groups,
            today=today,
            may_set=ours is None or bool(ours),
            sees_authors=user.access_level >= Access.HEAD,
            **kwargs,
        )


class RegulationCreate(FormPage):
    """A new row from a day on; ``?like=`` is the row whose place it takes."""

    access = Access.HEAD
    title = _("How often to speak with clients")
    form_class = RegulationForm
    submit_label = _("Put into force")
    success_message = _("The regulation is set.")
    success_url = reverse_lazy("regulation-list")

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(REGULATIONS, str(reverse_lazy("regulation-list")))]

    def get_initial(self) -> dict[str, Any]:
        like = number_in(self.request, "like")
        row = Regulation.objects.filter(pk=like).first() if like else None
        names = ("department", "category", "kind", "times", "per")
        return {name: getattr(row, name) for name in names} if row else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def save(self, form: RegulationForm) -> Regulation:
        return set_regulation(by=self.request.user, **form.cleaned_data)


class RegulationWithdraw(ActionView):
    """What was set by mistake, before it ruled a day."""

    access = Access.HEAD
    success_message = _("Withdrawn.")

    def perform(self) -> None:
        user = self.request.user
        ours: QuerySet[Regulation] = Regulation.objects.all()
        if not user.sees_everything:
            ours = ours.filter(department__in=departments_regulated_by(user))
        withdraw_regulation(fetch(Regulation.objects.all(), ours, pk=self.kwargs["pk"]), by=user)
