"""Who is signed in."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from clients.models import Manager


class ManagerBackend(ModelBackend):
    """Django's own; the signed-in manager is read together with his department, which stands on every page."""

    def get_user(self, user_id: Any) -> Manager | None:
        try:
            manager = Manager.objects.select_related("department").get(pk=user_id)
        except Manager.DoesNotExist:
            return None
        return manager if self.user_can_authenticate(manager) else None
