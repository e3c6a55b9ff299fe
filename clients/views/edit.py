"""Creating and editing clients, and the check for duplicates while typing."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from clients import duplicates, services
from clients.forms import ClientForm
from clients.models import Client
from clients.views.card import crumbs_of, list_crumb
from crm.web.views import Access, FormPage, PageMixin, fetch


class ClientFormPage(FormPage):
    """What creating and editing share."""

    access = Access.SALES
    form_class = ClientForm
    template_name = "clients/form.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "found": context["form"].found, "asks_to_confirm": context["form"].asks_to_confirm}


class ClientCreate(ClientFormPage):
    """A new client. ``?name=``, ``?contact=`` and ``?inn=`` fill in what was searched for in vain."""

    title = _("New client")
    submit_label = _("Create client")
    success_message = _("The client is entered.")

    def get_form_kwargs(self) -> dict[str, Any]:
        typed = "" if self.request.method == "POST" else self.request.GET.get("contact", "")
        return {**super().get_form_kwargs(), "typed_contact": typed[:100]}

    def get_initial(self) -> dict[str, Any]:
        return {name: self.request.GET[name][:255] for name in ("name", "inn") if name in self.request.GET}

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        return list_crumb()

    def save(self, form: ClientForm) -> Client:
        points, _removed = form.points.to_save()
        return services.create_client(
            client=form.instance,
            by=self.request.user,
            manager=form.cleaned_data["manager"],
            points=points,
            custom=form.custom,
        )


class ClientUpdate(ClientFormPage):
    """The facts of a client."""

    title = _("Edit client")
    submit_label = _("Save")
    success_message = _("Saved.")

    @cached_property
    def client(self) -> Client:
        user = self.request.user
        return fetch(Client.objects.known_to(user), Client.objects.editable_by(user), pk=self.kwargs["pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.client}

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        return crumbs_of(Client.objects.get(pk=self.client.pk) if self.request.method == "POST" else self.client)

    def save(self, form: ClientForm) -> Client:
        points, removed = form.points.to_save()
        return services.update_client(
            client=form.instance, by=self.request.user, points=points, removed=removed, custom=form.custom
        )


class ClientDuplicates(PageMixin, View):
    """What looks like the client that is being typed. POST, because phones do not belong into addresses and logs."""

    access = Access.SALES
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        typed = request.POST
        exclude = request.GET.get("exclude", "")
        found = duplicates.find(
            name=typed.get("name", "").replace("\0", ""),
            inn=typed.get("inn", ""),
            kpp=typed.get("kpp", ""),
            contacts=[typed[key] for key in typed if key.startswith("points-") and key.endswith("-value")][:30],
            exclude_pk=int(exclude) if exclude.isdigit() and len(exclude) < 19 else None,
        )
        return TemplateResponse(request, ["clients/_duplicates.html"], {"found": found})
