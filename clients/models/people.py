"""Who works here: departments and managers."""

from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients import querysets
from clients.validators import validate_time_zone
from crm import clock
from crm.web.access import Access
from crm.web.prepared import Param, Prepared


class Department(models.Model):
    """A part of the sales organisation; departments form a tree."""

    name = models.CharField(_("name"), max_length=150)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    head = models.ForeignKey(
        "clients.Manager",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="headed_departments",
        verbose_name=_("head"),
    )
    #: Ids from the root down, "/1/7/": the subtree of a department is one prefix.
    path = models.CharField(max_length=255, editable=False, default="", db_index=True)

    objects = querysets.DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="department_unique_in_parent"),
            models.UniqueConstraint(fields=["name"], name="department_unique_at_top", condition=Q(parent__isnull=True)),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="department_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.pk and self.parent and self.parent.path.startswith(self.path or "-"):
            raise ValidationError({"parent": _("A department cannot be part of itself or of its own part.")})

    def save(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        super().save(*args, **kwargs)
        self._store_path()

    def _store_path(self) -> None:
        """Keep the paths of this department and of all below it true after it was created or moved."""
        path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        if path == self.path:
            return
        self.path = path
        Department.objects.filter(pk=self.pk).update(path=path)
        for child in self.children.all():
            child.parent = self
            child._store_path()


class Role(models.TextChoices):
    """What a manager is in the company. Administrators are those with ``is_staff``, whatever their role."""

    SALESPERSON = "salesperson", _("salesperson")
    HEAD = "head", _("head of department")
    DIRECTOR = "director", _("director")


class ManagerManager(UserManager.from_queryset(querysets.ManagerQuerySet)):  # type: ignore[misc]
    """Django's user manager with our verbs."""


class Manager(AbstractUser):
    """A person who signs in and sells: the user model."""

    middle_name = models.CharField(_("middle name"), max_length=150, blank=True)
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.SALESPERSON)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="managers", verbose_name=_("department")
    )
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_time_zone])
    theme = models.CharField(_("theme"), max_length=8, blank=True)
    #: ``crm.web.homes.Home.key``; empty: the one that fits.
    start_page = models.CharField(_("first page after signing in"), max_length=20, blank=True)
    daily_letter = models.BooleanField(
        _("a letter a day"), default=True, help_text=_("Unread notices by e-mail: one letter a day at most.")
    )
    may_export = models.BooleanField(
        _("may export lists"),
        default=False,
        help_text=_("Heads, directors and administrators may always; every export is logged."),
    )
    reminder_minutes = models.PositiveSmallIntegerField(
        _("remind of what is planned"),
        null=True,
        blank=True,
        default=15,
        help_text=_("So many minutes before; empty: never. Each event can say otherwise."),
    )
    works_from = models.DateField(
        _("works here from"),
        null=True,
        blank=True,
        help_text=_("Nothing is expected of him before. Empty: as long as anything is known."),
    )
    works_until = models.DateField(
        _("worked here until"),
        null=True,
        blank=True,
        help_text=_("The last day something was expected of him: set when he is switched off."),
    )
    external_id = models.CharField(max_length=150, blank=True, editable=False)

    objects = ManagerManager()

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined]
        verbose_name = _("manager")
        verbose_name_plural = _("managers")
        ordering = ["last_name", "first_name", "username"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="manager_role_known"),
            models.UniqueConstraint(
                fields=["external_id"], name="manager_external_id_unique", condition=~Q(external_id="")
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Whoever is switched off has worked until today, unless told otherwise; whoever is switched on works again."""
        today = clock.today()
        worked_until = self.works_until
        if self.is_active and worked_until and worked_until < today:
            self.works_until = None
        elif not self.is_active and worked_until is None:
            self.works_until = today
        if self.works_until != worked_until and (names := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*names, "works_until"}
        super().save(*args, **kwargs)

    @property
    def short_name(self) -> str:
        """First name and last name's initial where there are both: for narrow columns."""
        if self.first_name and self.last_name:
            return f"{self.first_name} {self.last_name[0]}."
        return str(self)

    @property
    def access_level(self) -> Access:
        """What pages this person may open (which rows is decided by the querysets)."""
        if self.is_staff or self.is_superuser:
            return Access.ADMIN
        return {Role.DIRECTOR: Access.DIRECTOR, Role.HEAD: Access.HEAD}.get(Role(self.role), Access.SALES)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Administrators do everything in Django admin; the pages' permissions are decided elsewhere."""
        return (self.is_active and self.is_staff) or super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        return (self.is_active and self.is_staff) or super().has_module_perms(app_label)

    @property
    def exports(self) -> bool:
        """Whether this person may download lists: by right, or as a head and above."""
        return self.may_export or self.access_level >= Access.HEAD

    @property
    def sees_everything(self) -> bool:
        """Directors and administrators see all departments."""
        return self.access_level >= Access.DIRECTOR

    @cached_property
    def headed_manager_ids(self) -> frozenset[int]:
        """Managers of the departments this person heads, with all below them; empty for who heads none."""
        if self.role != Role.HEAD:
            return frozenset()
        return frozenset(_headed(head=self.pk))

    @cached_property
    def deputised_managers(self) -> list["Manager"]:
        """Managers this person stands in for today."""
        return [absence.manager for absence in _stands_in(deputy=self.pk, today=clock.today())]

    @cached_property
    def deputised_manager_ids(self) -> frozenset[int]:
        """Their ids: whose clients are his to work on too."""
        return frozenset(manager.pk for manager in self.deputised_managers)


def _absences_in_force() -> models.QuerySet:
    from clients.models.absence import Absence  # its table refers to this one

    return (
        Absence.objects.in_force(Param("today", models.DateField()))
        .filter(deputy=Param("deputy"))
        .select_related("manager")
    )


#: Asked on nearly every page.
_stands_in = Prepared(_absences_in_force)
_headed = Prepared(lambda: Manager.objects.in_departments_headed_by(Param("head")).values_list("pk", flat=True))
