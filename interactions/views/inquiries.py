"""Inquiries: the journal, one of them, and what is done with those that wait."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client
from clients.views.desk import DeskList, ListExport
from crm.web.columns import Column
from crm.web.errors import DomainError
from crm.web.views import Access, ActionView, PageView, fetch
from interactions import inquiries
from interactions.forms.inquiries import CloseInquiryForm, PassForm, TakeForm
from interactions.inquiry_columns import inquiry_columns
from interactions.inquiry_filter import TABS, InquiryFilter
from interactions.models import Event, Inquiry, SalesProcess
from interactions.selectors.inquiries import passable_to
from interactions.views.base import DrawerPage
from interactions.views.events import tab_links

INQUIRIES = gettext_lazy("Inquiries")


class InquiryList(DeskList):
    """What waits for me first; then what is nobody's, what I answered, and all one may see."""

    access = Access.SALES
    title = INQUIRIES
    template_name = "interactions/inquiry_list.html"
    partial_template_name = "interactions/_inquiry_list.html"
    filterset_class = InquiryFilter
    main_filters = ("q", "kind", "assigned", "since", "until", "status")
    list_page = "inquiry-list"
    export_url_name = "inquiry-export"
    sorts: ClassVar[Any] = {
        "when": ("received_at", "pk"),
        "client": ("client__search_name", "-received_at"),
        "amount": (F("amount").asc(nulls_first=True), "pk"),
    }
    default_sort = "-when"

    def get_all_columns(self) -> list[Column]:
        return inquiry_columns()

    def get_queryset(self) -> QuerySet[Inquiry]:
        rows = Inquiry.objects.visible_to(self.request.user).telling_to(self.request.user)
        return rows.select_related("client", "kind", "taken_by", "assigned_to")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "tabs": tab_links(self, TABS), "status": self.request.GET.get("status", "")}


class InquiryExport(ListExport, InquiryList):
    """The rows of the journal, with the same filters and columns, for a spreadsheet."""

    export_label = INQUIRIES
    file_name = "inquiries"


class InquiryMixin:
    """Something with one inquiry."""

    access = Access.SALES
    kwargs: dict[str, Any]
    request: Any

    @cached_property
    def inquiry(self) -> Inquiry:
        """One that waits, and that the user may do something with."""
        rows = Inquiry.objects.visible_to(self.request.user).select_related("client")
        return fetch(rows, self.allowed(), pk=self.kwargs["pk"])

    def allowed(self) -> QuerySet[Inquiry]:
        """Those that are settled too: the service says that somebody was quicker."""
        user = self.request.user
        settled = Inquiry.objects.exclude(pk__in=Inquiry.objects.open().values("pk")).visible_to(user)
        return Inquiry.objects.workable_by(user) | settled

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(INQUIRIES, reverse("inquiry-list")), (str(self.inquiry), self.inquiry.get_absolute_url())]


class InquiryPage(PageView):
    """Who called, what about, whose turn it is."""

    access = Access.SALES
    template_name = "interactions/inquiry_detail.html"

    @cached_property
    def inquiry(self) -> Inquiry:
        rows = Inquiry.objects.visible_to(self.request.user).telling_to(self.request.user)
        related = ("client__manager", "kind", "source", "product", "taken_by", "assigned_to", "rule")
        return fetch(rows.select_related(*related), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return _("Inquiry of %(client)s") % {"client": self.inquiry}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(INQUIRIES, reverse("inquiry-list"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        inquiry, user = self.inquiry, self.request.user
        this = Inquiry.objects.filter(pk=inquiry.pk)
        waits = this.workable_by(user).exists()
        return super().get_context_data(
            inquiry=inquiry,
            event=Event.objects.visible_to(user).filter(pk=inquiry.event_id).first(),
            process=SalesProcess.objects.visible_to(user).filter(pk=inquiry.process_id).first(),
            may_take=waits and self.may_take(),
            may_pass=waits,
            take_form=TakeForm(),
            **kwargs,
        )

    def may_take(self) -> bool:
        """Whether the reader can go on with it himself. As ``inquiries.take_over`` decides it."""
        client, user = self.inquiry.client, self.request.user
        if client.is_held:
            return Client.objects.editable_by(user).filter(pk=client.pk).exists()
        if client.exchange_since or client.archived_at:
            return False
        return passable_to(self.inquiry, user).filter(pk=user.pk).exists()


class InquiryTake(InquiryMixin, ActionView):
    """I go on with it; ``sale_kind``: and open a sale."""

    def perform(self) -> str:
        form = TakeForm(self.request.POST)
        if not form.is_valid():
            raise DomainError(_("Choose the kind of the sale anew."))
        taken = inquiries.take_over(inquiry=self.inquiry, by=self.request.user, **form.cleaned_data)
        return taken.process.get_absolute_url() if taken.process else taken.client.get_absolute_url()

    def get_success_message(self) -> str:
        return _("It is yours now.")


class InquiryPass(InquiryMixin, DrawerPage):
    """Somebody else shall go on with it."""

    form_class = PassForm
    submit_label = gettext_lazy("Pass on")
    title = gettext_lazy("Pass the inquiry on")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "people": passable_to(self.inquiry, self.request.user)}

    def save(self, form: PassForm) -> Inquiry:
        return inquiries.pass_on(inquiry=self.inquiry, to=form.cleaned_data["to"], by=self.request.user)

    def get_success_message(self) -> str:
        if self.saved.assigned_to is None:
            return _("The heads decide who goes on with it.")
        return _("Passed on to %(manager)s.") % {"manager": self.saved.assigned_to}

    def get_success_url(self) -> str:
        self.success_url = reverse("inquiry-list")
        return super().get_success_url()


class InquiryClose(InquiryMixin, DrawerPage):
    """Nothing came of it."""

    form_class = CloseInquiryForm
    submit_label = gettext_lazy("Close the inquiry")
    title = gettext_lazy("Nothing came of it")
    success_message = gettext_lazy("The inquiry is closed.")

    def save(self, form: CloseInquiryForm) -> Inquiry:
        return inquiries.close(inquiry=self.inquiry, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        self.success_url = reverse("inquiry-list")
        return super().get_success_url()
