"""Which zone policy rules whom, for everybody to read."""

from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from clients.models import ZonePolicy
from clients.policies import categories_ruled, policy_versions, ruled_rows
from crm.web.views import Access, PageView


class PolicyList(PageView):
    """The thresholds per department and category, and every version there was (who made it: for heads and above)."""

    access = Access.SALES
    title = _("Zone policies")
    template_name = "clients/policies.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        versions = policy_versions()
        in_order = ZonePolicy.objects.order_by(F("department__path").asc(nulls_first=True), "category")
        in_force = [policy.label for policy in in_order]
        categories = categories_ruled()
        return super().get_context_data(
            categories=categories,
            rows=ruled_rows(categories, versions),
            policies=[versions[label] for label in in_force if label in versions],
            past=[version for label, version in reversed(versions.items()) if label not in in_force],
            sees_authors=self.request.user.access_level >= Access.HEAD,
            is_admin=self.request.user.access_level >= Access.ADMIN,
            **kwargs,
        )
