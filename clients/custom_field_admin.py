"""Django admin of the fields a company adds to its clients."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.custom_field_changes import having, remove, uses
from clients.models import CustomField


class CustomFieldForm(forms.ModelForm):
    """A choice that stands in clients is not taken away."""

    class Meta:
        model = CustomField
        fields = ["label", "key", "type", "choices", "help_text", "is_filter", "is_active", "position"]

    def clean_choices(self) -> str:
        choices = self.cleaned_data["choices"]
        if self.instance.pk:
            left = CustomField(choices=choices).options
            found = uses(self.instance, [option for option in self.instance.options if option not in left])
            if found:
                raise ValidationError([self._words(option, number) for option, number in found.items()])
        return choices

    @staticmethod
    def _words(option: str, number: int) -> str:
        words = ngettext(
            "“%(option)s” is chosen in %(count)d client and cannot be taken away.",
            "“%(option)s” is chosen in %(count)d clients and cannot be taken away.",
            number,
        )
        return words % {"option": option, "count": number}


@admin.register(CustomField)
class CustomFieldAdmin(admin.ModelAdmin):
    """Switched off, a field keeps its values; deleted, it takes them with it."""

    form = CustomFieldForm
    list_display = ["label", "key", "type", "filled_in", "is_filter", "is_active", "position"]
    list_editable = ["is_filter", "is_active", "position"]
    list_filter = ["type", "is_active"]
    search_fields = ["label", "key"]

    def get_readonly_fields(self, request: HttpRequest, obj: CustomField | None = None) -> list[str]:
        return ["key", "type", "filled_in"] if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: CustomField | None = None) -> Any:
        told = _(
            "Key and type stay as they were made: views, files and values are kept by them. For another type add "
            "another field and switch this one off."
        )
        names = [*self.form.Meta.fields, *(["filled_in"] if obj else [])]
        return [(None, {"fields": names, "description": told if obj else None})]

    @admin.display(description=_("filled in"))
    def filled_in(self, field: CustomField) -> str:
        """In how many clients."""
        return _clients(having(field).count())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The values that go with a field are said with their number."""
        _named, counts, forbidden, protected = super().get_deleted_objects(objs, request)
        told = [
            gettext("%(field)s, filled in: %(clients)s; its values are deleted with it")
            % {"field": field, "clients": _clients(having(field).count())}
            for field in objs
        ]
        return told, counts, forbidden, protected

    def delete_model(self, request: HttpRequest, obj: CustomField) -> None:
        by = request.user
        if not remove(obj, by=by):  # type: ignore[arg-type]
            words = gettext("%(field)s is out of use; its values are being deleted.") % {"field": obj}
            messages.info(request, words)
            field_id = obj.pk
            from clients.tasks import remove_custom_field

            transaction.on_commit(lambda: remove_custom_field.delay(field_id, by.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[CustomField]) -> None:
        for field in queryset:
            self.delete_model(request, field)


def _clients(number: int) -> str:
    return ngettext("%(count)d client", "%(count)d clients", number) % {"count": number}
