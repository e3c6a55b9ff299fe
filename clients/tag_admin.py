"""Django admin of tags: rename, recolour, make two into one."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients import tags
from clients.models import ClientTag, PersonTag, Tag


def _uses(links: Any) -> Subquery:
    counted = links.objects.filter(tag=OuterRef("pk")).order_by().values("tag").annotate(n=Count("pk")).values("n")
    return Subquery(counted)


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ["name", "colour", "on_clients", "on_persons", "created_by", "created_at"]
    list_editable = ["colour"]
    list_filter = ["colour"]
    list_select_related = ["created_by"]
    search_fields = ["search_name"]
    readonly_fields = ["created_by", "created_at"]
    actions = ["merge"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).annotate(clients_n=_uses(ClientTag), persons_n=_uses(PersonTag))

    @admin.display(description=_("clients"), ordering="clients_n")
    def on_clients(self, tag: Any) -> int:
        return tag.clients_n or 0

    @admin.display(description=_("contact persons"), ordering="persons_n")
    def on_persons(self, tag: Any) -> int:
        return tag.persons_n or 0

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Make them one: the one used the most"), permissions=["change"])
    def merge(self, request: HttpRequest, queryset: QuerySet[Tag]) -> None:
        """Every row that carries one of them carries the one that stays."""
        chosen = sorted(queryset, key=lambda tag: -((tag.clients_n or 0) + (tag.persons_n or 0)))  # type: ignore[attr-defined]
        if len(chosen) < 2:
            messages.error(request, gettext("Choose at least two tags."))
            return
        keep, *others = chosen
        tags.merge(keep=keep, others=others)
        words = ngettext("%(count)d tag is now “%(name)s”.", "%(count)d tags are now “%(name)s”.", len(others))
        messages.success(request, words % {"count": len(others), "name": keep})
