"""Form of one tunable rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.rulebook import Rule


class RuleForm(forms.Form):
    """The number of a rule with its limits, and its switch; a rule that moves dates asks first."""

    is_on = forms.BooleanField(label=_("The rule is switched on"), required=False)
    value = forms.IntegerField(label=_("Value"))
    confirmed = forms.BooleanField(
        required=False, error_messages={"required": _("Say that the dates may be computed anew.")}
    )

    def __init__(self, *args: Any, rule: Rule, held: int = 0, **kwargs: Any) -> None:
        """``held``: how many clients a change would look at."""
        super().__init__(*args, **kwargs)
        self.rule = rule
        if not rule.switchable:
            del self.fields["is_on"]
        if rule.unit is None:
            del self.fields["value"]
        else:
            self._limit_value(rule)
        if rule.redates:
            words = ngettext(
                "Compute the dates of %(count)d client anew", "Compute the dates of %(count)d clients anew", held
            )
            self.fields["confirmed"].label = words % {"count": held}
            self.fields["confirmed"].help_text = gettext(
                "Colours and leaving days may change at once. Nobody leaves by this alone: that is for the night."
            )
            self.fields["confirmed"].required = True
        else:
            del self.fields["confirmed"]

    def _limit_value(self, rule: Rule) -> None:
        assert rule.unit is not None
        limits = {"minimum": rule.minimum, "maximum": rule.maximum, "unit": rule.unit.name, "default": rule.default}
        field = self.fields["value"] = forms.IntegerField(
            label=_("Value"),
            min_value=rule.minimum,
            max_value=rule.maximum,
            help_text=_("%(unit)s, from %(minimum)d to %(maximum)d; by default %(default)d") % limits,
        )
        field.widget.attrs["data-autofocus"] = ""

    def setting(self) -> dict[str, Any]:
        """What ``set_rule`` is to put into force."""
        return {
            "is_on": self.cleaned_data.get("is_on", True),
            "value": self.cleaned_data.get("value", self.rule.default),
        }
