"""Django admin of the tunable rules: the rows are those that were changed, the page "Rules" shows them all."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from simple_history.admin import SimpleHistoryAdmin

from clients import models, rulebook
from clients.rule_settings import reset_rule, set_rule


class RuleSettingForm(forms.ModelForm):
    """One declared rule; the model checks the limits."""

    class Meta:
        model = models.RuleSetting
        fields: ClassVar[list[str]] = ["key", "is_on", "value"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "key" in self.fields:
            stored = set(models.RuleSetting.objects.values_list("key", flat=True))
            free = [
                (rule.key, f"{rulebook.GROUPS[rule.group]}: {rule.name}")
                for rule in rulebook.all_rules()
                if rule.key not in stored
            ]
            self.fields["key"] = forms.ChoiceField(label=_("rule"), choices=free)


@admin.register(models.RuleSetting)
class RuleSettingAdmin(SimpleHistoryAdmin):
    """Saved by the same verb as on the page: with a line in the change log, and new dates where the rule moves them."""

    form = RuleSettingForm
    list_display = ["name", "in_words", "is_on", "by_default", "changed_at", "changed_by"]
    list_select_related = ["changed_by"]
    search_fields = ["key"]
    change_list_template = "admin/clients/rulesetting/change_list.html"

    @admin.display(description=_("rule"), ordering="key")
    def name(self, setting: models.RuleSetting) -> str:
        rule = declared(setting)
        return str(rule.name) if rule else setting.key

    @admin.display(description=_("value"))
    def in_words(self, setting: models.RuleSetting) -> str:
        rule = declared(setting)
        return str(rule.unit.words % {"count": setting.value}) if rule and rule.unit else "–"

    @admin.display(description=_("default"))
    def by_default(self, setting: models.RuleSetting) -> str:
        rule = declared(setting)
        return str(rule.unit.words % {"count": rule.default}) if rule and rule.unit else "–"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["key"] if obj else []

    def save_model(self, request: HttpRequest, obj: models.RuleSetting, form: Any, change: bool) -> None:
        saved = set_rule(key=obj.key, is_on=obj.is_on, value=obj.value, by=_user(request))
        stored = models.RuleSetting.objects.filter(key=obj.key).first()
        if stored is None:
            # As it is by default already; the row is wanted all the same.
            obj.changed_by = _user(request)
            obj.save()
        else:
            obj.pk = stored.pk
        self._say(request, saved)

    def delete_model(self, request: HttpRequest, obj: models.RuleSetting) -> None:
        if declared(obj):
            self._say(request, reset_rule(key=obj.key, by=_user(request)))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[models.RuleSetting]) -> None:
        for setting in queryset:
            self.delete_model(request, setting)

    def _say(self, request: HttpRequest, saved: int | models.Redating | None) -> None:
        if isinstance(saved, models.Redating):
            messages.info(request, _("The dates of all clients are being computed anew."))
        elif saved:
            words = ngettext("%(count)d client has new zone dates.", "%(count)d clients have new zone dates.", saved)
            messages.info(request, words % {"count": saved})


def declared(setting: models.RuleSetting) -> rulebook.Rule | None:
    """The rule of a row; None for one that a later version does not know any more."""
    try:
        return rulebook.rule(setting.key)
    except KeyError:
        return None


def _user(request: HttpRequest) -> models.Manager:
    assert isinstance(request.user, models.Manager)  # nobody else is let in
    return request.user
