"""Changing the rules: the one verb behind the page "Rules" and Django admin."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import rulebook
from clients.models import Manager, Redating, RuleSetting
from clients.redating import redate_or_request
from crm.web.errors import DomainError


@transaction.atomic
def set_rule(*, key: str, is_on: bool, value: int, by: Manager | None) -> int | Redating | None:
    """Put a rule into force as given, with its line in the change log; equal to what is in force, nothing is written.

    A rule that moves dates has the dates of all held clients computed anew: returned is how many have new ones, or the
    job; None for the other rules, and when nothing changed.

    Raises:
        DomainError: there is no such rule.
        ValidationError: the number is out of the rule's limits; it cannot be switched off.
    """
    try:
        rule = rulebook.rule(key)
    except KeyError:
        raise DomainError(_("There is no such rule.")) from None
    setting = RuleSetting.objects.select_for_update().filter(key=key).first()
    before = (setting.is_on, setting.value) if setting else (rule.on, rule.default)
    if (is_on, value) == before:
        return None
    setting = setting or RuleSetting(key=key)
    setting.is_on, setting.value, setting.changed_by = is_on, value, by
    setting._history_user = by  # type: ignore[attr-defined]
    setting.full_clean(exclude=["changed_by"])
    setting.save()
    if not rule.redates:
        return None
    return redate_or_request(reason=Redating.Reason.RULES, note=str(rule.name), by=by)


def reset_rule(*, key: str, by: Manager | None) -> int | Redating | None:
    """Back to the default of a rule; see ``set_rule``."""
    rule = rulebook.rule(key)
    return set_rule(key=key, is_on=rule.on, value=rule.default, by=by)
