"""The rules of the house, for everybody to read; administrators change them here."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients import rulebook
from clients.forms.rules import RuleForm
from clients.models import Client, Redating, RuleSetting
from clients.rule_settings import set_rule
from clients.rulebook import Rule
from crm.web import htmx
from crm.web.views import Access, FormPage, PageView


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule as the page shows it."""

    rule: Rule
    is_on: bool
    #: In words, with the number in force.
    words: str
    default: str
    setting: RuleSetting | None

    @property
    def is_changed(self) -> bool:
        if self.setting is None:
            return False
        return (self.setting.is_on, self.setting.value) != (self.rule.on, self.rule.default)


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """The rules of a group, and what else belongs there: the template of a note with its context."""

    key: str
    name: str | Promise
    rules: list[ShownRule]
    note_template: str
    note: dict[str, Any]


def default_in_words(rule: Rule) -> str:
    """As in "3 days", "on"."""
    number = str(rule.unit.words % {"count": rule.default}) if rule.unit else ""
    switch = str(_("on") if rule.on else _("off"))
    if not rule.unit:
        return switch
    return number if rule.on else f"{number}, {switch}"


def shown_groups() -> list[ShownGroup]:
    """All declared rules by group, with what is in force. One query, and those of the notes."""
    settings = {row.key: row for row in RuleSetting.objects.select_related("changed_by")}
    values = rulebook.RuleValues({key: (row.is_on, row.value) for key, row in settings.items()})
    groups = []
    for key, name in rulebook.GROUPS.items():
        rules = [
            ShownRule(
                rule,
                values.is_on(rule.key),
                rulebook.explained(rule, values[rule.key]),
                default_in_words(rule),
                settings.get(rule.key),
            )
            for rule in rulebook.all_rules()
            if rule.group == key
        ]
        template, facts = rulebook.note_of(key) or ("", dict)
        if rules or template:
            groups.append(ShownGroup(key, name, rules, template, dict(facts())))
    return groups


class RuleList(PageView):
    """Every rule with the number in force, in words."""

    access = Access.SALES
    title = _("Rules")
    template_name = "clients/rules.html"
    partial_template_name = "clients/_rules.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_change = Access.ADMIN.allows(self.request.user)
        return super().get_context_data(groups=shown_groups(), may_change=may_change, **kwargs)


class RuleUpdate(FormPage):
    """One rule: its number and its switch."""

    access = Access.ADMIN
    form_class = RuleForm
    submit_label = _("Put into force")
    template_name = "clients/rule.html"
    partial_template_name = "clients/_rule.html"

    @cached_property
    def rule(self) -> Rule:
        try:
            return rulebook.rule(self.kwargs["key"])
        except KeyError:
            raise Http404 from None

    def get_title(self) -> str | Promise:
        return self.rule.name

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Rules"), reverse("rule-list"))]

    def get_initial(self) -> dict[str, Any]:
        stored = RuleSetting.objects.filter(key=self.rule.key).first()
        is_on, value = (stored.is_on, stored.value) if stored else (self.rule.on, self.rule.default)
        return {"is_on": is_on, "value": value}

    def get_form_kwargs(self) -> dict[str, Any]:
        held = Client.objects.held().count() if self.rule.redates else 0
        return {**super().get_form_kwargs(), "rule": self.rule, "held": held}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        history = list(RuleSetting.history.filter(key=self.rule.key).select_related("history_user")[:8])
        if self.rule.unit:
            for row in history:
                row.words = str(self.rule.unit.words % {"count": row.value})
        words = rulebook.explained(self.rule, rulebook.load()[self.rule.key])
        return super().get_context_data(rule=self.rule, words=words, history=history, **kwargs)

    def save(self, form: RuleForm) -> int | Redating | None:
        return set_rule(key=self.rule.key, by=self.request.user, **form.setting())

    def get_success_message(self) -> str | Promise:
        if isinstance(self.saved, Redating):
            return _("Saved. The dates of all clients are being computed anew.")
        if self.saved:
            return ngettext(
                "Saved. %(count)d client has new dates.", "Saved. %(count)d clients have new dates.", self.saved
            ) % {"count": self.saved}
        return _("Saved.")

    def render_success(self) -> HttpResponseBase:
        if isinstance(self.saved, Redating):
            # There one sees how far it is.
            return htmx.redirect(self.request, self.saved.get_absolute_url())
        if htmx.wants_partial(self.request):
            return htmx.done("drawer-close", "list-refresh")
        return htmx.redirect(self.request, reverse("rule-list"))
