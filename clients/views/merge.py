"""Two rows of one client: choose the other, look at both side by side, make them one."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Model, QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients import duplicates, merging
from clients.forms.merge import KeepForm, MergeForm
from clients.models import Client, Manager
from clients.views.card import crumbs_of
from clients.views.people import OfClient
from crm.web import htmx
from crm.web.views import Access, FormPage, fetch

#: The facts that are compared, in this order; those nobody filled in are left out.
COMPARED = (
    "name", "full_name", "inn", "kpp", "ogrn", "category", "industry", "source", "country", "region", "city", "address",
    "website", "birthday", "founded_year", "employees", "annual_revenue", "bank_name", "bank_account", "profile",
    "preferences", "potential", "decision_making", "notes",
)  # fmt: skip


class MayMerge(OfClient):
    """Both clients must be the user's to give away."""

    def get_allowed(self, user: Manager) -> QuerySet[Client]:
        return Client.objects.transferable_by(user)


class ClientMerge(MayMerge, FormPage):
    """First step: which is the other one?"""

    access = Access.HEAD
    title = _("Merge with another client")
    form_class = MergeForm
    submit_label = _("Compare")
    template_name = "clients/merge_choose.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        clients = self.get_allowed(self.request.user).exclude(pk=self.client.pk)
        return {**super().get_form_kwargs(), "clients": clients}

    @cached_property
    def alike(self) -> list[Client]:
        """Those the duplicate check finds and that may be merged, as a short cut."""
        points = self.client.contact_points.values_list("value", flat=True)
        found = duplicates.find(
            name=self.client.name, inn=self.client.inn, kpp=self.client.kpp, contacts=points, exclude_pk=self.client.pk
        )
        ids = [double.client.pk for double in found]
        return list(self.get_allowed(self.request.user).filter(pk__in=ids).select_related("manager"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(client=self.client, alike=self.alike, **kwargs)

    def save(self, form: MergeForm) -> Client:
        return form.cleaned_data["other"]

    def render_success(self) -> HttpResponseBase:
        return htmx.redirect(self.request, reverse("client-merge-confirm", args=[self.client.pk, self.saved.pk]))


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of the comparison."""

    label: str | Promise
    ours: Any
    theirs: Any

    @property
    def differs(self) -> bool:
        return bool(self.ours and self.theirs and self.ours != self.theirs)


def compared(one: Client, other: Client) -> list[Fact]:
    """The facts in which at least one of them says something."""

    def shown(client: Client, name: str) -> Any:
        display = getattr(client, f"get_{name}_display", None)
        value = display() if display else getattr(client, name)
        return str(value) if isinstance(value, Model) else value

    rows = []
    for name in COMPARED:
        ours, theirs = shown(one, name), shown(other, name)
        if ours or theirs:
            rows.append(Fact(Client._meta.get_field(name).verbose_name, ours, theirs))  # type: ignore[union-attr]
    return rows


class ClientMergeConfirm(MayMerge, FormPage):
    """Second step: both side by side, which one stays, and the word."""

    access = Access.HEAD
    title = _("Merge two clients")
    form_class = KeepForm
    submit_label = _("Merge")
    success_message = _("Two clients are one now.")
    template_name = "clients/merge.html"

    @cached_property
    def other(self) -> Client:
        user = self.request.user
        return fetch(Client.objects.known_to(user), self.get_allowed(user), pk=self.kwargs["other"])

    @property
    def pair(self) -> tuple[Client, Client]:
        return self.client, self.other

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        return crumbs_of(self.client)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "pair": self.pair}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        counts = [(client.persons.count(), client.contact_points.count()) for client in self.pair]
        return super().get_context_data(
            client=self.client, other=self.other, facts=compared(*self.pair), counts=counts, **kwargs
        )

    def save(self, form: KeepForm) -> Client:
        keep, drop = form.sides()
        return merging.merge_clients(keep_id=keep.pk, drop_id=drop.pk, by=self.request.user)

    def get_success_url(self) -> str:
        return self.saved.get_absolute_url()
