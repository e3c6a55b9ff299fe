"""What lists of events and sales, and the history of a client, are filtered by."""

import datetime as dt
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.filter_choices import dictionary_choices, is_key, managers_named, some_managers
from clients.models import Client, ContactPerson, LeadSource, Manager
from clients.tag_filter import TagsFilter
from crm import clock
from crm.web.filtering import ListFilterSet
from crm.web.forms import DateInput
from crm.web.text import fold
from interactions import process_activity
from interactions.forms import EARLIEST, LATEST
from interactions.models import (
    Competitor,
    Event,
    EventKind,
    EventParticipant,
    LossReason,
    ProcessCoManager,
    ProcessKind,
    Stage,
)
from interactions.rules.months import next_month
from interactions.selectors import local_start, of_thread

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


class OfPeriod(ListFilterSet):
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


class MineFirst(ListFilterSet):
    """Lists that show the reader's own rows, and those of whom he stands in for today, unless he asks for others or for
    one thing's. What stayed open when a client went to the exchange is nobody's there."""

    #: Beside it where the people are too many for a select.
    named = django_filters.CharFilter(label=_("Manager's name"), method="filter_named")

    field_order: tuple[str, ...] = ()
    #: What a list may be opened for: everybody's rows of it are shown. Hidden fields, each with a chip.
    about: tuple[str, ...] = ("client",)

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        # Bound even without a query: "mine" is a filter too.
        super().__init__(data if data is not None else QueryDict(), *args, **kwargs)
        user = self.request.user
        others = Manager.objects.reported_to(user) | Manager.objects.filter(pk__in=user.deputised_manager_ids)
        self.others = others.exclude(pk=user.pk)
        found, asked = some_managers(self.others), self.data.get("who") or ""
        if found is not None:
            del self.form.fields["named"]
        else:
            found = list(self.others.filter(pk=asked)) if is_key(asked) else []
        self.form.fields["who"].choices = [("all", _("Everybody's")), *((str(who.pk), str(who)) for who in found)]
        self.form.order_fields(self.field_order)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        if any(name in self.form.errors for name in self.about):
            # The fields are hidden: nobody would see that they were passed over and that these are others' rows.
            return queryset.none()
        rows = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        if any(asked.get(name) for name in ("who", "named", *self.about)):
            return rows
        return rows.filter(self.of_reader()).in_hand()

    def of_reader(self) -> Q:
        """His own rows, and those of whom he stands in for."""
        user = self.request.user
        return Q(responsible__in={user.pk, *user.deputised_manager_ids})

    def filter_named(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(responsible__in=self.others.filter(pk__in=managers_named(value)).values("pk")).in_hand()

    def filter_who(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows if value == "all" else rows.filter(responsible_id=int(value)).in_hand()


def _visible_clients(request: Any) -> QuerySet[Client]:
    return Client.objects.visible_to(request.user)


def _visible_events(request: Any) -> QuerySet[Event]:
    return Event.objects.visible_to(request.user).select_related("kind")


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
    chain = django_filters.ModelChoiceFilter(
        label=_("Thread"), queryset=_visible_events, method="filter_chain", widget=forms.HiddenInput
    )

    field_order = ("q", "kind", "who", "named", "since", "until")
    about = ("client", "chain")

    def filter_text(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        words = Q(subject__icontains=value) | Q(text__icontains=value) | Q(result__icontains=value)
        return rows.filter(words | Q(client__search_name__contains=fold(value)))

    def filter_chain(self, rows: QuerySet, _name: str, value: Event) -> QuerySet:
        return rows.filter(of_thread(value))

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


class MonthFilter(django_filters.DateFilter):
    """A month, in the browser's own field: every day of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")
        super().__init__(*args, widget=widget, input_formats=["%Y-%m"], validators=[_plausible], **kwargs)

    def filter(self, qs: QuerySet, value: dt.date | None) -> QuerySet:
        if value is None:
            return qs
        return qs.filter(**{f"{self.field_name}__gte": value, f"{self.field_name}__lt": next_month(value)})


class AmountFilter(django_filters.NumberFilter):
    """A sum of money, from or up to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, field_name="amount", max_digits=14, decimal_places=2, **kwargs)


class SalesFilter(MineFirst):
    """What lists and boards of sales are filtered by."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="filter_text",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Sale or client")}),
    )
    who = WhoFilter()
    source = django_filters.ChoiceFilter(label=_("Source"), field_name="source_id", empty_label=_("any"))
    competitor = django_filters.ChoiceFilter(label=_("Competitor"), field_name="competitors", empty_label=_("any"))
    idle = django_filters.BooleanFilter(label=_("Idle"), method="filter_idle", widget=forms.CheckboxInput)
    tags = TagsFilter()
    amount_from = AmountFilter(label=_("Amount from"), lookup_expr="gte")
    amount_to = AmountFilter(label=_("Amount to"), lookup_expr="lte")
    expected = MonthFilter(label=_("Expected in"), field_name="expected_close_on")
    client = django_filters.ModelChoiceFilter(label=_("Client"), queryset=_visible_clients, widget=forms.HiddenInput)

    #: What is chosen among a dictionary's entries: read together.
    dictionaries: ClassVar[dict[str, Any]] = {"source": LeadSource, "competitor": Competitor}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in dictionary_choices(in_use=False, **self.dictionaries).items():
            self.filters[name].field.choices = choices
        # "Mine" are those he helps with too; under his own name stand those he is responsible for.
        user, who = self.request.user, self.form.fields["who"]
        # The field puts what its empty value means before them again.
        everybodys, *others = list(who.choices)[1:]
        who.choices = [everybodys, (str(user.pk), str(user)), *others]

    def filter_text(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(Q(title__icontains=value) | Q(client__search_name__contains=fold(value)))

    def of_reader(self) -> Q:
        """The sales he only helps with are his too."""
        helps = ProcessCoManager.objects.filter(manager=self.request.user)
        return super().of_reader() | Q(pk__in=helps.values("process"))

    def filter_idle(self, rows: QuerySet, _name: str, value: bool) -> QuerySet:
        """Not ticked: all of them, not only those that are busy."""
        return rows.filter(process_activity.idle_q(clock.today())) if value else rows


class BoardFilter(SalesFilter):
    """The board: always of one kind, always the open ones."""

    kind = django_filters.CharFilter(method="filter_nothing", widget=forms.HiddenInput)

    field_order = ("q", "who", "named", "source", "idle", "tags", "competitor", "amount_from", "amount_to", "expected")

    def filter_nothing(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        """The page itself knows its kind; the field only keeps it while one filters."""
        return rows


class ProcessFilter(SalesFilter):
    """The list of sales."""

    kind = django_filters.ChoiceFilter(label=_("Kind"), field_name="kind_id", empty_label=_("any"))
    stage = django_filters.ModelChoiceFilter(
        label=_("Stage"), queryset=Stage.objects.select_related("process_kind"), empty_label=_("any")
    )
    loss_reason = django_filters.ChoiceFilter(label=_("Why lost"), field_name="loss_reason_id", empty_label=_("any"))
    since = DayFilter(label=_("Started from"), field_name="started_on", lookup_expr="gte")
    until = DayFilter(label=_("Started to"), field_name="started_on", lookup_expr="lte")
    closed = MonthFilter(label=_("Closed in"), field_name="closed_on")
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=SALE_TABS, method="filter_status", widget=forms.HiddenInput
    )

    field_order = (
        *("q", "kind", "stage", "who", "named", "expected", "idle", "source", "competitor", "amount_from", "amount_to"),
        *("since", "until", "closed", "loss_reason", "tags"),
    )

    dictionaries: ClassVar[dict[str, Any]] = {
        **SalesFilter.dictionaries,
        "kind": ProcessKind,
        "loss_reason": LossReason,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.fields["stage"].label_from_instance = lambda stage: f"{stage.process_kind} · {stage}"

    def filter_status(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows if value == "all" else rows.filter(status=value)
