"""The calendar: one's own or a colleague's by month, week, day or as an agenda; a department side by side."""

import datetime as dt
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.request import QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.calling import main_phones
from clients.models import Client, Department, Manager
from clients.search import Entry as Line
from crm.web import htmx
from crm.web.views import Access, PageView
from interactions.calendar import pages, slots
from interactions.models import Event
from interactions.rules.calendar_grid import View, days_shown, stepped
from interactions.selectors import local_today
from interactions.views.base import EventMixin, day_in, number_in
from interactions.views.picking import ContactPick

#: More people side by side than this nobody can take in.
MOST_PEOPLE = 40
VIEWS: dict[View, str | Promise] = {
    View.MONTH: pgettext_lazy("calendar", "Month"),
    View.WEEK: pgettext_lazy("calendar", "Week"),
    View.DAY: pgettext_lazy("calendar", "Day"),
    View.AGENDA: pgettext_lazy("calendar", "Agenda"),
}
#: Keys of the views on the page.
KEYS = {View.MONTH: "m", View.WEEK: "w", View.DAY: "d", View.AGENDA: "l"}


class CalendarBase(PageView):
    """A period somebody looks at: ``?view=week&day=2026-11-24``."""

    access = Access.SALES
    views: ClassVar[tuple[View, ...]] = tuple(View)
    default_view = View.WEEK

    @cached_property
    def view_name(self) -> View:
        wanted = self.request.GET.get("view", "")
        return View(wanted) if wanted in self.views else self.default_view

    @cached_property
    def day(self) -> dt.date:
        return day_in(self.request) or local_today()

    @property
    def days(self) -> list[dt.date]:
        """The days shown."""
        return days_shown(self.view_name, self.day)

    def address(self, *, view: View | None = None, day: dt.date | None = None, **changed: Any) -> str:
        """This page with another view, day or person."""
        query = QueryDict(mutable=True)
        query.update(self.asked())
        query.update({"view": view or self.view_name, "day": f"{day or self.day:%Y-%m-%d}", **changed})
        return f"{self.request.path}?{query.urlencode()}"

    def asked(self) -> dict[str, Any]:
        """What else the address says."""
        return {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        view, day, days = self.view_name, self.day, self.days
        return super().get_context_data(
            view_name=view,
            view_links=[(self.address(view=each), VIEWS[each], KEYS[each], each == view) for each in self.views],
            earlier=self.address(day=stepped(view, day, -1)),
            later=self.address(day=stepped(view, day, 1)),
            now=self.address(day=local_today()),
            day=day,
            first=days[0],
            last=days[-1],
            slot_url=reverse("plan-pick"),
            **kwargs,
        )


class Calendar(CalendarBase):
    """One person's events. What is with clients the reader may not read is shown as taken time, without a word."""

    title = _("Calendar")
    template_name = "interactions/calendar.html"
    partial_template_name = "interactions/_calendar.html"

    @cached_property
    def person(self) -> Manager:
        """Whose calendar: ``?who=5``, else one's own.

        Raises:
            Http404: nobody who works here.
        """
        pk = number_in(self.request, "who") or self.request.user.pk
        return get_object_or_404(Manager.objects.filter(is_active=True), pk=pk)

    @property
    def is_own(self) -> bool:
        return self.person.pk == self.request.user.pk

    def asked(self) -> dict[str, Any]:
        return {} if self.is_own else {"who": self.person.pk}

    def colleagues(self) -> QuerySet[Manager]:
        """Whose calendar may be chosen, by department."""
        rows = Manager.objects.sellers().select_related("department")
        return rows.order_by("department__path", "last_name", "first_name", "pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        span = pages.Span(self.request.user, [self.person], self.days)
        if self.view_name in (View.WEEK, View.DAY):
            shown: dict[str, Any] = {"grid": span.grid()}
        elif self.view_name is View.MONTH:
            shown = {"weeks": pages.weeks(span.cells())}
        else:
            shown = {"cells": [cell for cell in span.cells() if cell.entries or cell.off]}
        return super().get_context_data(
            person=self.person,
            is_own=self.is_own,
            colleagues=self.colleagues(),
            slot_query="" if self.is_own else f"&responsible={self.person.pk}",
            **shown,
            **kwargs,
        )


class TeamCalendar(CalendarBase):
    """A department side by side: how full everybody's week is, or a day by the hour."""

    title = _("Department calendar")
    template_name = "interactions/calendar_team.html"
    partial_template_name = "interactions/_calendar_team.html"
    views = (View.WEEK, View.DAY)

    @cached_property
    def departments(self) -> list[Department]:
        """Those the reader may look at: all of a director, a head's with what is below them, everybody's own."""
        user = self.request.user
        if user.sees_everything:
            return list(Department.objects.all())
        own = Department.objects.filter(pk=user.department_id)
        return list((Department.objects.headed_by(user) | own).distinct())

    @cached_property
    def department(self) -> Department | None:
        """The one chosen, else one's own, else the first.

        Raises:
            Http404: not one of his.
        """
        pk = number_in(self.request, "department")
        by_key = {department.pk: department for department in self.departments}
        if pk:
            if pk not in by_key:
                raise Http404
            return by_key[pk]
        return by_key.get(self.request.user.department_id) or next(iter(self.departments), None)

    @cached_property
    def people(self) -> list[Manager]:
        """Who works in it and below it."""
        if self.department is None:
            return []
        rows = Manager.objects.sellers().filter(department__path__startswith=self.department.path)
        return list(rows.order_by("last_name", "first_name", "pk")[: MOST_PEOPLE + 1])

    def asked(self) -> dict[str, Any]:
        return {"department": self.department.pk} if self.department else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        people = self.people[:MOST_PEOPLE]
        shown: dict[str, Any] = {}
        if people:
            span = pages.Span(self.request.user, people, self.days)
            shown = {"rows": span.rows()} if self.view_name is View.WEEK else {"grid": span.grid()}
        return super().get_context_data(
            department=self.department,
            departments=self.departments,
            has_more=len(self.people) > MOST_PEOPLE,
            days=self.days,
            today=local_today(),
            **shown,
            **kwargs,
        )


class PlanPick(ContactPick):
    """A new plan at a place of the calendar: with whom? The form with that moment in it follows."""

    title = _("Plan an event: with whom?")
    lines_url = "plan-pick"

    @property
    def kept(self) -> dict[str, str]:
        """What the calendar said about the plan."""
        sent = self.request.GET
        return {name: sent[name] for name in slots.NAMES if sent.get(name)}

    def entry(self, client: Client) -> Line:
        line = super().entry(client)
        query = QueryDict(mutable=True)
        query.update({"status": "planned", **self.kept, "client": str(client.pk)})
        line.url = f"{reverse('event-create')}?{query.urlencode()}"
        return line


class EventPeek(EventMixin, PageView):
    """One event in the drawer over the calendar: what it is, and what can be done with it at once."""

    template_name = "interactions/_calendar_event.html"

    def allowed(self) -> None:
        """Whoever may read it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not htmx.wants_partial(request):
            return htmx.redirect(request, self.event.get_absolute_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        event, user = self.event, self.request.user
        phones = main_phones([event.client_id], user)
        return super().get_context_data(
            event=event,
            phone=phones.get(event.client_id),
            may_do=Event.objects.editable_by(user).filter(pk=event.pk).exists(),
            **kwargs,
        )
