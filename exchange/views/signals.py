"""Signals: what a head is asked to look at, the contacts behind it, and what came of looking."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from clients import rulebook
from crm.web.views import Access, ActionView, FormPage, ListPage
from exchange import signals
from exchange.models import Signal
from exchange.signals import selectors
from exchange.signals.filters import SEEN_TABS, SignalFilter


class SignalList(ListPage):
    """What was found about the reader's people, the latest first; never about himself."""

    access = Access.HEAD
    title = _("Signals")
    template_name = "exchange/signals.html"
    partial_template_name = "exchange/_signals.html"
    filterset_class = SignalFilter
    page_size = 50

    @property
    def tab(self) -> str:
        wanted = self.request.GET.get("seen", "")
        return wanted if wanted in dict(SEEN_TABS) else ""

    def get_queryset(self) -> QuerySet[Signal]:
        rows = selectors.for_reader(self.request.user).select_related("manager", "seen_by")
        match self.tab:
            case "":
                return rows.unseen()
            case "seen":
                return rows.filter(seen_at__isnull=False)
        return rows

    def link(self, tab: str) -> str:
        """The address of another tab; the filters stay."""
        query = self.request.GET.copy()
        query.pop("page", None)
        query["seen"] = tab
        return f"?{query.urlencode()}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {
            "rows": selectors.rows_of(context["page"].rows, self.request.user),
            "tab": self.tab,
            "tabs": [(self.link(key), words, key == self.tab) for key, words in SEEN_TABS],
        }


class SeenForm(forms.Form):
    """What came of looking at it."""

    note = forms.CharField(
        label=_("What came of it"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class _OfSignal:
    """Views about one signal: 404 for everybody it is hidden from."""

    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def signal(self) -> Signal:
        rows = selectors.for_reader(self.request.user).select_related("manager__department", "seen_by")
        return get_object_or_404(rows, pk=self.kwargs["pk"])


class SignalDetail(_OfSignal, FormPage):
    """One signal with its contacts and what happened since; here it is marked as looked at."""

    access = Access.HEAD
    template_name = "exchange/signal.html"
    partial_template_name = None
    form_class = SeenForm
    submit_label = _("Looked at")
    success_message = _("Looked at.")

    def get_title(self) -> str | Promise:
        return self.row.words

    @cached_property
    def row(self) -> selectors.SignalRow:
        return selectors.rows_of([self.signal], self.request.user)[0]

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Signals"), reverse("signal-list"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        signal, user = self.signal, self.request.user
        return super().get_context_data(
            signal=signal,
            row=self.row,
            evidence=selectors.evidence(signal, user),
            since=selectors.aftermath(signal, user),
            rules=rulebook.load(),
            **kwargs,
        )

    def save(self, form: SeenForm) -> Signal:
        signals.mark_seen(signal=self.signal, by=self.request.user, note=form.cleaned_data["note"])
        return self.signal

    def get_undo_url(self) -> str:
        return reverse("signal-unseen", args=[self.signal.pk])

    def get_success_url(self) -> str:
        return reverse("signal-list")


class SignalUnseen(_OfSignal, ActionView):
    """It is to be looked at again."""

    access = Access.HEAD
    success_message = _("It waits to be looked at again.")

    def perform(self) -> str:
        signals.mark_unseen(signal=self.signal)
        return self.signal.get_absolute_url()
