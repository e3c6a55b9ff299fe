"""Whose figures a page of sales shows."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Department, Manager


class ScopeForm(forms.Form):
    """A department with all below it, one manager, or all whose figures the reader may read. Bound always: nothing
    chosen means all of them."""

    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.none(), required=False, empty_label=_("All")
    )
    who = forms.ModelChoiceField(
        label=_("Manager"), queryset=Manager.objects.none(), required=False, empty_label=_("All")
    )

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="filter_%s", **kwargs)
        self.reported = Manager.objects.reported_to(user)
        departments = Department.objects.visible_to(user)
        self.fields["department"].queryset = departments
        self.fields["who"].queryset = self.reported.filter(is_active=True)
        if not departments.exists():
            # Only his own figures are there to be shown.
            del self.fields["department"], self.fields["who"]

    def people(self) -> QuerySet[Manager]:
        """Those chosen; nobody when the choice cannot be understood."""
        if not self.is_valid():
            return self.reported.none()
        people = self.reported
        if department := self.cleaned_data.get("department"):
            people = people.filter(department__path__startswith=department.path)
        if who := self.cleaned_data.get("who"):
            people = people.filter(pk=who.pk)
        return people

    def one(self) -> Manager | None:
        """The one whose figures they are; None where they are several people's."""
        found = list(self.people()[:2])
        return found[0] if len(found) == 1 else None
