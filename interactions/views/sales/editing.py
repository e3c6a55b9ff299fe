"""A sale is opened, and its facts are edited."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm import clock
from crm.web.views import Access
from interactions import sales
from interactions.forms import LineFormSet, ProcessForm, kept_rows
from interactions.models import SalesProcess
from interactions.views import same_offer
from interactions.views.base import FormsetPage, PicksClient, card_of, client_to_work_on, number_in
from interactions.views.sales.base import SALES, ProcessMixin


def parts(form: ProcessForm) -> dict[str, Any]:
    """Co-managers and competitors as chosen; what the form did not show stays as it is."""
    return {name: form.cleaned_data[name] for name in ("co_managers", "competitors") if name in form.cleaned_data}


class ProcessCreate(PicksClient, FormsetPage):
    """Open a sale."""

    access = Access.SALES
    title = _("New sale")
    form_class = ProcessForm
    formset_class = LineFormSet
    rows_title = _("Products")
    rows_template = "interactions/_lines_form.html"
    template_name = "interactions/process_form.html"
    offers = same_offer.SALE
    picker_title = _("New sale: to whom?")
    submit_label = _("Open the sale")
    success_message = _("The sale is open.")

    @cached_property
    def client(self) -> Client | None:
        pk = number_in(self.request, "client")
        return client_to_work_on(self.request, pk) if pk else None

    @cached_property
    def instance(self) -> SalesProcess:
        return SalesProcess(client=self.client, responsible=self.request.user, started_on=clock.today())

    def get_instance(self) -> SalesProcess:
        return self.instance

    def get_title(self) -> str | Promise:
        return _("New sale to %(client)s") % {"client": self.client}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        crumbs = [(SALES, reverse("process-list"))]
        return [*crumbs, (str(self.client), card_of(self.client))] if self.client else crumbs

    def save(self, form: ProcessForm) -> SalesProcess:
        lines = kept_rows(self.formset) if self.formset.is_bound else ()
        return sales.start_process(process=form.instance, by=self.request.user, lines=lines, **parts(form))


class ProcessUpdate(ProcessMixin, FormsetPage):
    """Edit the facts of a sale; no contact."""

    form_class = ProcessForm
    formset_class = LineFormSet
    rows_title = _("Products")
    rows_template = "interactions/_lines_form.html"
    template_name = "interactions/process_form.html"
    offers = same_offer.SALE
    submit_label = _("Save")
    success_message = _("Saved.")

    def get_instance(self) -> SalesProcess:
        return self.process

    def get_title(self) -> str | Promise:
        return _("Edit: %(sale)s") % {"sale": self.process}

    def save(self, form: ProcessForm) -> SalesProcess:
        lines = kept_rows(self.formset) if self.formset.is_bound else None
        return sales.change_process(process=form.instance, by=self.request.user, lines=lines, **parts(form))
