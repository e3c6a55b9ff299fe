"""Django admin of absences and holidays: every change goes through the services, so the clients' dates follow."""

import copy
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients import absences
from clients.holidays import fill_public_holidays, holidays_changed
from clients.models import Absence, Holiday, Manager
from crm import clock
from crm.web.errors import DomainError


def _user(request: HttpRequest) -> Manager:
    assert isinstance(request.user, Manager)  # nobody else is let in
    return request.user


class AbsenceForm(forms.ModelForm):
    """Says what the service would refuse beside its field."""

    class Meta:
        model = Absence
        fields: ClassVar[list[str]] = ["manager", "kind", "starts_on", "ends_on", "deputy", "reason", "status"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                absences.check(self._draft(data))
            except DomainError as error:
                self.add_error(error.field if error.field in self.fields else None, str(error.message))
        return data

    def _draft(self, data: dict[str, Any]) -> Absence:
        draft = copy.copy(self.instance)
        for name in AbsenceForm.Meta.fields:
            setattr(draft, name, data.get(name))
        return draft


@admin.register(Absence)
class AbsenceAdmin(admin.ModelAdmin):
    form = AbsenceForm
    list_display = ["manager", "kind", "starts_on", "ends_on", "deputy", "status", "decided_by", "reason"]
    list_select_related = ["manager", "deputy", "decided_by"]
    list_filter = ["status", "kind", "starts_on"]
    search_fields = ["manager__last_name", "deputy__last_name", "reason"]
    autocomplete_fields = ["manager", "deputy"]
    readonly_fields = ["requested_by", "decided_by", "decided_at", "created_at"]
    date_hierarchy = "starts_on"

    def save_model(self, request: HttpRequest, obj: Absence, form: ModelForm, change: bool) -> None:
        absences.store(absence=obj, by=_user(request))

    def delete_model(self, request: HttpRequest, obj: Absence) -> None:
        absences.remove(absences=[obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Absence]) -> None:
        absences.remove(absences=queryset.select_related("manager"))


class AbsenceInline(admin.TabularInline):
    """A manager's absences, shown with him; entered and changed on their own page, where the dates follow."""

    model = Absence
    fk_name = "manager"
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ("kind", "starts_on", "ends_on", "deputy", "status")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Absence]:
        return super().get_queryset(request).select_related("deputy", "manager")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Holiday)
class HolidayAdmin(admin.ModelAdmin):
    """Days off: the public ones filled in by the year, the company's own by hand."""

    list_display = ["date", "weekday", "name", "origin"]
    list_filter = ["origin"]
    search_fields = ["name"]
    date_hierarchy = "date"
    change_list_template = "admin/clients/holiday/change_list.html"

    @admin.display(description=_("day of the week"), ordering="date__week_day")
    def weekday(self, holiday: Holiday) -> str:
        return date_format(holiday.date, "D")

    def get_urls(self) -> list[URLPattern]:
        fill = self.admin_site.admin_view(self.fill)
        return [path("fill/", fill, name="clients_holiday_fill"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        this = clock.today().year
        return super().changelist_view(request, {**(extra_context or {}), "fill_years": range(this - 1, this + 3)})

    def fill(self, request: HttpRequest) -> HttpResponseBase:
        """Write the public holidays of a year."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_add_permission(request):
            raise PermissionDenied
        year = request.POST.get("year", "")
        try:
            if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
                raise DomainError(_("Choose a year from 2000 to 2100."))
            added = fill_public_holidays([int(year)])
        except DomainError as error:
            messages.error(request, str(error))
        else:
            words = ngettext("%(count)d holiday was added.", "%(count)d holidays were added.", added)
            messages.success(request, words % {"count": added})
        return redirect("admin:clients_holiday_changelist")

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Holiday, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change or "date" in form.changed_data:
            holidays_changed(note=str(obj), by=_user(request))

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Holiday) -> None:
        note = str(obj)
        super().delete_model(request, obj)
        holidays_changed(note=note, by=_user(request))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Holiday]) -> None:
        note = ", ".join(str(day) for day in queryset.values_list("date", flat=True)[:20])
        super().delete_queryset(request, queryset)
        holidays_changed(note=note, by=_user(request))
