"""Protecting a client, entering its contract, renewing and ending them."""

import datetime as dt
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm import clock
from crm.web import htmx
from crm.web.views import Access, ActionView, FormPage, fetch, safe_next
from exchange import protections
from exchange.forms import ContractForm, ProtectionForm
from exchange.leaving_selectors import default_until
from exchange.models import Protection


class _KeepForm(FormPage):
    """A form that keeps a client: until when, and why. The limit of the rule stands beside the date."""

    access = Access.HEAD
    kind: ClassVar[str]

    @cached_property
    def client(self) -> Client:
        user = self.request.user
        known = Client.objects.known_to(user).select_related("manager")
        client = fetch(known, Client.objects.led_by(user), pk=self.kwargs["pk"])
        # Who posts may have been too slow: the service tells him. A link that is old leads nowhere.
        if self.request.method != "POST" and not client.is_held:
            raise PermissionDenied
        return client

    @cached_property
    def limits(self) -> protections.Limits:
        if not self.client.is_held:
            return protections.Limits()
        return protections.limits(self.client, self.kind, today=clock.today())

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Clients"), reverse("client-list")), (self.client.name, self.client.get_absolute_url())]

    def get_initial(self) -> dict[str, Any]:
        limit = self.limits.last
        return {"until": default_until(limit, today=clock.today(), kind=self.kind)} if limit else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"limits": self.limits}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(client=self.client, limits=self.limits, **kwargs)

    def get_success_url(self) -> str:
        return safe_next(self.request) or self.client.get_absolute_url()

    def render_success(self) -> HttpResponseBase:
        # From the preview one goes on working there; from the card, to the card as it is now.
        details = getattr(self.request, "htmx", None)
        if details and (details.current_url_abs_path or "").startswith(reverse("exchange-leaving")):
            return htmx.done("drawer-close", "list-refresh")
        return super().render_success()


class ProtectionCreate(_KeepForm):
    """The head protects a client of his people."""

    title = _("Protect the client")
    kind = Protection.Kind.PROTECTION.value
    form_class = ProtectionForm
    submit_label = _("Protect")
    success_message = _("Protected: it stays with its manager.")

    def save(self, form: ProtectionForm) -> Protection:
        return protections.protect(client_id=self.client.pk, by=self.request.user, **form.cleaned_data)


class ContractCreate(_KeepForm):
    """The head enters a contract of a client of his people."""

    title = _("Enter a contract")
    kind = Protection.Kind.CONTRACT.value
    form_class = ContractForm
    submit_label = _("Enter")
    success_message = _("Entered: it stays with its manager until the contract ends.")

    def save(self, form: ContractForm) -> Protection:
        return protections.enter_contract(client_id=self.client.pk, by=self.request.user, **form.cleaned_data)


def _running(request: HttpRequest, pk: int) -> Protection:
    """A protection the user decides on: 404 when he may not even read it, 403 when it is not his to decide."""
    rows: QuerySet[Protection] = Protection.objects.select_related("client__manager")
    return fetch(rows.visible_to(request.user), Protection.objects.led_by(request.user), pk=pk)  # type: ignore[attr-defined]


class ProtectionRenew(_KeepForm):
    """What runs is prolonged, with the same reason unless another is given."""

    title = _("Renew")
    submit_label = _("Renew")
    success_message = _("Renewed.")

    @cached_property
    def protection(self) -> Protection:
        return _running(self.request, self.kwargs["pk"])

    @property
    def kind(self) -> str:  # type: ignore[override]
        return self.protection.kind

    @cached_property
    def client(self) -> Client:
        return self.protection.client

    def get_form_class(self) -> type[ProtectionForm]:
        return ContractForm if self.kind == Protection.Kind.CONTRACT else ProtectionForm

    def get_initial(self) -> dict[str, Any]:
        initial, limit = super().get_initial(), self.limits.last
        if limit:
            start: dt.date = max(self.protection.until, clock.today())
            initial["until"] = default_until(limit, today=start, kind=self.kind)
        return {**initial, "reason": self.protection.reason}

    def save(self, form: ProtectionForm) -> Protection:
        return protections.renew(protection=self.protection, by=self.request.user, **form.cleaned_data)


class ProtectionRevoke(ActionView):
    """From today on it holds nothing."""

    access = Access.HEAD
    success_message = _("Ended: from today on it holds nothing.")

    def perform(self) -> str:
        protection = _running(self.request, self.kwargs["pk"])
        protections.revoke(protection=protection, by=self.request.user)
        return safe_next(self.request) or protection.client.get_absolute_url()
