"""Two rows of one client: choose the other, look at both side by side, make them one; or say that they are two. And
what was merged, to be taken back."""

from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import duplicates, merging
from clients.doubles import decisions
from clients.forms.merge import CompareForm, MergeForm
from clients.models import Client, DuplicatePair, Manager, MergeRecord
from clients.views.people import OfClient
from crm import clock
from crm.web import htmx
from crm.web.views import Access, ActionView, FormPage, ListPage, fetch, safe_next


class MayMerge(OfClient):
    """Both clients must be the user's to give away."""

    def get_allowed(self, user: Manager) -> QuerySet[Client]:
        return Client.objects.transferable_by(user)


class ClientMerge(MayMerge, FormPage):
    """First step: which is the other one?"""

    access = Access.HEAD
    title = _("Merge with another client")
    form_class = MergeForm
    submit_label = _("Compare")
    template_name = "clients/merge_choose.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        clients = self.get_allowed(self.request.user).exclude(pk=self.client.pk)
        return {**super().get_form_kwargs(), "clients": clients}

    @cached_property
    def alike(self) -> list[Client]:
        """Those the duplicate check finds and that may be merged, as a short cut."""
        points = self.client.contact_points.values_list("value", flat=True)
        found = duplicates.find(
            name=self.client.name, inn=self.client.inn, kpp=self.client.kpp, contacts=points, exclude_pk=self.client.pk
        )
        ids = [double.client.pk for double in found]
        return list(self.get_allowed(self.request.user).filter(pk__in=ids).select_related("manager"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(client=self.client, alike=self.alike, **kwargs)

    def save(self, form: MergeForm) -> Client:
        return form.cleaned_data["other"]

    def render_success(self) -> HttpResponseBase:
        return htmx.redirect(self.request, reverse("client-merge-confirm", args=[self.client.pk, self.saved.pk]))


class _OfPair(MayMerge):
    """A view about two clients, ``pk`` and ``other`` in the address."""

    access = Access.HEAD

    @cached_property
    def other(self) -> Client:
        user = self.request.user  # type: ignore[attr-defined]
        allowed = self.get_allowed(user)
        return fetch(Client.objects.known_to(user), allowed, pk=self.kwargs["other"])  # type: ignore[attr-defined]

    @property
    def pair(self) -> tuple[Client, Client]:
        return self.client, self.other


class ClientMergeConfirm(_OfPair, FormPage):
    """Second step: both side by side, which one stays, whose value each fact gets."""

    title = _("Merge two clients")
    form_class = CompareForm
    submit_label = _("Merge")
    success_message = _("Two clients are one now.")
    template_name = "clients/merge.html"
    partial_template_name = None

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "pair": self.pair}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(client=self.client, other=self.other, **kwargs)
        pair = context["form"].pair
        counts = [(client.persons.count(), client.contact_points.count()) for client in pair]
        told_apart = self.other.pk in decisions.told_apart(self.client.pk)
        return {**context, "pair": pair, "counts": counts, "told_apart": told_apart, "days": merging.UNDO_DAYS}

    def save(self, form: CompareForm) -> Client:
        keep, drop = form.sides()
        return merging.merge_clients(
            keep_id=keep.pk,
            drop_id=drop.pk,
            by=self.request.user,
            choices=form.chosen(),
            persons=form.same_persons(),
        )

    def get_undo_url(self) -> str:
        record = MergeRecord.objects.filter(keep_pk=self.saved.pk).latest("pk")
        return reverse("merge-undo", args=[record.pk])

    def get_success_url(self) -> str:
        return safe_next(self.request) or self.saved.get_absolute_url()


class _Decision(_OfPair, ActionView):
    def get_return_url(self) -> str:
        return safe_next(self.request) or reverse("duplicate-list")

    def perform(self) -> HttpResponseBase | None:
        self.decide()
        return htmx.done("list-refresh") if htmx.wants_partial(self.request) else None

    def decide(self) -> None:
        raise NotImplementedError


class ClientsDifferent(_Decision):
    """They are two: nobody is asked again."""

    success_message = _("Noted: these are two clients.")

    def decide(self) -> None:
        decisions.declare_different(one_id=self.client.pk, other_id=self.other.pk, by=self.request.user)

    def get_undo_url(self) -> str:
        return reverse("clients-alike", args=[self.client.pk, self.other.pk])


class ClientsAlike(_Decision):
    """They may be one after all."""

    success_message = _("The pair stands in the list again.")

    def decide(self) -> None:
        one, other = sorted(client.pk for client in self.pair)
        decisions.reopen(pair=fetch(DuplicatePair.objects.all(), one=one, other=other))


class MergeList(ListPage):
    """What was merged, the latest first."""

    access = Access.HEAD
    title = _("Merged clients")
    template_name = "clients/merges.html"
    partial_template_name = "clients/_merges.html"

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Possible duplicates"), reverse("duplicate-list"))]

    def get_queryset(self) -> QuerySet[MergeRecord]:
        return MergeRecord.objects.visible_to(self.request.user).select_related("by", "undone_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        now, user = clock.now(), self.request.user
        records = list(context["page"])
        there = Client.objects.known_to(user).in_bulk({pk for row in records for pk in (row.keep_pk, row.drop_pk)})
        for row in records:
            row.keep, row.drop = there.get(row.keep_pk), there.get(row.drop_pk)
            row.undo_until = merging.undo_until(row)
            row.may_undo = merging.may_undo(row, now) and row.keep and gets_back(user, row)
        return {**context, "records": records}


def gets_back(user: Manager, record: MergeRecord) -> bool:
    """Whether the client that would come back would come to somebody this person decides on."""
    holder = merging.former_manager(record)
    return user.sees_everything or holder in {user.pk, *user.headed_manager_ids}


class MergeUndo(ActionView):
    """Two clients again."""

    access = Access.HEAD
    record: MergeRecord

    def perform(self) -> str:
        user = self.request.user
        self.record = fetch(MergeRecord.objects.visible_to(user), pk=self.kwargs["pk"])
        kept = Client.objects.filter(pk=self.record.keep_pk)
        if kept.exists() and not Client.objects.transferable_by(user).filter(pk=self.record.keep_pk).exists():
            raise PermissionDenied
        if self.record.undone_at is None and not gets_back(user, self.record):
            raise PermissionDenied
        self.record = merging.undo_merge(record_id=self.record.pk, by=user)
        return reverse("client-detail", args=[self.record.drop_pk])

    def get_success_message(self) -> str | Promise:
        if left := self.record.undo["left"]:
            return gettext("Two clients again. Left as it is: %(what)s.") % {"what": "; ".join(left)}
        return _("Two clients again, each as it was.")

    def get_return_url(self) -> str:
        return reverse("merge-list")
