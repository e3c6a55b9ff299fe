"""What is expected of people: points a day, what events earn, when who works. For everybody to read, for heads to
set."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse, reverse_lazy
from django.utils.dateformat import time_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients import from_a_day, norms, working_hours
from clients.absences import may_decide
from clients.models import Department, Manager, ManagerSchedule, PointsNorm, WorkSchedule
from clients.models.norms import FromADay
from crm import clock
from crm.web.views import Access, ActionView, FormPage, PageView, fetch
from interactions import kind_points
from interactions.forms.norms import FromADayForm, KindPointsForm, NormForm, ScheduleForm
from interactions.models import EventKind, KindPoints
from interactions.views.base import number_in

NORMS = _("Norms and points")


@dataclass(slots=True)
class Entry:
    """What holds for one department, kind or person, and what was and will be set for it, the latest first.

    Attributes:
        value: what holds today, in words; ``note``: few more.
        change: where another is set; empty: not by this reader.
    """

    of: Any
    value: str
    change: str = ""
    note: str | Promise = ""
    level: int = 0
    ahead: list[FromADay] = field(default_factory=list)
    past: list[FromADay] = field(default_factory=list)
    corrected: list[from_a_day.Correction] = field(default_factory=list)

    @property
    def has_changed(self) -> bool:
        """Whether there is anything to tell beside what holds."""
        return bool(self.ahead or self.corrected or self.past[1:] or (self.past and not self.past[0].holds_ever))


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the page; ``what``: its word in addresses."""

    what: str
    title: str | Promise
    of: str | Promise
    value: str | Promise
    entries: list[Entry]


class NormsPage(PageView):
    """All three, with their history."""

    access = Access.SALES
    title = NORMS
    template_name = "interactions/norms.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_head = self.request.user.access_level >= Access.HEAD
        return super().get_context_data(sections=self._sections(), sees_authors=is_head, may_set=is_head, **kwargs)

    def _sections(self) -> list[Section]:
        of, points = _("Department"), _("Points")
        return [
            Section("points", _("Norm of points a working day"), of, _("Norm"), list(self._departments())),
            Section("kinds", _("What done events earn"), _("Kind"), points, list(self._kinds())),
            Section("schedules", _("Who works when"), _("Manager"), _("Schedule"), list(self._schedules())),
        ]

    def _departments(self) -> Iterator[Entry]:
        user, today, ruling = self.request.user, clock.today(), norms.read_norms()
        ours = set(norms.departments_normed_by(user).values_list("pk", flat=True))
        rows = _rows(PointsNorm, "department_id")
        company = str(ruling.of_company().on(today) or 0)
        yield _entry(_("Company"), company, rows[None], _address("norm-set", may=user.sees_everything))
        for department in Department.objects.order_by("path"):
            change = _address("norm-set", may=department.pk in ours, department=department.pk)
            entry = _entry(department, str(ruling.of(department).on(today) or 0), rows[department.pk], change)
            entry.level = department.path.count("/") - 1
            if not any(row.points is not None for row in entry.past[:1]):  # type: ignore[attr-defined]
                entry.note = _("as above")
            yield entry

    def _kinds(self) -> Iterator[Entry]:
        today, may, points = clock.today(), self.request.user.sees_everything, kind_points.read_points()
        rows = _rows(KindPoints, "kind_id")
        for kind in EventKind.objects.choosable():
            change = _address("kind-points-set", may=may, kind=kind.pk)
            yield _entry(kind, str(points.on(kind.pk, today)), rows[kind.pk], change)

    def _schedules(self) -> Iterator[Entry]:
        user, today = self.request.user, clock.today()
        rows = _rows(ManagerSchedule, "manager_id", "schedule")
        people = list(Manager.objects.reported_to(user).filter(is_active=True, pk__in=filter(None, rows)))
        schedules = working_hours.read_schedules(people)
        everybody = _address("schedule-set", may=user.sees_everything)
        yield _schedule_entry(_("Everybody"), schedules.of(0, today), rows[None], everybody)
        for manager in people:
            change = _address("schedule-set", may=may_decide(user, manager), manager=manager.pk)
            yield _schedule_entry(manager, schedules.of(manager.pk, today), rows[manager.pk], change)


