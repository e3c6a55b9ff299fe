"""People at a client, and the phones and e-mails of both."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients import querysets
from clients.models.client import Client, month_and_day
from clients.rules.phones import display_phone, normalise_phone
from clients.validators import validate_time_zone
from crm import clock
from crm.web.text import digits, fold


class ContactPerson(models.Model):
    """A person at a client."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="persons", verbose_name=_("client"))
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    first_name = models.CharField(_("first name"), max_length=150)
    middle_name = models.CharField(_("middle name"), max_length=150, blank=True)
    search_name = models.CharField(max_length=460, editable=False, db_index=True)
    position = models.CharField(_("position"), max_length=200, blank=True)
    is_decision_maker = models.BooleanField(_("decides"), default=False)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    #: As ``Client.birthday_md``.
    birthday_md = models.PositiveSmallIntegerField(null=True, editable=False)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, validators=[validate_time_zone], help_text=_("Empty: the client's.")
    )
    has_consented = models.BooleanField(_("agreed to the processing of personal data"), default=False)
    consented_on = models.DateField(_("agreed on"), null=True, blank=True)
    notes = models.TextField(_("notes"), max_length=5000, blank=True)
    is_active = models.BooleanField(_("works there"), default=True)
    tags = models.ManyToManyField(
        "clients.Tag", through="clients.PersonTag", related_name="persons", blank=True, verbose_name=_("tags")
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    history = HistoricalRecords(excluded_fields=["search_name", "birthday_md"])
    objects = querysets.ContactPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact person")
        verbose_name_plural = _("contact persons")
        ordering = ["-is_active", "-is_decision_maker", "search_name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(consented_on__isnull=True) | Q(has_consented=True),
                name="person_consent_has_no_date_without_it",
            ),
            models.CheckConstraint(
                name="person_birthday_has_its_day",
                condition=Q(birthday__isnull=True, birthday_md__isnull=True)
                | Q(birthday__isnull=False, birthday_md__isnull=False),
            ),
        ]
        indexes = [
            # Birthdays of the week.
            models.Index(
                fields=["birthday_md"], name="person_birthday", condition=Q(birthday_md__isnull=False, is_active=True)
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.last_name, self.first_name, self.middle_name) if part)

    @property
    def zone_name(self) -> str:
        """Name of the time zone in which this person lives; empty when nobody knows."""
        return self.time_zone or self.client.time_zone

    def clean(self) -> None:
        today = clock.today()
        self.birthday_md = month_and_day(self.birthday)  # checked with the constraints, before it is saved
        if self.birthday and self.birthday > today:
            raise ValidationError({"birthday": _("This date is in the future.")})
        if self.consented_on and self.consented_on > today:
            raise ValidationError({"consented_on": _("This date is in the future.")})
        if self.consented_on and not self.has_consented:
            raise ValidationError({"consented_on": _("A date of consent without the consent.")})

    def save(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        self.search_name, self.birthday_md = fold(self.name)[:460], month_and_day(self.birthday)
        super().save(*args, **kwargs)


class ContactPoint(models.Model):
    """One phone or e-mail of a client, or of a person at it."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")

    client = models.ForeignKey(Client, models.CASCADE, related_name="contact_points", verbose_name=_("client"))
    person = models.ForeignKey(
        ContactPerson,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="contact_points",
        verbose_name=_("contact person"),
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind, default=Kind.PHONE)
    value = models.CharField(_("phone or e-mail"), max_length=254)
    #: E.164 (+79161234567) or the lower-case address: what search and the duplicate check compare.
    normalized = models.CharField(max_length=254, editable=False, db_index=True)
    #: The digits from the last to the first, so that the last seven digits of a number are a prefix too. Empty for
    #: e-mails.
    digits_reversed = models.CharField(max_length=20, editable=False, blank=True, db_index=True)
    comment = models.CharField(_("comment"), max_length=100, blank=True)
    is_primary = models.BooleanField(_("main"), default=False)

    objects = querysets.ContactPointQuerySet.as_manager()

    class Meta:
        verbose_name = _("phone or e-mail")
        verbose_name_plural = _("phones and e-mails")
        ordering = ["-is_primary", "kind", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "normalized"],
                name="contact_point_once_per_person",
                condition=Q(person__isnull=False),
                violation_error_message=_("This phone or e-mail is already here."),
            ),
            models.UniqueConstraint(
                fields=["client", "normalized"],
                name="contact_point_once_per_client",
                condition=Q(person__isnull=True),
                violation_error_message=_("This phone or e-mail is already here."),
            ),
            models.CheckConstraint(condition=~Q(normalized=""), name="contact_point_normalized"),
        ]

    def __str__(self) -> str:
        return self.display

    @property
    def display(self) -> str:
        """The phone in its international form, or the address."""
        return display_phone(self.normalized) if self.kind == self.Kind.PHONE else self.value

    def clean(self) -> None:
        self.normalize()
        if self.person_id and self.client_id and self.person.client_id != self.client_id:
            raise ValidationError({"person": _("This person belongs to another client.")})

    def normalize(self) -> None:
        """Set ``normalized`` and ``digits_reversed`` from ``value``.

        Raises:
            ValidationError: the value is no phone (letters, too short or long) or no e-mail address.
        """
        self.value = self.value.strip()
        if self.kind == self.Kind.EMAIL:
            try:
                validate_email(self.value)
            except ValidationError as error:
                raise ValidationError({"value": _("This is not an e-mail address.")}) from error
            self.normalized, self.digits_reversed = self.value.lower(), ""
            return
        try:
            self.normalized = normalise_phone(self.value, settings.PHONENUMBER_DEFAULT_REGION)
        except ValueError as error:
            raise ValidationError(
                {"value": _("This is not a phone number: digits, spaces, brackets and + only.")}
            ) from error
        self.digits_reversed = digits(self.normalized)[::-1]

    def save(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        self.normalize()
        if self.person_id:
            self.client_id = self.person.client_id
        super().save(*args, **kwargs)
