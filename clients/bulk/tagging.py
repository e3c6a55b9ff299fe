"""Tags on many rows: of clients, persons, sales."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import tags
from clients.bulk.forms import BulkForm
from clients.bulk.registry import BulkAction
from clients.models import Manager
from crm.web.errors import DomainError


class TagsForm(BulkForm):
    """Which tags."""

    names = forms.CharField(label=_("Tags"), max_length=1000, help_text=_("Separated by commas."))

    def clean_names(self) -> list[str]:
        names = tags.split_names(self.cleaned_data["names"])
        if not names:
            raise forms.ValidationError(_("Name at least one tag."))
        if len(names) > tags.MOST or any(len(name) > tags.LONGEST for name in names):
            words = _("At most %(most)d tags of %(longest)d letters each.")
            raise forms.ValidationError(words % {"most": tags.MOST, "longest": tags.LONGEST})
        return names


class AddTags(BulkAction):
    """Put tags on the rows."""

    label = _("Add tags")
    icon = "tag"
    order = 30
    form_class = TagsForm

    def apply(self, row: Any, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        added = tags.add(self.model, [row.pk], asked["names"], by=by)
        if row.pk not in added:
            raise DomainError(gettext("It would have more than %(most)d tags.") % {"most": tags.MOST})
        return {"tags": added[row.pk]} if added[row.pk] else None

    def undo(self, row: Any, before: Mapping[str, Any], by: Manager) -> None:
        tags.put_back(self.model, on={}, off={row.pk: before["tags"]})


class RemoveTags(BulkAction):
    """Take tags off the rows."""

    label = _("Take tags off")
    icon = "tag-fill"
    order = 70
    form_class = TagsForm

    def apply(self, row: Any, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        gone = tags.remove(self.model, [row.pk], asked["names"])
        return {"tags": gone[row.pk]} if row.pk in gone else None

    def undo(self, row: Any, before: Mapping[str, Any], by: Manager) -> None:
        tags.put_back(self.model, on={row.pk: before["tags"]}, off={})
