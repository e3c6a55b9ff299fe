"""Birthdays and occasions: whom to congratulate, and the letter that does it."""

import datetime as dt
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import occasions, prepared_letters
from clients.models import Client, ContactPerson, ContactPoint, LetterTemplate, Occasion
from clients.occasions import Celebration
from clients.rules.occasions import nearest
from crm import clock
from crm.web.errors import DomainError
from crm.web.views import Access, ActionView, ListPage, PageView, fetch
from interactions import client_letters
from interactions.letter_forms import LetterForm
from interactions.models import ClientLetter
from interactions.selectors.occasions import Row, letter_for, rows_of
from interactions.views.base import DrawerPage, card_of, client_to_work_on, number_in

#: Longer addresses are cut off by some mail programs: such a text is copied.
MAILTO_LENGTH = 1900
#: So many days of people are shown at most, of those gone by and of those ahead.
MOST = 50
SCOPES = {"mine": gettext_lazy("Mine"), "department": gettext_lazy("Department"), "all": gettext_lazy("All clients")}


class _Scoped:
    """A page of "mine" or, for those who answer for others, of theirs."""

    request: HttpRequest

    @cached_property
    def whose(self) -> str:
        return occasions.scope_in_force(self.request.user, self.request.GET.get("whose", ""))

    @cached_property
    def clients(self) -> QuerySet[Client]:
        return occasions.clients_in(self.request.user, self.whose)

    def tabs(self) -> list[tuple[str, str | Promise, bool]]:
        return [(key, SCOPES[key], key == self.whose) for key in occasions.scopes_of(self.request.user)]


class OccasionList(_Scoped, PageView):
    """Birthdays and occasions of the coming days; first come those of the last days nobody thought of."""

    access = Access.SALES
    title = gettext_lazy("Birthdays and occasions")
    template_name = "interactions/occasions.html"
    partial_template_name = "interactions/_occasions.html"

    @cached_property
    def period(self) -> int:
        wanted = self.request.GET.get("days", "")
        return next((days for days in occasions.PERIODS if str(days) == wanted), occasions.PERIODS[0])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = clock.today()
        before = today - dt.timedelta(days=occasions.MISSED_DAYS)
        missed = occasions.coming(self.clients, before, occasions.MISSED_DAYS, most=MOST + 1)
        ahead = occasions.coming(self.clients, today, self.period, most=MOST + 1)
        found = occasions.with_contacts([*missed[:MOST], *ahead[:MOST]], self.request.user)
        rows = [row for row in rows_of(found) if row.day.on >= today or not row.is_done]
        days = _by_date(rows, occasions.occasions_ahead(self.clients, today, self.period))
        return super().get_context_data(
            days=days,
            has_more=max(len(missed), len(ahead)) > MOST,
            tabs=self.tabs(),
            whose=self.whose,
            period=self.period,
            periods=occasions.PERIODS,
            **kwargs,
        )


def _by_date(
    rows: list[Row], ahead: list[occasions.OccasionAhead]
) -> list[tuple[dt.date, list[occasions.OccasionAhead], list[Row]]]:
    """Dates in their order, each with its occasions and its people."""
    dates = sorted({row.day.on for row in rows} | {each.on for each in ahead})
    return [
        (date, [each for each in ahead if each.on == date], [row for row in rows if row.day.on == date])
        for date in dates
    ]


class OccasionClients(_Scoped, ListPage):
    """Whose occasion of the year it is: the clients of one's own, with whom to write to."""

    access = Access.SALES
    template_name = "interactions/occasion.html"
    partial_template_name = "interactions/_occasion.html"
    #: Clients, each with up to three persons.
    page_size = 25

    @cached_property
    def occasion(self) -> Occasion:
        return get_object_or_404(Occasion.objects.filter(is_active=True), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return str(self.occasion)

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(gettext_lazy("Birthdays and occasions"), reverse("occasion-list"))]

    def get_queryset(self) -> QuerySet[Client]:
        persons = ContactPerson.objects.filter(is_active=True)
        clients = occasions.of_occasion(self.clients, self.occasion).order_by("search_name", "pk")
        return clients.select_related("manager").prefetch_related(Prefetch("persons", persons))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        today = clock.today()
        days = [
            Celebration(occasions.Use.OCCASION, self._on(today), client, person, self.occasion)
            for client in context["page"].rows
            # The deciders come first: who is to be congratulated is seldom the fifth.
            for person in list(client.persons.all())[:3] or [None]
        ]
        context.update(
            rows=rows_of(occasions.with_contacts(days, self.request.user)),
            on=self._on(today),
            occasion=self.occasion,
            tabs=self.tabs(),
            whose=self.whose,
        )
        return context

    def _on(self, today: dt.date) -> dt.date:
        return nearest(self.occasion.md, today)


