"""Somebody leaves: deciding on his clients, the departures so far, one departure, taking it back."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Manager
from crm import clock
from crm.web import htmx
from crm.web.errors import DomainError
from crm.web.pagination import Page, paginate
from crm.web.text import fold
from crm.web.views import Access, ActionView, FormPage, ListPage, add_errors, fetch
from exchange import departure_selectors as selectors
from exchange import departures
from exchange.departure_forms import ZONE_FIELDS, DepartureForm, exceptions_of, exceptions_text
from exchange.departures import HAND, RELEASE, SPREAD, Plan, Way
from exchange.models import Departure, DepartureItem
from exchange.selectors import waiting_count_now

_LIST = 50


class DepartureList(ListPage):
    """The departures so far; who does not work here any more and still holds clients; and choosing who leaves."""

    access = Access.HEAD
    title = _("Departures")
    template_name = "exchange/departures.html"
    partial_template_name = "exchange/_departures.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        leaver = request.GET.get("leaver", "")
        if leaver.isascii() and leaver.isdecimal() and len(leaver) <= 18:
            return redirect("departure-create", pk=int(leaver))
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Departure]:
        return selectors.departures_for(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if htmx.wants_partial(self.request):
            return context
        user = self.request.user
        people = departures.leavers_of(user).filter(is_active=True).select_related("department")
        people = people.order_by("last_name", "first_name", "pk")
        return context | {"people": people, "strays": list(selectors.strays(user))}


class DepartureCreate(FormPage):
    """Deciding what becomes of the clients of who leaves. One form in two steps, the decisions and the look at what
    they mean; ``step`` names the button that was pressed, and whatever was typed is always sent along.

    * ``preview`` (also by Enter): what goes to whom, page by page (``preview-2``);
    * ``confirm``: done, if the plan still is the one that was looked at;
    * ``edit``, ``list-2``, ``find``: back to the form, another page of his clients, looking for some;
    * ``mark``: a decision for the marked clients alone; ``forget``: no single decisions.
    """

    access = Access.HEAD
    form_class = DepartureForm
    template_name = "exchange/departure_form.html"
    partial_template_name = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if (refused := self.check_access(request)) is None and (running := selectors.running_departure(self.leaver)):
            htmx.toast(
                request, gettext("The departure of %(manager)s is under way already.") % {"manager": self.leaver}
            )
            return redirect("departure-detail", pk=running.pk)
        return refused or super().dispatch(request, *args, **kwargs)

    @cached_property
    def leaver(self) -> Manager:
        """404 for those of whom the user reads nothing; 403 for himself."""
        user = self.request.user
        visible = Manager.objects.reported_to(user).select_related("department")
        return fetch(visible, departures.leavers_of(user), pk=self.kwargs["pk"])

    @cached_property
    def portfolio(self) -> selectors.Portfolio:
        return selectors.portfolio(self.leaver, clock.today())

    def get_title(self) -> str:
        return gettext("%(manager)s leaves") % {"manager": self.leaver}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Departures"), reverse("departure-list"))]

    @property
    def may_switch(self) -> bool:
        return self.leaver.is_active and departures.may_switch_off(self.request.user, self.leaver)

    @cached_property
    def form_facts(self) -> dict[str, Any]:
        return {
            "leaver": self.leaver,
            "by": self.request.user,
            "day": clock.today(),
            "colours": [zone for zone, _number in self.portfolio.colours],
            "may_switch": self.may_switch,
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), **self.form_facts}

    def get_initial(self) -> dict[str, Any]:
        return {"how": SPREAD, "deactivate": True}

    def get_form(self, form_class: Any = None) -> DepartureForm:
        form = super().get_form(form_class)
        if not form.is_bound:
            form.initial["among"] = [person.pk for person in form.colleagues]
            if not form.colleagues:
                form.initial["how"] = HAND
        return form

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        step, _dash, number = request.POST.get("step", "").partition("-")
        if step in ("edit", "list", "find", "mark", "forget"):
            return self._edit(step, number)
        form = self.get_form()
        if not form.is_valid():
            return self.form_invalid(form)
        return self._confirm(form) if step == "confirm" else self._preview(form, number)

    # --- the form ---
    def _edit(self, step: str, number: str) -> HttpResponseBase:
        data = self.request.POST.copy()
        decisions = exceptions_of(data.get("exceptions", ""))
        if step == "forget":
            decisions = {}
        if step == "mark":
            marked = [int(pk) for pk in data.getlist("client") if pk.isascii() and pk.isdecimal() and len(pk) <= 18]
            way = Way.of(data.get("mark", ""))
            for pk in marked:
                decisions.pop(pk, None)
                if way:
                    decisions[pk] = way
            number = data.get("list_page", "")
        data["exceptions"] = exceptions_text(decisions)
        form = DepartureForm.from_posted(data, **self.form_facts)
        return self.render_to_response(self.get_context_data(form=form, list_page=number, find=data.get("find", "")))

    def _clients(self, form: DepartureForm, number: str, find: str) -> tuple[Page, list[tuple[Client, str, bool]]]:
        """A page of his clients, each with what becomes of it in words, and whether that was decided singly."""
        rows = Client.objects.held_by(self.leaver).by_risk()
        if find.strip():
            rows = rows.filter(search_name__contains=fold(find.strip()))
        page = paginate(rows, number, size=_LIST)
        single = exceptions_of(str(form["exceptions"].value() or ""))
        names = {person.pk: person.short_name for person in form.people}
        found = [(client, _way_words(single.get(client.pk), names), client.pk in single) for client in page]
        return page, found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        number, find = kwargs.pop("list_page", ""), kwargs.pop("find", self.request.POST.get("find", ""))
        context = super().get_context_data(**kwargs)
        form = context["form"]
        context |= {"leaver": self.leaver, "portfolio": self.portfolio, "may_switch": self.may_switch}
        if "plan" in context:
            return context
        page, rows = self._clients(form, number, find)
        sales, plans = selectors.open_work(self.leaver, self.portfolio)
        return context | {
            "page": page,
            "rows": rows,
            "find": find,
            "sales": sales,
            "plans": plans,
            "single": len(exceptions_of(str(form["exceptions"].value() or ""))),
            "zone_fields": [(zone, form[ZONE_FIELDS[zone]], number) for zone, number in self.portfolio.colours],
            "matters": selectors.also_to_settle(self.leaver, self.request.user, clock.today()),
            "away": [(person, form.away[person.pk]) for person in form.people if person.pk in form.away],
            "today": clock.today(),
        }

    # --- the look at what it means ---
    def _plan(self, form: DepartureForm) -> Plan:
        return departures.plan(self.leaver, form.choice(), by=self.request.user)

    def _preview(self, form: DepartureForm, number: str, *, status: int = 200, stale: bool = False) -> HttpResponseBase:
        try:
            plan = self._plan(form)
        except DomainError as error:
            add_errors(form, error)
            return self.form_invalid(form)
        items = sorted(plan.items, key=lambda item: (item.to is None, str(item.to or ""), item.client.search_name))
        context = self.get_context_data(form=form, plan=plan, stale=stale, **_slice(items, number))
        switches = "deactivate" in form.fields and form.cleaned_data["deactivate"]
        context |= {
            "hidden": [(name, value) for name, values in self._sent().items() for value in values],
            "switches": switches,
            "stays": self.leaver.is_active and not switches,
            "title": gettext("%(manager)s leaves: what will happen") % {"manager": self.leaver},
        }
        self.template_name = "exchange/departure_preview.html"
        return self.render_to_response(context, status=status)

    def _sent(self) -> dict[str, list[str]]:
        """What was typed, to be sent along."""
        names = [name for name in (*DepartureForm.base_fields, "find") if name != "mark"]
        return {name: self.request.POST.getlist(name) for name in names if self.request.POST.getlist(name)}

    def _confirm(self, form: DepartureForm) -> HttpResponseBase:
        try:
            plan = self._plan(form)
        except DomainError as error:
            add_errors(form, error)
            return self.form_invalid(form)
        if plan.fingerprint != self.request.POST.get("plan"):
            return self._preview(form, "", status=409, stale=True)
        self.plan = plan
        return self.form_valid(form)

    def save(self, form: DepartureForm) -> Departure:
        departure = departures.depart(
            manager=self.leaver,
            items=self.plan.items,
            by=self.request.user,
            comment=form.cleaned_data["comment"],
            deactivate=bool(form.cleaned_data.get("deactivate")),
        )
        waiting_count_now()
        return departure

    def get_success_message(self) -> str:
        if self.saved.status == Departure.Status.RUNNING:
            return gettext("The clients of %(manager)s are on their way.") % {"manager": self.leaver}
        number = self.saved.items.done().count()
        words = ngettext(
            "%(manager)s has left: %(count)d client moved.", "%(manager)s has left: %(count)d clients moved.", number
        )
        return words % {"manager": self.leaver, "count": number}

    def get_success_url(self) -> str:
        return reverse("departure-detail", args=[self.saved.pk])

    def get_undo_url(self) -> str:
        return reverse("departure-undo", args=[self.saved.pk]) if departures.undo_until(self.saved) else ""


def _way_words(way: Way | None, names: dict[int, str]) -> str:
    if way is None:
        return ""
    if way.how == HAND:
        return gettext("to %(manager)s") % {"manager": names.get(way.to_id or 0, "–")}
    return gettext("to the exchange") if way.how == RELEASE else gettext("spread")


def _slice(items: list[Any], number: str) -> dict[str, Any]:
    """One page of a list in memory."""
    last = max(1, -(-len(items) // _LIST))
    wanted = int(number) if number.isascii() and number.isdecimal() and len(number) <= 9 else 1
    wanted = min(max(1, wanted), last)
    return {
        "rows": items[(wanted - 1) * _LIST : wanted * _LIST],
        "start": (wanted - 1) * _LIST + 1,
        "end": min(wanted * _LIST, len(items)),
        "previous": wanted - 1 if wanted > 1 else None,
        "following": wanted + 1 if wanted < last else None,
        "has_pages": last > 1,
    }


class DepartureDetail(ListPage):
    """One departure: its clients with what became of them. While it is under way the partial asks for itself."""

    access = Access.HEAD
    template_name = "exchange/departure.html"
    partial_template_name = "exchange/_departure.html"

    @cached_property
    def departure(self) -> Departure:
        visible = Departure.objects.visible_to(self.request.user)
        return fetch(visible.select_related("manager__department", "decided_by", "undone_by"), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return gettext("%(manager)s left") % {"manager": self.departure.manager}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Departures"), reverse("departure-list"))]

    def get_queryset(self) -> QuerySet[DepartureItem]:
        return selectors.items_of(self.departure)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        departure, user, today = self.departure, self.request.user, clock.today()
        until = departures.undo_until(departure)
        progress = selectors.progress_of(departure)
        held = Client.objects.held_by(departure.manager).count()
        return context | {
            "departure": departure,
            "progress": progress,
            **selectors.results_of(departure),
            # Whose sign-in is off must hold nothing; who stays may.
            "still_held": held if not progress and not departure.manager.is_active else 0,
            "undo_until": until,
            "may_undo": departure.status != Departure.Status.UNDONE
            and until is not None
            and today <= until
            and (not departure.deactivated or departures.may_switch_off(user, departure.manager)),
            "undo_words": gettext(
                "Take this departure back? Clients that are still where it put them return to %(manager)s as they were."
            )
            % {"manager": departure.manager},
        }


class DepartureUndo(ActionView):
    """Take a departure back."""

    access = Access.HEAD

    def perform(self) -> str:
        departure = fetch(Departure.objects.visible_to(self.request.user), pk=self.kwargs["pk"])
        self.url = reverse("departure-detail", args=[departure.pk])
        self.departure = departures.undo(departure=departure, by=self.request.user)
        waiting_count_now()
        return self.url

    def get_return_url(self) -> str:
        return self.url

    def get_success_message(self) -> str:
        if selectors.progress_of(self.departure):
            return gettext("The clients are on their way back.")
        items = self.departure.items
        back = items.filter(undone_at__isnull=False).count()
        words = ngettext("%(count)d client is back.", "%(count)d clients are back.", back) % {"count": back}
        if stay := items.done().count():
            stayed = ngettext("%(count)d stays where it is.", "%(count)d stay where they are.", stay)
            words += " " + stayed % {"count": stay}
        return words
