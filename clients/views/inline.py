"""One fact of a client, edited where it stands on the card."""

from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import inline, selectors
from clients.facts import fact, further_facts, label_of
from clients.forms.inline import FactForm
from clients.models import Client
from clients.views.card import facts_of_card
from clients.views.people import OfClient
from crm.web import htmx
from crm.web.errors import Conflict
from crm.web.views import Access, ActionView, FormPage

#: Facts on which more of the card depends than can be drawn anew beside them: the colour follows the category.
_RELOADING = frozenset({"category"})


class OfFact(OfClient):
    """A view about one fact of one client the user may work on."""

    @property
    def name(self) -> str:
        name = self.kwargs["name"]  # type: ignore[attr-defined]
        if not inline.may_be_edited(name):
            raise Http404
        return name


class ClientField(OfFact, FormPage):
    """The form of one fact. With htmx it stands in the fact's place; ``?shown=1`` puts the fact back."""

    access = Access.SALES
    form_class = FactForm
    partial_template_name = "clients/_fact_form.html"
    submit_label = _("Save")
    undo_url = ""
    is_stale = False

    @cached_property
    def now(self) -> Client:
        """The client as it is."""
        return selectors.known_client(self.request.user, self.client.pk)

    def get_title(self) -> str:
        return label_of(self.name)

    def get(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "shown" in self.request.GET and htmx.wants_partial(self.request):
            return self._drawn("clients/_facts.html")
        return super().get(*args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        was = inline.mark(self.client, self.name)
        return {**super().get_form_kwargs(), "client": self.client, "name": self.name, "was": was}

    def save(self, form: FactForm) -> Client:
        name = self.name
        try:
            client, before = inline.set_fact(
                client_id=self.client.pk,
                name=name,
                value=form.cleaned_data[name],
                was=form.cleaned_data["was"],
                by=self.request.user,
            )
        except Conflict:
            self.is_stale = True
            form.open_anew(inline.mark(Client.objects.get(pk=self.client.pk), name))
            raise
        if before:
            url = reverse("client-field-undo", args=[client.pk, name, before])
            self.undo_url = f"{url}?now={inline.mark(client, name)}"
        return client

    def get_success_message(self) -> str:
        return gettext("Saved: %(fact)s.") % {"fact": label_of(self.name)} if self.undo_url else ""

    def get_undo_url(self) -> str:
        return self.undo_url

    def form_invalid(self, form: FactForm) -> HttpResponseBase:
        return self.render_to_response(self.get_context_data(form=form), status=409 if self.is_stale else 422)

    def render_success(self) -> HttpResponseBase:
        if not htmx.wants_partial(self.request):
            return super().render_success()
        if self.name in _RELOADING and self.undo_url:
            response = HttpResponse()
            response["HX-Refresh"] = "true"
            return response
        follows = {**facts_of_card(self.now), **further_facts(self.now), "portrait": selectors.portrait(self.now)}
        return self._drawn("clients/_fact_saved.html", **follows)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(name=self.name, client=self.client, **kwargs)

    def _drawn(self, template: str, **context: Any) -> TemplateResponse:
        """The fact as the card has it, with the focus where it was."""
        drawn = fact(self.now, self.name)
        shown = {"client": self.now, "facts": [drawn], "editable": True, "is_answer": True}
        shown["cleared"] = "" if drawn.words else self.name
        return TemplateResponse(self.request, [template], shown | context)


class ClientFieldUndo(OfFact, ActionView):
    """What was saved in place is taken back."""

    access = Access.SALES
    success_message = _("Taken back.")

    def perform(self) -> None:
        inline.undo(
            client_id=self.client.pk,
            name=self.name,
            record=self.kwargs["record"],
            now=self.request.GET.get("now", ""),
            by=self.request.user,
        )