class LetterWrite(DrawerPage):
    """The prepared letter: to be changed, and sent, copied, or opened in one's own mail program."""

    access = Access.SALES
    form_class = LetterForm
    template_name = "interactions/letter.html"
    partial_template_name = "interactions/_letter.html"

    @cached_property
    def client(self) -> Client:
        client = client_to_work_on(self.request, self.kwargs["pk"])
        if not client.is_held:
            raise Http404
        return client

    @cached_property
    def day(self) -> Celebration:
        """What the letter is for. 404 where this person or client has no such day."""
        person, occasion = number_in(self.request, "person"), number_in(self.request, "occasion")
        found = occasions.celebration(
            self.client,
            clock.today(),
            person=get_object_or_404(self.client.persons.filter(is_active=True), pk=person) if person else None,
            occasion=get_object_or_404(Occasion, pk=occasion) if occasion else None,
        )
        if found is None:
            raise Http404
        return found

    @cached_property
    def points(self) -> list[ContactPoint]:
        return occasions.addresses(self.day, self.request.user)

    @cached_property
    def templates(self) -> list[LetterTemplate]:
        return prepared_letters.templates_for(self.day)

    def get_title(self) -> str:
        return _("Letter to %(name)s") % {"name": self.day.person or self.client}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Birthdays and occasions"), reverse("occasion-list")), (str(self.client), card_of(self.client))]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "points": self.points, "templates": self.templates}

    def get_initial(self) -> dict[str, Any]:
        initial: dict[str, Any] = {"to": self.points[0].pk if self.points else None}
        if self.templates:
            subject, text = self._written(self.templates[0])
            initial |= {"subject": subject, "text": text, "template": self.templates[0].pk}
        return initial

    def _written(self, template: LetterTemplate) -> tuple[str, str]:
        return prepared_letters.written(template, self.day, self.request.user)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self._take_template() if "fill" in request.POST else super().post(request, *args, **kwargs)

    def _take_template(self) -> HttpResponseBase:
        """Another prepared letter instead of this one. What somebody wrote himself is never thrown away for it."""
        typed = self.get_form().data
        chosen = next((one for one in self.templates if str(one.pk) == typed.get("template")), None)
        prepared = {"\n".join(self._written(one)[1].splitlines()) for one in self.templates}
        text = "\n".join(typed.get("text", "").splitlines()).strip()
        form = LetterForm(typed, points=self.points, templates=self.templates)
        if chosen is None or (text and text not in prepared):
            form.errors.clear()
            form.add_error("template", _("You have changed the text. Empty it to take another letter."))
            return self.render_to_response(self.get_context_data(form=form), status=422)
        subject, text = self._written(chosen)
        kept = {"to": typed.get("to"), "template": chosen.pk, "subject": subject, "text": text}
        form = LetterForm(initial=kept, points=self.points, templates=self.templates)
        return self.render_to_response(self.get_context_data(form=form))

    def save(self, form: LetterForm) -> ClientLetter:
        if "to" not in form.cleaned_data:
            raise DomainError(_("There is no e-mail address here: copy the letter."))
        letter = client_letters.queue_letter(
            client=self.client,
            person=self.day.person,
            point=form.cleaned_data["to"],
            subject=form.cleaned_data["subject"],
            text=form.cleaned_data["text"],
            by=self.request.user,
            key=self.day.key,
        )
        from interactions.tasks import send_client_letters

        send_client_letters.apply_async(countdown=client_letters.GRACE.seconds + 1)
        return letter

    def get_success_message(self) -> str:
        return _("The letter to %(name)s goes out. It counts as a contact when it has left.") % {
            "name": self.day.person or self.client
        }

    def get_undo_url(self) -> str:
        return reverse("letter-cancel", args=[self.saved.pk])

    def get_success_url(self) -> str:
        self.success_url = reverse("occasion-list")
        return super().get_success_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form, day = context["form"], self.day
        address = str(self.points[0].value) if self.points else ""
        context.update(
            day=day,
            client=self.client,
            mailto=mailto(address, str(form["subject"].value() or ""), str(form["text"].value() or "")),
            mailto_length=MAILTO_LENGTH,
            letter_before=letter_for(day),
            without_consent=day.person is not None and not day.person.has_consented,
            today=clock.today(),
        )
        return context


def mailto(address: str, subject: str, text: str) -> str:
    """A link that opens a letter in the reader's own mail program; without the text where it would be too long."""
    body = "\r\n".join(text.splitlines())
    whole = f"mailto:{quote(address, safe='@')}?{urlencode({'subject': subject, 'body': body}, quote_via=quote)}"
    if len(whole) <= MAILTO_LENGTH:
        return whole
    return f"mailto:{quote(address, safe='@')}?{urlencode({'subject': subject}, quote_via=quote)}"


class LetterCancel(ActionView):
    """Second thoughts about a letter that has not gone out."""

    access = Access.SALES
    success_message = gettext_lazy("The letter was not sent.")

    def perform(self) -> None:
        letters = ClientLetter.objects.visible_to(self.request.user)
        letter = fetch(letters, letters.filter(by=self.request.user), pk=self.kwargs["pk"])
        client_letters.take_back(letter=letter)
