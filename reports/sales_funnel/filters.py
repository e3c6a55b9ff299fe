"""Which kind of sale the funnel is of; and, behind its numbers, which stage and which reason."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from interactions.models import LossReason, ProcessKind, Stage
from reports.frame.filters import ClientsMixin, ReportFilter
from reports.frame.narrowing import NarrowingMixin

#: In the place of a stage or a reason: sales without one.
NONE = "none"


def _hidden(label: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(label=label, method="ignore", widget=forms.HiddenInput, empty_label=None)


class FunnelFilter(NarrowingMixin, ClientsMixin, ReportFilter):
    """The funnel of one kind: of the first with stages where none is named."""

    kind = django_filters.ChoiceFilter(label=_("Kind of sale"), method="ignore", empty_label=None)
    reached = _hidden(_("Came as far as"))
    at = _hidden(_("Stage"))
    reason = _hidden(_("Why lost"))

    usual_period = "365"
    narrowing = ("reached", "at", "reason")
    kept_names = (*ReportFilter.kept_names, "category", "region", "kind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(ProcessKind.objects.prefetch_related("stages"), key=lambda kind: not kind.stages.all())
        self.kinds: list[ProcessKind] = kinds
        stages = [(str(stage.pk), str(stage)) for kind in kinds for stage in kind.stages.all()]
        nowhere = (NONE, _("Without a stage"))
        self.filters["kind"].field.choices = [(str(kind.pk), str(kind)) for kind in kinds]
        self.filters["reached"].field.choices = stages
        self.filters["at"].field.choices = [*stages, nowhere]
        self.filters["reason"].field.choices = [
            *((str(reason.pk), str(reason)) for reason in self.reasons.values()),
            (NONE, _("not said")),
        ]

    @cached_property
    def reasons(self) -> Mapping[int, LossReason]:
        """Why sales are lost, by key."""
        return {reason.pk: reason for reason in LossReason.objects.all()}

    @cached_property
    def kind_shown(self) -> ProcessKind | None:
        """The kind the funnel is of; None while the company has none."""
        key = self._chosen("kind")
        return next((kind for kind in self.kinds if not key or str(kind.pk) == key), None)

    @property
    def stages(self) -> list[Stage]:
        """Its stages in their order."""
        return sorted(self.kind_shown.stages.all(), key=lambda stage: stage.position) if self.kind_shown else []

    @property
    def options(self) -> Mapping[str, Any]:
        return {**super().options, "kind": self.kind_shown.pk if self.kind_shown else None}
