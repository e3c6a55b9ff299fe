"""Take an inquiry: one field finds the client or begins a new one, one form registers what it wanted."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from clients import duplicates
from clients.models import Client, ContactPoint
from clients.search import Entry, Question, find, read_query
from clients.search.arms import Group
from crm.web import marking
from crm.web.views import Access, FormPage, PageMixin, fetch
from interactions import day_inquiries, inquiries, selectors
from interactions.forms.inquiries import InquiryForm, NewClientInquiryForm, recognised
from interactions.models import Inquiry
from interactions.selectors.inquiries import answered_by
from interactions.views.base import number_in

_FOUND = 7
#: How many of his own inquiries stand under the empty field.
_LATELY = 5
#: The sorts of things a caller can be.
_ARMS = ("clients", "persons")
#: A button of the new client's form: it is this one after all. What was typed stays.
INSTEAD = "instead"


class InquiryCreate(FormPage):
    """``?q=``: what was typed; ``?client=``: the one it is; ``?new``: nobody knows it."""

    access = Access.SALES
    title = gettext_lazy("Take an inquiry")
    template_name = "interactions/inquiry_take.html"
    partial_template_name = "interactions/_inquiry_take.html"
    submit_label = gettext_lazy("Register")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "lines" in request.GET:
            context = {"groups": self.groups(), "search_query": self.typed, "new_url": self.address(new=1)}
            return TemplateResponse(request, "interactions/_inquiry_lines.html", context)
        if self.client is None and "new" not in request.GET:
            return self.respond_search()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if INSTEAD in request.POST:
            form = self.form_for_known(request.POST)
            return self.render_to_response(self.get_context_data(form=form))
        return super().post(request, *args, **kwargs)

    # --- whom it is about ---------------------------------------------------------------------------------------------
    @cached_property
    def typed(self) -> str:
        """What stands in the one field."""
        return " ".join(self.request.GET.get("q", "").replace("\0", "").split())[:200]

    @cached_property
    def client(self) -> Client | None:
        """The client chosen, of which anybody may know; what he may do with it the form knows."""
        pk = number_in(self.request, "client")
        return None if pk is None else self.known(pk)

    def known(self, pk: int) -> Client:
        return fetch(Client.objects.known_to(self.request.user).select_related("manager"), pk=pk)

    def address(self, **query: Any) -> str:
        """This page with what was typed."""
        known = {"q": self.typed} if self.typed else {}
        return f"{reverse('inquiry-create')}?{urlencode({**known, **query})}"

    def groups(self) -> list[Group]:
        """The clients and persons it may be; each line leads to the form."""
        question = Question(self.typed, self.request.user, _FOUND)
        groups = [group for key in _ARMS for group in find(question, only=key)]
        for group in groups:
            for entry in group.entries:
                self._lead_here(entry)
        return groups

    def _lead_here(self, entry: Entry) -> None:
        person = {"person": entry.person_id} if entry.person_id else {}
        entry.url, entry.may_register, entry.phone = self.address(client=entry.client_id, **person), False, ""

    def respond_search(self) -> HttpResponseBase:
        """The one field with what is found under it; before anything is typed, what waits and what came lately."""
        context = {
            "title": self.title,
            "breadcrumbs": self.get_breadcrumbs(),
            "typed": self.typed,
            "groups": self.groups() if self.typed else [],
            "new_url": self.address(new=1),
        }
        if not self.typed:
            context |= {"facts": day_inquiries.read(self.request), "lately": answered_by(self.request.user)[:_LATELY]}
        return TemplateResponse(self.request, "interactions/inquiry_find.html", context)

    # --- the form -----------------------------------------------------------------------------------------------------
    def get_form_class(self) -> type[InquiryForm]:
        return NewClientInquiryForm if self.client is None else InquiryForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user, "client": self.client}

    def get_initial(self) -> dict[str, Any]:
        terms = read_query(self.typed)
        if self.client is None:
            return recognised(terms)
        person = number_in(self.request, "person")
        points = ContactPoint.objects.filter(client=self.client, person__isnull=False, normalized=terms.phone or "-")
        return {"person": person or points.values_list("person_id", flat=True).first()}

    def form_for_known(self, sent: QueryDict) -> InquiryForm:
        """The form of the client that was meant after all, with what has been typed already."""
        self.client = self.known(next(iter(marking.keys([str(sent[INSTEAD])])), 0))
        kept = {name: sent.get(name, "") for name in InquiryForm.base_fields if name not in ("person", "wish")}
        return InquiryForm(initial={**self.get_initial(), **kept}, user=self.request.user, client=self.client)

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Inquiries"), reverse("inquiry-list"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form, client = context["form"], self.client
        person = {"person": self.request.GET["person"]} if "person" in self.request.GET else {}
        context.update(
            typed=self.typed,
            client=client,
            form_action=self.address(**({"client": client.pk, **person} if client else {"new": 1})),
            kinds=list(form.fields["kind"].queryset),
            found=getattr(form, "found", []),
        )
        context["chosen_kind"] = str(form["kind"].value() or (context["kinds"][0].pk if context["kinds"] else ""))
        if client is not None and form.sees_client:
            context.update(selectors.client_beside(self.request.user, client.pk))
        return context

    def save(self, form: InquiryForm) -> Inquiry:
        return inquiries.take(
            inquiry=form.inquiry(self.typed),
            by=self.request.user,
            wish=form.cleaned_data.get("wish"),
            new=form.new_client(),
            caller=form.cleaned_data["caller"],
            sale_kind=form.cleaned_data.get("sale_kind"),
        )

    def get_success_message(self) -> str:
        inquiry, who = self.saved, self.saved.assigned_to
        if inquiry.status == Inquiry.Status.TAKEN:
            return _("Registered. %(client)s: you go on with it.") % {"client": inquiry.client}
        if who is not None:
            return _("Registered and passed on to %(manager)s.") % {"manager": who}
        return _("Registered. It waits: nobody has the client.")

    def get_success_url(self) -> str:
        """Who goes on with it himself goes to the client, or to the sale; others see who does."""
        inquiry = self.saved
        if inquiry.status != Inquiry.Status.TAKEN:
            return inquiry.get_absolute_url()
        return inquiry.process.get_absolute_url() if inquiry.process else inquiry.client.get_absolute_url()


class InquiryDuplicates(PageMixin, View):
    """Who the new client may be that is being typed. POST: phones do not belong into addresses and logs."""

    access = Access.SALES
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        typed = {name: request.POST.get(name, "").replace("\0", "")[:255] for name in ("name", "inn", "contact")}
        found = duplicates.find(name=typed["name"], inn=typed["inn"], contacts=[typed["contact"]])
        return TemplateResponse(request, ["interactions/_inquiry_found.html"], {"found": found})
