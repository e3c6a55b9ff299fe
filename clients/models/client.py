"""The client, its zone dates, and who has held it."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients import querysets
from clients.models.dictionaries import Industry, LeadSource, Region
from clients.models.fields import WebsiteField
from clients.models.people import Manager
from clients.models.policy import Category
from clients.rules import identifiers
from clients.rules.zones import Zone, ZoneDates, next_change, zone_on
from clients.validators import (
    validate_account,
    validate_bik,
    validate_inn,
    validate_kpp,
    validate_ogrn,
    validate_time_zone,
)
from crm import clock
from crm.web.addresses import address
from crm.web.text import fold

STORED_ZONES = [(Zone.GREEN.value, _("green")), (Zone.YELLOW.value, _("yellow")), (Zone.RED.value, _("red"))]
_IDENTIFIERS = {
    "inn": identifiers.inn,
    "kpp": identifiers.kpp,
    "ogrn": identifiers.ogrn,
    "bik": identifiers.bik,
    "bank_account": identifiers.bank_account,
}


def month_and_day(date: dt.date | None) -> int | None:
    """``month * 100 + day``: what a birthday is found by."""
    return date.month * 100 + date.day if date else None


class ClientKind(models.TextChoices):
    COMPANY = "company", _("company")
    PERSON = "person", _("person")


class Client(models.Model):
    """A company or a person we sell to.

    *Held*: has a ``manager``, and then a clock date, the three zone dates and a zone. *On the exchange*: no manager and
    ``exchange_since``. *Unassigned*: neither; it never had a manager yet. *Archived*: ``archived_at``, and no manager.
    """

    kind = models.CharField(_("kind"), max_length=8, choices=ClientKind, default=ClientKind.COMPANY)
    name = models.CharField(_("name"), max_length=255)
    full_name = models.CharField(_("full legal name"), max_length=500, blank=True)
    #: ``fold(name)``: searched and sorted by, the same on both databases. Bulk writers set it themselves.
    search_name = models.CharField(max_length=255, editable=False, db_index=True)
    inn = models.CharField(_("INN"), max_length=12, blank=True, validators=[validate_inn])
    kpp = models.CharField(_("KPP"), max_length=9, blank=True, validators=[validate_kpp])
    ogrn = models.CharField(_("OGRN"), max_length=15, blank=True, validators=[validate_ogrn])
    category = models.CharField(_("category"), max_length=1, choices=Category, blank=True)
    industry = models.ForeignKey(Industry, models.PROTECT, null=True, blank=True, verbose_name=_("industry"))
    source = models.ForeignKey(LeadSource, models.PROTECT, null=True, blank=True, verbose_name=_("source"))

    country = models.CharField(_("country"), max_length=100, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, verbose_name=_("region"))
    city = models.CharField(_("city"), max_length=100, blank=True)
    address = models.CharField(_("address"), max_length=500, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_time_zone])
    website = WebsiteField(_("website"), blank=True)
    birthday = models.DateField(_("birthday or founding day"), null=True, blank=True)
    #: ``month * 100 + day`` of it: whose day is this week, whatever the year. Bulk writers set it themselves.
    birthday_md = models.PositiveSmallIntegerField(null=True, editable=False)
    founded_year = models.PositiveSmallIntegerField(
        _("founded in"), null=True, blank=True, validators=[MinValueValidator(1000), MaxValueValidator(2200)]
    )
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    annual_revenue = models.DecimalField(_("annual revenue"), max_digits=16, decimal_places=2, null=True, blank=True)

    bank_name = models.CharField(_("bank"), max_length=200, blank=True)
    bik = models.CharField(_("BIK"), max_length=9, blank=True, validators=[validate_bik])
    bank_account = models.CharField(_("bank account"), max_length=20, blank=True, validators=[validate_account])

    profile = models.TextField(_("what they do"), max_length=5000, blank=True)
    preferences = models.TextField(_("preferences"), max_length=5000, blank=True)
    potential = models.TextField(_("potential"), max_length=5000, blank=True)
    decision_making = models.TextField(_("who decides and how"), max_length=5000, blank=True)
    notes = models.TextField(_("notes"), max_length=20000, blank=True)
    #: Values of the fields the company added, by ``CustomField.key``; written through ``clients.custom_fields`` only.
    custom = models.JSONField(_("further fields"), default=dict, blank=True)
    tags = models.ManyToManyField(
        "clients.Tag", through="clients.ClientTag", related_name="clients", blank=True, verbose_name=_("tags")
    )

    manager = models.ForeignKey(
        Manager, models.PROTECT, null=True, blank=True, related_name="clients", verbose_name=_("lead manager")
    )
    co_managers = models.ManyToManyField(
        Manager,
        through="clients.CoManager",
        related_name="co_managed_clients",
        blank=True,
        verbose_name=_("co-managers"),
    )
    #: Company date on which the present manager got the client.
    assigned_on = models.DateField(_("with the manager since"), null=True, editable=False)
    #: Company date of the last counted contact with anybody of ours, whoever held the client then.
    last_contact_on = models.DateField(_("last contact"), null=True, editable=False)
    clock_date = models.DateField(_("clock date"), null=True, editable=False)
    yellow_on = models.DateField(_("yellow on"), null=True, editable=False)
    red_on = models.DateField(_("red on"), null=True, editable=False)
    detach_on = models.DateField(_("to the exchange on"), null=True, editable=False)
    #: The zone last published (by a contact or by the night). People are shown ``zone_on(today)``, which never lags.
    zone = models.CharField(_("zone"), max_length=6, choices=STORED_ZONES, blank=True, editable=False)
    exchange_since = models.DateTimeField(_("on the exchange since"), null=True, editable=False)
    last_manager = models.ForeignKey(
        Manager,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="former_clients",
        verbose_name=_("last manager"),
    )

    #: The last day on which nobody may claim the client: it asked not to be contacted, or a head set it aside.
    quarantine_until = models.DateField(_("do not contact until"), null=True, editable=False)
    #: Out of the market for good (closed, a double, hopeless): nobody holds or claims it; its history stays readable.
    archived_at = models.DateTimeField(_("archived"), null=True, editable=False)

    external_id = models.CharField(max_length=150, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    created_by = models.ForeignKey(Manager, models.SET_NULL, null=True, editable=False, related_name="+")
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    history = HistoricalRecords(
        excluded_fields=["search_name", "birthday_md", "zone", "yellow_on", "red_on", "detach_on", "updated_at"]
    )
    objects = querysets.ClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = ["search_name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="client_held_or_not",
                condition=(
                    Q(manager__isnull=False, exchange_since__isnull=True, assigned_on__isnull=False)
                    & Q(
                        clock_date__isnull=False, yellow_on__isnull=False, red_on__isnull=False, detach_on__isnull=False
                    )
                    & ~Q(zone="")
                )
                | (
                    Q(manager__isnull=True, assigned_on__isnull=True, clock_date__isnull=True, zone="")
                    & Q(yellow_on__isnull=True, red_on__isnull=True, detach_on__isnull=True)
                ),
            ),
            models.CheckConstraint(name="client_zone_known", condition=Q(zone__in=["", "green", "yellow", "red"])),
            models.CheckConstraint(
                name="client_zone_dates_grow",
                condition=Q(clock_date__isnull=True)
                | (Q(yellow_on__gt=F("clock_date")) & Q(red_on__gt=F("yellow_on")) & Q(detach_on__gt=F("red_on"))),
            ),
            models.CheckConstraint(
                name="client_clock_is_the_maximum",
                condition=Q(clock_date__isnull=True)
                | (
                    Q(clock_date__gte=F("assigned_on"))
                    & (Q(last_contact_on__isnull=True) | Q(clock_date__gte=F("last_contact_on")))
                ),
            ),
            models.CheckConstraint(
                name="client_shelved_is_not_held",
                condition=Q(manager__isnull=True) | Q(quarantine_until__isnull=True, archived_at__isnull=True),
            ),
            models.CheckConstraint(
                name="client_birthday_has_its_day",
                condition=Q(birthday__isnull=True, birthday_md__isnull=True)
                | Q(birthday__isnull=False, birthday_md__isnull=False),
            ),
            models.CheckConstraint(name="client_named", condition=~Q(name="")),
            models.UniqueConstraint(
                fields=["inn", "kpp"],
                name="client_inn_kpp_unique",
                condition=~Q(inn=""),
                violation_error_message=_("There is already a client with this INN and KPP."),
            ),
            models.UniqueConstraint(
                fields=["external_id"], name="client_external_id_unique", condition=~Q(external_id="")
            ),
        ]
        indexes = [
            # Zone counts and "My clients by risk" of a manager: the dates decide the colour, no index on zone (HOT
            # updates).
            # Reports on all clients read no more than the index.
            models.Index(
                fields=["manager", "detach_on", "red_on", "yellow_on"],
                include=["id", "category", "assigned_on", "last_contact_on"],
                name="client_held_by_risk",
                condition=Q(manager__isnull=False),
            ),
            # The night: three ranges between the last published night and today.
            models.Index(fields=["yellow_on"], name="client_due_yellow", condition=Q(manager__isnull=False)),
            models.Index(fields=["red_on"], name="client_due_red", condition=Q(manager__isnull=False)),
            # The third of these ranges, and the lists of the whole company by risk: what they are filtered by is read
            # from the index, so that filters which find little in their order need no rows.
            models.Index(
                fields=["detach_on", "id"],
                include=[
                    *("manager", "red_on", "yellow_on", "last_contact_on"),
                    *("category", "region", "industry", "source", "city"),
                ],
                name="client_by_risk",
            ),
            # Whom nobody holds.
            models.Index(fields=["id"], name="client_of_nobody", condition=Q(manager__isnull=True)),
            # The exchange board, newest arrivals first, with its two commonest filters.
            models.Index(
                fields=["-exchange_since", "-id"],
                name="client_exchange",
                condition=Q(exchange_since__isnull=False),
            ),
            models.Index(
                fields=["region", "-exchange_since", "-id"],
                name="client_exchange_region",
                condition=Q(exchange_since__isnull=False),
            ),
            models.Index(
                fields=["industry", "-exchange_since", "-id"],
                name="client_exchange_industry",
                condition=Q(exchange_since__isnull=False),
            ),
            # How many wait on the exchange, and since when those whom somebody held last: by the index alone.
            models.Index(
                fields=["last_manager", "exchange_since"],
                include=["quarantine_until"],
                name="client_waiting",
                condition=Q(manager__isnull=True, exchange_since__isnull=False, archived_at__isnull=True),
            ),
            # Birthdays and founding days of the week.
            models.Index(fields=["birthday_md"], name="client_birthday", condition=Q(birthday_md__isnull=False)),
            # Search by INN from its first digits.
            models.Index(fields=["inn"], name="client_inn", condition=~Q(inn="")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address("client-detail", self.pk)

    def clean_fields(self, exclude=None) -> None:  # type: ignore[no-untyped-def]
        # People paste identifiers with spaces and dashes: the compact form is what is checked and stored.
        for field, compact in _IDENTIFIERS.items():
            value = getattr(self, field)
            if value:
                try:
                    setattr(self, field, compact(value))
                except ValueError:
                    continue  # the field's validator says what is wrong
        self.name = " ".join(self.name.split())
        super().clean_fields(exclude=exclude)

    def clean(self) -> None:
        if self.bank_account and self.bik:
            try:
                identifiers.bank_account(self.bank_account, self.bik)
            except ValueError as error:
                raise ValidationError(
                    {"bank_account": _("This account does not belong to the bank with this BIK.")}
                ) from error
        self.birthday_md = month_and_day(self.birthday)  # checked with the constraints, before it is saved
        if self.birthday and self.birthday > clock.today():
            raise ValidationError({"birthday": _("This date is in the future.")})

    def save(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        self.search_name, self.birthday_md = fold(self.name)[:255], month_and_day(self.birthday)
        if (fields := kwargs.get("update_fields")) is not None:
            derived = {"name": "search_name", "birthday": "birthday_md"}
            kwargs["update_fields"] = {*fields, *(derived[name] for name in fields if name in derived)}
        super().save(*args, **kwargs)

    @property
    def is_held(self) -> bool:
        return self.manager_id is not None

    @property
    def is_on_exchange(self) -> bool:
        return self.manager_id is None and self.exchange_since is not None and self.archived_at is None

    def is_quarantined(self, day: dt.date) -> bool:
        """Whether nobody may contact or claim the client on this day."""
        return self.quarantine_until is not None and day <= self.quarantine_until

    @property
    def zone_dates(self) -> ZoneDates | None:
        """The stored dates; None when nobody holds the client."""
        if self.yellow_on is None or self.red_on is None or self.detach_on is None:
            return None
        return ZoneDates(self.yellow_on, self.red_on, self.detach_on)

    def zone_on(self, day: dt.date) -> Zone | None:
        """The zone people are shown on ``day``; None when nobody holds the client."""
        dates = self.zone_dates
        return zone_on(dates, day) if dates else None

    def next_change(self, day: dt.date) -> tuple[Zone, dt.date, int] | None:
        """What the client turns next if nothing happens: (zone, on which day, in how many days)."""
        dates = self.zone_dates
        return next_change(dates, day) if dates else None


class CoManager(models.Model):
    """A manager who works with a client beside its lead manager."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="co_managements", verbose_name=_("client"))
    manager = models.ForeignKey(Manager, models.CASCADE, related_name="co_managements", verbose_name=_("manager"))
    since = models.DateField(_("since"), default=clock.today)

    class Meta:
        verbose_name = _("co-manager")
        verbose_name_plural = _("co-managers")
        constraints = [models.UniqueConstraint(fields=["client", "manager"], name="co_manager_once")]

    def __str__(self) -> str:
        return f"{self.manager} · {self.client}"


