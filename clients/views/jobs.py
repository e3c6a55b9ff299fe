"""Jobs that compute the zone dates of many clients anew: how far they are, and letting them go on."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Redating
from clients.redating import resume_redating
from crm.web.views import Access, ActionView, ListPage, PageView, fetch


class RedatingList(ListPage):
    """The latest jobs first."""

    access = Access.HEAD
    title = _("Re-dating jobs")
    template_name = "clients/redating_list.html"
    partial_template_name = "clients/_redating_list.html"

    def get_queryset(self) -> QuerySet[Redating]:
        jobs = Redating.objects.visible_to(self.request.user)
        return jobs.select_related("manager", "department", "requested_by")


class RedatingDetail(PageView):
    """One job; its partial asks for itself every two seconds until the job is done."""

    access = Access.HEAD
    template_name = "clients/redating.html"
    partial_template_name = "clients/_redating.html"

    def get_title(self) -> str | Promise:
        return _("Re-dating of clients")

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Re-dating jobs"), reverse("redating-list"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        jobs = Redating.objects.visible_to(self.request.user).select_related("manager", "department", "requested_by")
        may_resume = self.request.user.access_level >= Access.ADMIN
        return super().get_context_data(job=fetch(jobs, pk=self.kwargs["pk"]), may_resume=may_resume, **kwargs)


class RedatingResume(ActionView):
    """Let a job go on that failed or lost its worker."""

    access = Access.ADMIN
    success_message = _("The job goes on.")

    def perform(self) -> str:
        job = fetch(Redating.objects.visible_to(self.request.user), pk=self.kwargs["pk"])
        return resume_redating(job_id=job.pk).get_absolute_url()
