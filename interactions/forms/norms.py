"""Forms of what is expected of people, each from a day on."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Manager, ManagerSchedule, PointsNorm
from clients.norms import departments_normed_by
from crm import clock
from crm.web.access import Access
from crm.web.forms import PageFormHelper, two_columns
from interactions.forms.fields import DayField
from interactions.models import EventKind, KindPoints


class FromADayForm(forms.ModelForm):
    """Something from a day on. The service checks the row: what it replaces is not known here."""

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        since = self.fields["since"]
        since.initial = clock.today()
        if not Access.ADMIN.allows(user):
            since.widget.attrs["min"] = clock.today().isoformat()
        self.helper = PageFormHelper()
        place, value = (name for name in self.fields if name != "since")
        self.helper.layout = Layout(place, two_columns(value, "since"))

    def _post_clean(self) -> None:
        """Nothing is put into the row here."""


class NormForm(FromADayForm):
    class Meta:
        model = PointsNorm
        fields = ["department", "points", "since"]
        field_classes = {"since": DayField}

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        department = self.fields["department"]
        department.queryset = departments_normed_by(user)
        department.empty_label = _("Company")
        if not user.sees_everything:
            department.required, department.empty_label = True, None


class KindPointsForm(FromADayForm):
    class Meta:
        model = KindPoints
        fields = ["kind", "points", "since"]
        field_classes = {"since": DayField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = EventKind.objects.filter(is_system=False)


class ScheduleForm(FromADayForm):
    class Meta:
        model = ManagerSchedule
        fields = ["manager", "schedule", "since"]
        field_classes = {"since": DayField}

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        manager, schedule = self.fields["manager"], self.fields["schedule"]
        manager.queryset = Manager.objects.filter(is_active=True)
        manager.empty_label = _("Everybody")
        if not user.sees_everything:
            manager.queryset = manager.queryset.filter(pk__in=user.headed_manager_ids - {user.pk})
            manager.required, manager.empty_label = True, None
        schedule.queryset = schedule.queryset.filter(is_active=True)
        schedule.empty_label = _("as everybody's")