def _address(name: str, *, may: bool, **place: int) -> str:
    return f"{reverse(name)}?{urlencode(place)}".rstrip("?") if may else ""


@dataclass(slots=True)
class Rows:
    """What was set, the latest first, and what of the past was set right."""

    rows: list[FromADay] = field(default_factory=list)
    corrected: list[from_a_day.Correction] = field(default_factory=list)


def _rows(model: type[FromADay], place: str, *related: str) -> defaultdict[int | None, Rows]:
    """By whose they are. Two queries."""
    found: defaultdict[int | None, Rows] = defaultdict(Rows)
    for row in model.objects.select_related("set_by", *related).order_by("-since"):  # type: ignore[attr-defined]
        found[getattr(row, place)].rows.append(row)
    for key, corrected in from_a_day.corrections(model, attrgetter(place), *related).items():
        found[key].corrected = corrected
    return found


def _entry(of: Any, value: str, rows: Rows, change: str) -> Entry:
    entry = Entry(of, value, change, corrected=rows.corrected)
    for row in rows.rows:
        (entry.ahead if row.since > clock.today() else entry.past).append(row)
    return entry


def _schedule_entry(of: Any, schedule: WorkSchedule, rows: Rows, change: str) -> Entry:
    entry = _entry(of, str(schedule), rows, change)
    entry.note = f"{time_format(schedule.starts_at, 'H:i')}–{time_format(schedule.ends_at, 'H:i')}"
    return entry


class _FromADayPage(FormPage):
    """A new row; the query says whose: ``?department=3``."""

    submit_label = _("Put into force")
    success_message = _("It is set.")
    success_url = reverse_lazy("norms")
    #: The field that says whose it is.
    place: ClassVar[str] = ""

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(NORMS, str(reverse_lazy("norms")))]

    def get_initial(self) -> dict[str, Any]:
        return {self.place: number_in(self.request, self.place)}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}


class NormSet(_FromADayPage):
    access = Access.HEAD
    title = _("Norm of points")
    form_class = NormForm
    place = "department"

    def save(self, form: FromADayForm) -> PointsNorm:
        return norms.set_norm(by=self.request.user, **form.cleaned_data)


class KindPointsSet(_FromADayPage):
    access = Access.DIRECTOR
    title = _("What events earn")
    form_class = KindPointsForm
    place = "kind"

    def save(self, form: FromADayForm) -> KindPoints:
        return kind_points.set_points(by=self.request.user, **form.cleaned_data)


class ScheduleSet(_FromADayPage):
    access = Access.HEAD
    title = _("Work schedule")
    form_class = ScheduleForm
    place = "manager"

    def save(self, form: FromADayForm) -> ManagerSchedule:
        return working_hours.set_schedule(by=self.request.user, **form.cleaned_data)


_Rows = Callable[[Manager], QuerySet]
#: The word of the address → the rows one reads, those among them that one sets, and the verb.
_WITHDRAWN: dict[str, tuple[_Rows, _Rows, Callable[..., None]]] = {
    "points": (lambda _by: PointsNorm.objects.all(), norms.norms_set_by, norms.withdraw_norm),
    "kinds": (lambda _by: KindPoints.objects.all(), kind_points.points_set_by, kind_points.withdraw_points),
    "schedules": (
        working_hours.schedules_read_by,
        working_hours.schedules_set_by,
        working_hours.withdraw_schedule,
    ),
}


class NormWithdraw(ActionView):
    """What was set by mistake, before it held a day."""

    access = Access.HEAD
    success_message = _("Withdrawn.")

    def perform(self) -> None:
        if self.kwargs["what"] not in _WITHDRAWN:
            raise Http404
        (read, ours, withdraw), user = _WITHDRAWN[self.kwargs["what"]], self.request.user
        withdraw(fetch(read(user), ours(user), pk=self.kwargs["pk"]), by=user)
