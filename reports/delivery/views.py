"""Pages of reports sent regularly: one's own, those one gets, making, changing, stopping, sending at once."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.models import Manager
from crm.web.filtering import active_filters
from crm.web.views import Access, ActionView, FormPage, PageView, fetch
from reports.delivery import notices, services
from reports.delivery.asking import ask_for, kept
from reports.delivery.forms import DeliveryForm
from reports.frame.report import Report, find
from reports.models import ReportDelivery, ReportLetter
from reports.rules.timing import WEEK

Crumbs = list[tuple[str | Promise, str]]
#: Letters told of below the deliveries.
_LETTERS = 12


def own(reader: Any) -> QuerySet[ReportDelivery]:
    """Whoever makes a delivery is the only one who changes it."""
    return ReportDelivery.objects.filter(owner=reader)


class DeliveryList(PageView):
    """What I have sent, and what others have sent to me."""

    access = Access.SALES
    title = _("Reports sent regularly")
    template_name = "reports/delivery/list.html"

    def get_breadcrumbs(self) -> Crumbs:
        return [(_("Reports"), reverse("report-index"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reader: Any = self.request.user
        people = Prefetch("recipients", Manager.objects.order_by("last_name", "first_name"))
        received = ReportDelivery.objects.filter(recipients=reader, is_on=True).exclude(owner=reader)
        return super().get_context_data(
            deliveries=[(each, find(each.report)) for each in own(reader).prefetch_related(people)],
            received=[(each, find(each.report)) for each in received.select_related("owner")],
            letters=self._letters(reader),
            **kwargs,
        )

    def _letters(self, reader: Any) -> list[tuple[ReportLetter, Any]]:
        last = ReportLetter.objects.filter(delivery__owner=reader).select_related("delivery", "recipient")
        return [(letter, notices.REASONS.get(letter.last_error, letter.last_error)) for letter in last[:_LETTERS]]


class _DeliveryPage(FormPage):
    access = Access.SALES
    form_class = DeliveryForm
    report: Report

    def get_breadcrumbs(self) -> Crumbs:
        return [(_("Reports"), reverse("report-index")), (_("Reports sent regularly"), reverse("report-deliveries"))]

    @property
    def delivery(self) -> ReportDelivery:
        raise NotImplementedError

    def _report(self, key: str) -> Report:
        """The report; there is none the reader may not open."""
        report = find(key)
        if report is None or not report.is_sendable or not report.access.allows(self.request.user):
            raise Http404
        return report

    def get_form_kwargs(self) -> dict[str, Any]:
        delivery, owner = self.delivery, self.request.user
        return {
            **super().get_form_kwargs(),
            "instance": delivery,
            "owner": owner,
            "report": self._report(delivery.report),
            "query": delivery.query,
        }

    def get_initial(self) -> dict[str, Any]:
        delivery = self.delivery
        people = delivery.recipients.all() if delivery.pk else [self.request.user]
        return {
            "when": f"{delivery.every}-{delivery.day}",
            "period": QueryDict(delivery.query).get("period", ""),
            "recipients": [person.pk for person in people],
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report, reader = self._report(self.delivery.report), self.request.user
        filterset = ask_for(reader, report, self.delivery.query).filterset  # type: ignore[arg-type]
        filters = [(label, value) for name, label, value in active_filters(filterset) if name != "period"]
        return super().get_context_data(report=report, filters=filters, **kwargs)

    def save(self, form: Any) -> ReportDelivery:
        people, by = form.cleaned_data["recipients"], self.request.user
        return services.save_delivery(delivery=form.instance, recipients=people, by=by)  # type: ignore[arg-type]

    def get_success_url(self) -> str:
        return reverse("report-deliveries")


class DeliveryCreate(_DeliveryPage):
    """A report as it stands on the page, to be sent regularly: ``?report=<key>`` and its filters."""

    title = _("Send a report regularly")
    submit_label = _("Send regularly")
    success_message = _("It goes out on the next such day, early in the morning.")

    @cached_property
    def delivery(self) -> ReportDelivery:  # type: ignore[override]
        report = self._report(self.request.GET.get("report", ""))
        query = kept(report, self.request.user, self.request.GET)  # type: ignore[arg-type]
        return ReportDelivery(report=report.key, name=str(report.title), query=query, every=WEEK, day=1)


class DeliveryUpdate(_DeliveryPage):
    title = _("Change a report sent regularly")
    submit_label = _("Save")
    success_message = _("Saved.")

    @cached_property
    def delivery(self) -> ReportDelivery:  # type: ignore[override]
        return fetch(own(self.request.user), pk=self.kwargs["pk"])


class _DeliveryAction(ActionView):
    access = Access.SALES

    @cached_property
    def delivery(self) -> ReportDelivery:
        return fetch(own(self.request.user), pk=self.kwargs["pk"])

    def get_return_url(self) -> str:
        return reverse("report-deliveries")


class DeliverySwitch(_DeliveryAction):
    """Stop it, or have it go out again."""

    is_on: ClassVar[bool] = False

    def perform(self) -> None:
        services.switch(delivery=self.delivery, is_on=self.is_on)

    def get_success_message(self) -> str | Promise:
        return _("It goes out again.") if self.is_on else _("Stopped.")


class DeliveryDelete(_DeliveryAction):
    success_message = _("Deleted.")

    def perform(self) -> None:
        services.delete(delivery=self.delivery)


class DeliverySend(_DeliveryAction):
    """To all recipients, at once."""

    number = 0

    def perform(self) -> None:
        self.number = services.send_now(delivery=self.delivery)

    def get_success_message(self) -> str:
        words = ngettext(
            "%(number)d letter goes out within five minutes.",
            "%(number)d letters go out within five minutes.",
            self.number,
        )
        return words % {"number": self.number}


class DeliveryLeave(ActionView):
    """I do not want to get it any more."""

    access = Access.SALES
    success_message = _("You will not get it any more.")

    def perform(self) -> None:
        reader: Any = self.request.user
        delivery = fetch(ReportDelivery.objects.filter(recipients=reader), pk=self.kwargs["pk"])
        services.leave(delivery=delivery, recipient=reader)

    def get_return_url(self) -> str:
        return reverse("report-deliveries")
