"""Contact persons, relations, co-managers."""

from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clients import links, services
from clients.forms import ClientRelationForm, ManagerForm, PersonForm, PersonRelationForm
from clients.models import Client, ClientRelation, CoManager, ContactPerson, Manager, PersonRelation
from clients.views.card import crumbs_of
from crm.web.views import Access, ActionView, FormPage, fetch, safe_next


class OfClient:
    """A view about one client the user may work on (``pk`` in the address): 403 for those he only knows of."""

    @cached_property
    def client(self) -> Client:
        user = self.request.user  # type: ignore[attr-defined]
        return fetch(Client.objects.known_to(user), self.get_allowed(user), pk=self.kwargs["pk"])  # type: ignore[attr-defined]

    def get_allowed(self, user: Manager) -> QuerySet[Client]:
        return Client.objects.editable_by(user)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        return crumbs_of(self.client)

    def get_success_url(self) -> str:
        return safe_next(self.request) or self.client.get_absolute_url()  # type: ignore[attr-defined]

    get_return_url = get_success_url


class OfPerson(OfClient):
    """A view about one contact person: 404 for persons of clients the user may not see."""

    @cached_property
    def person(self) -> ContactPerson:
        user = self.request.user  # type: ignore[attr-defined]
        visible = ContactPerson.objects.visible_to(user).select_related("client")
        return fetch(visible, ContactPerson.objects.editable_by(user), pk=self.kwargs["pk"])  # type: ignore[attr-defined]

    @cached_property
    def client(self) -> Client:
        return self.person.client


class _PersonPage(FormPage):
    access = Access.SALES
    template_name = "clients/form.html"
    form_class = PersonForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def save(self, form: PersonForm) -> ContactPerson:
        points, removed = form.points.to_save()
        return services.save_person(person=form.instance, points=points, removed=removed)


class PersonCreate(OfClient, _PersonPage):
    """A new contact person."""

    title = _("New contact person")
    submit_label = _("Add person")
    success_message = _("The contact person is added.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": ContactPerson(client=self.client)}


class PersonUpdate(OfPerson, _PersonPage):
    """A contact person as he is now."""

    title = _("Edit contact person")
    submit_label = _("Save")
    success_message = _("Saved.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.person}


class RelationCreate(OfClient, FormPage):
    """Two clients belong together."""

    access = Access.SALES
    title = _("Related client")
    form_class = ClientRelationForm
    submit_label = _("Add relation")
    success_message = _("The relation is added.")

    def get_form_kwargs(self) -> dict[str, Any]:
        clients = Client.objects.known_to(self.request.user).exclude(pk=self.client.pk)
        return {**super().get_form_kwargs(), "client": self.client, "clients": clients}

    def save(self, form: ClientRelationForm) -> ClientRelation:
        return links.relate_clients(**form.sides(self.client))


class RelationDelete(OfClient, ActionView):
    """They do not belong together after all."""

    access = Access.SALES
    success_message = _("The relation is removed.")

    def perform(self) -> str:
        get_object_or_404(ClientRelation.objects.of(self.client), pk=self.kwargs["relation"]).delete()
        return self.client.get_absolute_url()


class PersonRelationCreate(OfPerson, FormPage):
    """Two persons know each other."""

    access = Access.SALES
    title = _("Related person")
    form_class = PersonRelationForm
    submit_label = _("Add relation")
    success_message = _("The relation is added.")

    def get_form_kwargs(self) -> dict[str, Any]:
        related = ClientRelation.objects.of(self.client).values_list("source_id", "target_id")
        ids = {self.client.pk, *(pk for pair in related for pk in pair)}
        persons = (
            ContactPerson.objects.visible_to(self.request.user)
            .filter(client_id__in=ids)
            .exclude(pk=self.person.pk)
            .select_related("client")
        )
        return {**super().get_form_kwargs(), "person": self.person, "persons": persons}

    def save(self, form: PersonRelationForm) -> PersonRelation:
        return links.relate_persons(**form.sides(self.person))


class PersonRelationDelete(OfPerson, ActionView):
    """They do not know each other after all."""

    access = Access.SALES
    success_message = _("The relation is removed.")

    def perform(self) -> str:
        own = PersonRelation.objects.filter(Q(source=self.person) | Q(target=self.person))
        get_object_or_404(own, pk=self.kwargs["relation"]).delete()
        return self.client.get_absolute_url()


class CoManagerCreate(OfClient, FormPage):
    """Another manager works with the client beside its lead manager. Lead manager, head, director."""

    access = Access.SALES
    title = _("New co-manager")
    form_class = ManagerForm
    submit_label = _("Add co-manager")
    success_message = _("The co-manager is added.")

    def get_allowed(self, user: Manager) -> QuerySet[Client]:
        return Client.objects.transferable_by(user).held()

    def get_form_kwargs(self) -> dict[str, Any]:
        taken = [self.client.manager_id, *self.client.co_managements.values_list("manager_id", flat=True)]
        return {**super().get_form_kwargs(), "managers": Manager.objects.sellers().exclude(pk__in=taken)}

    def save(self, form: ManagerForm) -> CoManager:
        return links.add_co_manager(client=self.client, manager=form.cleaned_data["manager"])


class CoManagerDelete(OfClient, ActionView):
    """He works with the client no longer."""

    access = Access.SALES
    success_message = _("The co-manager is removed.")

    def get_allowed(self, user: Manager) -> QuerySet[Client]:
        return Client.objects.transferable_by(user)

    def perform(self) -> str:
        get_object_or_404(self.client.co_managements, manager_id=self.kwargs["manager"]).delete()
        return self.client.get_absolute_url()
