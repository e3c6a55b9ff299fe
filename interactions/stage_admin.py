"""Django admin of the kinds of sales: their stages, and what each of them asks for and plans."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients import custom_fields
from crm.web.admin import DictionaryAdmin, RecordAdmin
from interactions import models, process_path
from interactions.stage_facts import FIELDS

#: Orders of stages are below this: so they can be stepped aside while some are exchanged.
_ASIDE = 10000


class StageForm(forms.ModelForm):
    """A stage among those of its kind. Two orders alike are found by the formset: two stages may change places."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["position"].validators.append(MaxValueValidator(_ASIDE - 1))

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "position"}


class StageFormSet(forms.BaseInlineFormSet):
    """The stages of a kind in their order."""

    def clean(self) -> None:
        super().clean()
        seen: set[int] = set()
        for form in self.forms:
            position = form.cleaned_data.get("position") if form.is_valid() else None
            if position in seen:
                raise ValidationError(gettext("Two stages have the order %(position)s.") % {"position": position})
            if position is not None:
                seen.add(position)

    def save(self, commit: bool = True) -> Any:
        """Every order is free while the new ones are written."""
        is_reordered = any("position" in form.changed_data for form in self.initial_forms)
        if is_reordered:
            self.instance.stages.update(position=F("position") + _ASIDE)
        saved = super().save(commit)
        if is_reordered:
            self.instance.stages.filter(position__gte=_ASIDE).update(position=F("position") - _ASIDE)
            process_path.recompute_kind(self.instance.pk)
        return saved


class StageInline(admin.TabularInline):
    """Stages are deleted on their own pages, where it is said whether they can be."""

    model = models.Stage
    form, formset = StageForm, StageFormSet
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ["name", "position", "probability", "colour", "allowed_idle_days", "asks_for"]
    readonly_fields = ["asks_for"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Stage]:
        rows = super().get_queryset(request)
        return rows.annotate(n_conditions=Count("conditions", distinct=True), n_tasks=Count("tasks", distinct=True))

    @admin.display(description=_("conditions and tasks"))
    def asks_for(self, stage: models.Stage) -> str:
        if stage.pk is None:
            return "–"
        conditions = ngettext("%(count)d condition", "%(count)d conditions", stage.n_conditions)  # type: ignore[attr-defined]
        tasks = ngettext("%(count)d task", "%(count)d tasks", stage.n_tasks)  # type: ignore[attr-defined]
        return f"{conditions % {'count': stage.n_conditions}}, {tasks % {'count': stage.n_tasks}}"  # type: ignore[attr-defined]


@admin.register(models.ProcessKind)
class ProcessKindAdmin(DictionaryAdmin):
    list_display = ["name", "control", "position", "is_active"]
    list_filter = ["is_active", "control"]
    inlines = [StageInline]

    def has_delete_permission(self, request: HttpRequest, obj: models.ProcessKind | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.processes.exists())


class ConditionForm(forms.ModelForm):
    """A condition; its field is one of a sale, of its client, or of those the company has added."""

    field = forms.ChoiceField(label=_("field"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [(name, label) for name, label in custom_fields.columns()]
        facts = [(key, capfirst(str(fact.label))) for key, fact in FIELDS.items()]
        known = [("", "–"), *facts, *own]
        if self.instance.field and self.instance.field not in dict(known):
            known.append((self.instance.field, gettext("%(field)s (not in use)") % {"field": self.instance.field}))
        self.fields["field"].choices = known  # type: ignore[attr-defined]
        self.fields["event_kind"].queryset = _chosen_by_people(self.instance.event_kind_id)  # type: ignore[attr-defined]


class ConditionInline(admin.TabularInline):
    model = models.StageCondition
    form = ConditionForm
    extra = 0
    fields = ["what", "field", "event_kind", "position"]


class TaskForm(forms.ModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = _chosen_by_people(self.instance.kind_id)  # type: ignore[attr-defined]


class TaskInline(admin.TabularInline):
    model = models.StageTask
    form = TaskForm
    extra = 0
    fields = ["kind", "subject", "due_days", "position"]


def _chosen_by_people(present: int | None) -> QuerySet[models.EventKind]:
    """Kinds nobody registers by hand can be neither waited for nor planned."""
    return models.EventKind.objects.choosable() | models.EventKind.objects.filter(pk=present)


@admin.register(models.Stage)
class StageAdmin(admin.ModelAdmin):
    """What a stage asks for and plans. Stages are made, and put into their order, on the page of their kind."""

    list_display = ["name", "process_kind", "position", "probability", "colour", "allowed_idle_days"]
    list_filter = ["process_kind"]
    list_select_related = ["process_kind"]
    ordering = ["process_kind__position", "position"]
    fields = ["process_kind", "name", "probability", "colour", "allowed_idle_days", "use"]
    readonly_fields = ["process_kind", "use"]
    inlines = [ConditionInline, TaskInline]
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Stage | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and _is_used(obj))

    @admin.display(description=_("use"))
    def use(self, stage: models.Stage) -> str:
        count = stage.processes.open().count()
        words = ngettext("%(count)d open sale is here", "%(count)d open sales are here", count) % {"count": count}
        if _is_used(stage):
            words += ". " + gettext("Sales have been here: it can be renamed, but not deleted.")
        return words


def _is_used(stage: models.Stage) -> bool:
    steps = models.StageChange.objects
    return (
        stage.processes.exists()
        or steps.filter(to_stage=stage).exists()
        or steps.filter(from_stage=stage).exists()
        or models.StageApproval.objects.filter(stage=stage).exists()
    )


@admin.register(models.StageApproval)
class StageApprovalAdmin(RecordAdmin):
    list_display = ["asked_at", "process", "stage", "status", "asked_by", "decided_by", "decided_at"]
    list_filter = ["status"]
    list_select_related = ["process", "stage", "asked_by", "decided_by"]
    search_fields = ["process__title"]
