"""Forms by which a head gives clients from the exchange to managers of his."""

from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import HTML, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, DateField, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.filter_choices import MANAGERS_AT_ONCE, department_choices
from clients.models import Absence, Client, Department, Manager
from crm import clock
from crm.web.forms import ManyOfField, PageFormHelper
from exchange.forms import ManagerLoadField, load_words


def with_load(managers: QuerySet[Manager]) -> QuerySet[Manager]:
    """Managers with the number of clients they hold (``held``) and, who is away today, until when (``away_until``)."""
    of_him = {"manager": OuterRef("pk")}
    held = Client.objects.filter(**of_him).order_by().values("manager").annotate(n=Count("pk"))
    absences = Absence.objects.in_force(clock.today()).filter(**of_him).order_by().values("manager")
    away = absences.annotate(last=Max("ends_on")).values("last")
    return (
        managers.select_related("department")
        .annotate(held=Coalesce(Subquery(held.values("n")), 0), away_until=Subquery(away, output_field=DateField()))
        .order_by("department__path", "last_name", "first_name", "pk")
    )


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("Why against the rule"),
        max_length=300,
        required=False,
        help_text=_("Only where a rule of claiming says no for this manager. It is kept with the client."),
    )


class AssignForm(forms.Form):
    """To whom a client from the exchange is given."""

    manager = ManagerLoadField(Manager.objects.none(), label=_("Manager"), empty_label="")
    reason = _reason()

    def __init__(self, *args: Any, reader: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = with_load(Manager.objects.assignable_by(reader))  # type: ignore[attr-defined]
        self.helper = PageFormHelper()
        self.helper.layout = Layout(HTML('{% include "exchange/_assign_note.html" %}'), "manager", "reason")


class _ManyForm(forms.Form):
    """Clients as they were marked on the board; each can be taken off here."""

    clients = forms.MultipleChoiceField(
        label=_("Clients"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Mark the clients first.")},
    )

    def __init__(self, *args: Any, reader: Manager, clients: Mapping[int, Client], most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader, self.most = reader, most
        marked: Any = self.fields["clients"]
        marked.choices = [(str(pk), str(client)) for pk, client in clients.items()]
        marked.initial = [str(pk) for pk in clients]
        self.helper = PageFormHelper()

    def clean_clients(self) -> list[int]:
        chosen = [int(pk) for pk in self.cleaned_data["clients"]]
        if len(chosen) > self.most:
            raise ValidationError(gettext("At most %(number)d clients at once.") % {"number": self.most})
        return chosen


class AssignManyForm(_ManyForm):
    """To whom many clients are given."""

    manager = ManagerLoadField(Manager.objects.none(), label=_("Manager"), empty_label="")
    reason = _reason()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managers = with_load(Manager.objects.assignable_by(self.reader))
        self.fields["manager"].queryset = managers  # type: ignore[attr-defined]
        self.helper.layout = Layout("manager", "reason", "clients")


class ManagersLoadField(ManyOfField):
    """Several managers, each with what he has to do already."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, manager: Any) -> str:
        return load_words(manager)


class SpreadForm(_ManyForm):
    """Among whom many clients are spread. Where the managers are too many for a list, a department is chosen."""

    among = ManagersLoadField(
        Manager.objects.none(),
        label=_("Among"),
        required=False,
        help_text=_("Each client goes to whoever has the fewest then. Who is away today gets none."),
    )
    department = forms.ChoiceField(label=_("All managers of the department"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.managers = Manager.objects.assignable_by(self.reader)
        if not self.reader.sees_everything:
            # What a head gives himself is a claim.
            self.managers = self.managers.exclude(pk=self.reader.pk)
        among: Any = self.fields["among"]
        among.queryset = with_load(self.managers)
        if self.managers.count() > MANAGERS_AT_ONCE:
            departments = list(Department.objects.visible_to(self.reader))
            self._paths = {str(department.pk): department.path for department in departments}
            self.fields["department"].choices = [("", ""), *department_choices(departments)]  # type: ignore[attr-defined]
            del self.fields["among"]
        else:
            del self.fields["department"]
        self.helper.layout = Layout(*(name for name in ("among", "department") if name in self.fields), "clients")

    def clean(self) -> dict[str, Any]:
        data: Any = super().clean()
        if "among" in self.fields:
            chosen = list(data.get("among") or ())
        else:
            path = self._paths.get(data.get("department") or "")
            chosen = list(self.managers.filter(department__path__startswith=path)) if path else []
        if not chosen and not self.errors.keys() & {"among", "department"}:
            self.add_error("among" if "among" in self.fields else "department", gettext("Choose among whom."))
        data["among"] = chosen
        return data