class OwnershipPeriod(models.Model):
    """From when to when a manager held a client, how he got it and how he lost it. At most one open period per
    client."""

    class Gained(models.TextChoices):
        CREATED = "created", _("created")
        ASSIGNED = "assigned", _("assigned")
        CLAIMED = "claimed", _("claimed")
        IMPORTED = "imported", _("imported")
        RESTORED = "restored", _("restored")

    class Lost(models.TextChoices):
        IDLE = "idle", _("left alone too long")
        RETURNED = "returned", _("returned")
        RELEASED = "released", _("released by the head")
        REASSIGNED = "reassigned", _("handed over")
        LEFT = "left", _("the manager left")
        UNTOUCHED = "untouched", _("claimed and not contacted")

    client = models.ForeignKey(Client, models.CASCADE, related_name="ownership", verbose_name=_("client"))
    manager = models.ForeignKey(Manager, models.PROTECT, related_name="ownership", verbose_name=_("manager"))
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    gained = models.CharField(_("how it came"), max_length=10, choices=Gained)
    lost = models.CharField(_("how it went"), max_length=10, choices=Lost, blank=True)
    #: Who gave it to him; empty for the program, and where nobody knows any more.
    given_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("given by")
    )
    #: Who changed this row last: who gave the client, and once it is gone who took it away.
    changed_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = _("owner")
        verbose_name_plural = _("owner history")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["client"], name="ownership_one_open", condition=Q(until__isnull=True)),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="ownership_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True, lost="") | (Q(until__isnull=False) & ~Q(lost="")),
                name="ownership_end_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["manager", "until"], name="ownership_by_manager"),
            # Who came to a manager in a period and who went, and who changed hands.
            models.Index(fields=["since"], include=["manager", "gained"], name="ownership_begun_by"),
            models.Index(
                fields=["until"],
                include=["client", "manager", "lost"],
                name="ownership_ended",
                condition=Q(until__isnull=False),
            ),
            models.Index(fields=["client", "since"], include=["manager", "gained"], name="ownership_of_client"),
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.manager}, {self.since} – {self.until or '…'}"

    @property
    def ended_by(self) -> Manager | None:
        """Who took the client from him; None while he holds it, and when the program did."""
        by_program = {"", self.Lost.IDLE, self.Lost.UNTOUCHED}
        return None if self.lost in by_program else self.changed_by
