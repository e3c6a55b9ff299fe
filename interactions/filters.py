"""What lists of events and sales, and the history of a client, are filtered by."""

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client, ContactPerson, Manager
from clients.tag_filter import TagsFilter
from crm.web.forms import DateInput
from crm.web.text import fold
from interactions.forms import EARLIEST, LATEST
from interactions.models import EventKind, EventParticipant, ProcessKind, Stage
from interactions.selectors import local_start

#: The tabs of the event list: a status, or a question people ask of it.
TABS = (
    ("", _("All")),
    ("planned", _("Planned")),
    ("overdue", _("Overdue")),
    ("done", _("Done")),
    ("cancelled", _("Cancelled")),
)
APPROVAL_TABS = (
    ("", _("Waiting")),
    ("approved", _("Approved")),
    ("rejected", _("Rejected")),
)
SALE_TABS = (
    ("open", pgettext_lazy("sales", "Open")),
    ("won", pgettext_lazy("sales", "Won")),
    ("lost", pgettext_lazy("sales", "Lost")),
    ("all", _("All")),
)


def _plausible(value: dt.date) -> None:
    if not EARLIEST <= value <= LATEST:
        raise ValidationError(_("Look at the year: this date cannot be meant."))


class DayFilter(django_filters.DateFilter):
    """A date, in the browser's own field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, widget=DateInput(), validators=[_plausible], **kwargs)


class OfPeriod(django_filters.FilterSet):
    """Everything that has a moment: from a day of the reader's to another, both included."""

    since = DayFilter(label=_("From"), method="filter_since")
    until = DayFilter(label=_("To"), method="filter_until")

    def filter_since(self, rows: QuerySet, _name: str, value: dt.date) -> QuerySet:
        return rows.filter(occurred_at__gte=local_start(value))

    def filter_until(self, rows: QuerySet, _name: str, value: dt.date) -> QuerySet:
        return rows.filter(occurred_at__lt=local_start(value + dt.timedelta(days=1)))


class WhoFilter(django_filters.ChoiceFilter):
    """Whose: mine (when nothing is chosen), everybody's, or one of those whose figures the reader may read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, empty_label=_("Mine"), method="filter_who", label=_("Whose"), **kwargs)


class MineFirst(django_filters.FilterSet):
    """Lists that show the reader's own rows, and those of whom he stands in for today, unless he asks for others or for
    one client's. What stayed open when a client went to the exchange is nobody's there."""

    field_order: tuple[str, ...] = ()

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        # Bound even without a query: "mine" is a filter too.
        super().__init__(data if data is not None else QueryDict(), *args, **kwargs)
        user = self.request.user
        others = Manager.objects.reported_to(user) | Manager.objects.filter(pk__in=user.deputised_manager_ids)
        others = others.exclude(pk=user.pk)
        self.form.fields["who"].choices = [("all", _("Everybody's")), *((str(who.pk), str(who)) for who in others)]
        self.form.order_fields(self.field_order)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        if "client" in self.form.errors:
            # The field is hidden: nobody would see that it was passed over and that these are other clients' rows.
            return queryset.none()
        rows = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        if asked.get("who") or asked.get("client"):
            return rows
        user = self.request.user
        return rows.filter(responsible__in={user.pk, *user.deputised_manager_ids}).in_hand()

    def filter_who(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows if value == "all" else rows.filter(responsible_id=int(value)).in_hand()


def _visible_clients(request: Any) -> QuerySet[Client]:
    return Client.objects.visible_to(request.user)


class EventFilter(MineFirst, OfPeriod):
    """The list of events."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="filter_text",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Client, subject or words")}),
    )
    # Steps of sales are not in this list, so their kinds are no choice.
    kind = django_filters.ModelChoiceFilter(
        label=_("Kind"), queryset=EventKind.objects.filter(is_system=False), empty_label=_("any")
    )
    who = WhoFilter()
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=TABS[1:], method="filter_status", widget=forms.HiddenInput
    )
    client = django_filters.ModelChoiceFilter(label=_("Client"), queryset=_visible_clients, widget=forms.HiddenInput)

    field_order = ("q", "kind", "who", "since", "until")

    def filter_text(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        words = Q(subject__icontains=value) | Q(text__icontains=value) | Q(result__icontains=value)
        return rows.filter(words | Q(client__search_name__contains=fold(value)))

    def filter_status(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.overdue() if value == "overdue" else rows.filter(status=value)


class ApprovalFilter(django_filters.FilterSet):
    """The dates a head decides on: those that wait unless the decided ones are asked for."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="filter_text",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Client or subject")}),
    )
    author = django_filters.ModelChoiceFilter(
        label=_("Registered by"), queryset=Manager.objects.none(), empty_label=_("anybody")
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=APPROVAL_TABS[1:], field_name="approval", widget=forms.HiddenInput
    )

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        # Bound even without a query: "waiting" is a filter too.
        super().__init__(data if data is not None else QueryDict(), *args, **kwargs)
        authors = self.queryset.order_by().values("author").distinct()
        self.form.fields["author"].queryset = Manager.objects.filter(pk__in=authors)

    def filter_text(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(Q(subject__icontains=value) | Q(client__search_name__contains=fold(value)))

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("status") else rows.waiting_approval()


class HistoryFilter(OfPeriod):
    """The history on a client's card. Its names wear a prefix, because they live in the card's own address."""

    kind = django_filters.ModelChoiceFilter(
        label=_("Kind"), queryset=EventKind.objects.all(), empty_label=_("any kind")
    )
    who = django_filters.ModelChoiceFilter(
        label=_("Responsible"), queryset=Manager.objects.none(), field_name="responsible", empty_label=_("anybody")
    )
    person = django_filters.ModelChoiceFilter(
        label=_("Contact person"),
        queryset=ContactPerson.objects.none(),
        method="filter_person",
        empty_label=_("any person"),
    )

    field_order = ("kind", "person", "who", "since", "until")

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.order_fields(self.field_order)
        self.form.fields["person"].queryset = client.persons.all()
        # Driven by the client's events, not by the managers: there may be thousands of those.
        here = client.events.order_by().values("responsible").distinct()
        self.form.fields["who"].queryset = Manager.objects.filter(pk__in=here)

    def filter_person(self, rows: QuerySet, _name: str, value: ContactPerson) -> QuerySet:
        return rows.filter(Exists(EventParticipant.objects.filter(event=OuterRef("pk"), person=value)))


class ProcessFilter(MineFirst):
    """The list of sales."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="filter_text",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Sale or client")}),
    )
    kind = django_filters.ModelChoiceFilter(label=_("Kind"), queryset=ProcessKind.objects.all(), empty_label=_("any"))
    stage = django_filters.ModelChoiceFilter(
        label=_("Stage"), queryset=Stage.objects.select_related("process_kind"), empty_label=_("any")
    )
    who = WhoFilter()
    tags = TagsFilter()
    since = DayFilter(label=_("Started from"), field_name="started_on", lookup_expr="gte")
    until = DayFilter(label=_("Started to"), field_name="started_on", lookup_expr="lte")
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=SALE_TABS, method="filter_status", widget=forms.HiddenInput
    )
    client = django_filters.ModelChoiceFilter(label=_("Client"), queryset=_visible_clients, widget=forms.HiddenInput)

    field_order = ("q", "kind", "stage", "who", "since", "until", "tags")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.fields["stage"].label_from_instance = lambda stage: f"{stage.process_kind} · {stage}"

    def filter_text(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(Q(title__icontains=value) | Q(client__search_name__contains=fold(value)))

    def filter_status(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows if value == "all" else rows.filter(status=value)
