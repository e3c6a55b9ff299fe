"""A grid of plans: a row for each manager, a column for each month."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from interactions.forms.fields import plain_number


class PlansForm(forms.Form):
    """What each is to win in each month; empty: no plan.

    Args:
        stored: the plans there are, by key of the manager and month.
        is_fixed: they are read only.
    """

    def __init__(
        self,
        *args: Any,
        people: Sequence[Manager],
        months: Sequence[dt.date],
        stored: Mapping[tuple[int, dt.date], Decimal],
        is_fixed: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people, self.months, self.is_fixed = people, months, is_fixed
        for manager in people:
            for month in months:
                field = forms.DecimalField(
                    label=_("%(name)s, %(month)s") % {"name": manager, "month": month.strftime("%m.%Y")},
                    min_value=0,
                    max_digits=14,
                    decimal_places=2,
                    required=False,
                    disabled=is_fixed,
                    localize=False,
                    initial=plain_number(stored.get((manager.pk, month))),
                )
                field.widget.attrs["step"] = "any"
                self.fields[_name(manager, month)] = field

    def rows(self) -> Iterator[tuple[Manager, list[BoundField]]]:
        """The grid row by row."""
        for manager in self.people:
            yield manager, [self[_name(manager, month)] for month in self.months]

    def plans(self) -> dict[tuple[Manager, dt.date], Decimal | None]:
        """What was typed. Fields the request did not speak of are left alone."""
        return {
            (manager, month): self.cleaned_data[_name(manager, month)]
            for manager in self.people
            for month in self.months
            if not self.is_fixed and _name(manager, month) in self.data
        }


def _name(manager: Manager, month: dt.date) -> str:
    return f"plan-{manager.pk}-{month:%Y-%m}"
