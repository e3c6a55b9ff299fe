"""The weekly list: what to do with clients nobody wants."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.models import Client, Manager
from crm import clock
from crm.web.errors import DomainError
from crm.web.views import Access, ListPage, add_errors
from exchange import weekly
from exchange.selectors import waiting_count_now
from exchange.shelving import Answer
from exchange.weekly_forms import MOST, DecisionForm, WeeklyFilter, keys_of, receivers_of


class WeeklyList(ListPage):
    """Clients of the exchange that nobody claimed for long, the oldest first, and one form to decide on many."""

    access = Access.HEAD
    title = _("Wanted by nobody")
    template_name = "exchange/weekly.html"
    partial_template_name = "exchange/_weekly.html"
    sorts = {
        "since": ("exchange_since", "pk"),
        "name": ("search_name", "pk"),
        "contact": (F("last_contact_on").asc(nulls_first=True), "pk"),
    }
    default_sort = "since"
    http_method_names = ["get", "head", "options", "post"]

    @cached_property
    def days(self) -> int | None:
        return weekly.stale_days()

    @cached_property
    def form(self) -> DecisionForm:
        posted = self.request.POST if self.request.method == "POST" else None
        return DecisionForm(posted, receivers=self.receivers)

    @cached_property
    def receivers(self) -> list[Manager]:
        return receivers_of(self.request.user)

    def get_filterset(self) -> WeeklyFilter:
        filterset = WeeklyFilter(
            self.request.GET or None, queryset=self.get_queryset(), request=self.request, receivers=self.receivers
        )
        filterset.form.auto_id = "filter_%s"
        return filterset

    def get_queryset(self) -> QuerySet[Client]:
        if self.days is None:
            return Client.objects.none()
        return weekly.weekly_clients(self.request.user, days=self.days).select_related("last_manager__department")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form, ids = self.form, keys_of(request.POST.getlist("clients"))
        answers = self._decide(form, ids) if form.is_valid() else None
        context = self.get_context_data(marked=[] if answers else ids, **self._told(answers or []))
        return self.render_to_response(context, status=422 if answers is None else 200)

    def _decide(self, form: DecisionForm, ids: list[int]) -> list[Answer] | None:
        """The answers; None when the form must be corrected first."""
        if not ids:
            form.add_error(None, _("Mark at least one client."))
        elif len(ids) > MOST:
            words = ngettext("At most %(number)d client at once.", "At most %(number)d clients at once.", MOST)
            form.add_error(None, words % {"number": MOST})
        elif self.days is None:
            form.add_error(None, _("The rule is switched off: there is no list."))
        else:
            try:
                return weekly.decide(client_ids=ids, by=self.request.user, days=self.days, **form.cleaned_data)
            except DomainError as error:
                add_errors(form, error)
            finally:
                waiting_count_now()
        return None

    def _told(self, answers: list[Answer]) -> dict[str, Any]:
        """What became of each, with the names everybody may know."""
        clients = Client.objects.known_to(self.request.user).in_bulk([answer.client_id for answer in answers])
        return {
            "answers": [(clients.get(answer.client_id), answer) for answer in answers],
            "done": sum(answer.ok for answer in answers),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows = weekly.weekly_rows(context["page"].rows, today=clock.today())
        context.setdefault("marked", [])
        return context | {"rows": rows, "days": self.days, "form": self.form}
