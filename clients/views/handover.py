"""Giving a client to another manager."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from clients import services
from clients.forms import ManagerForm
from clients.models import Client, Manager, OwnershipPeriod
from clients.views.people import OfClient
from crm.web import htmx
from crm.web.views import Access, FormPage


class ClientReassign(OfClient, FormPage):
    """A head hands a client to a manager of his departments, a director to anybody. The clock starts anew.

    Clients on the exchange are given away on the exchange's own page, those in the archive are brought back first:
    from here one is sent to the card.
    """

    access = Access.HEAD
    title = _("Hand over")
    form_class = ManagerForm
    submit_label = _("Hand over")
    template_name = "clients/reassign.html"
    success_message = _("The client has a new lead manager.")

    def get_allowed(self, user: Manager) -> QuerySet[Client]:
        return Client.objects.transferable_by(user) | Client.objects.visible_to(user).on_exchange()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if (refused := self.check_access(request)) is not None:
            return refused
        if self.client.is_on_exchange or self.client.archived_at is not None:
            return htmx.redirect(request, self.client.get_absolute_url())
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        managers = Manager.objects.assignable_by(self.request.user).exclude(pk=self.client.manager_id)
        return {**super().get_form_kwargs(), "managers": managers}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(client=self.client, **kwargs)

    def save(self, form: ManagerForm) -> Client:
        manager, by = form.cleaned_data["manager"], self.request.user
        if self.client.is_held:
            return services.reassign(client_id=self.client.pk, manager=manager, by=by)
        gained = OwnershipPeriod.Gained.ASSIGNED
        return services.attach(client_id=self.client.pk, manager=manager, by=by, gained=gained)
