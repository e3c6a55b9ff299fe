"""Zone policies in Django admin: every change is shown before it is made, with whom it would touch."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from clients.models import ZonePolicy
from clients.policy_changes import PolicyChange, affected_by, apply_change, preview, words_of
from crm import clock
from crm.web.errors import Conflict
from crm.web.exports import csv_response

_TYPED = ("department", "category", "yellow_months", "red_months", "detach_months")


class ZonePolicyAdmin(SimpleHistoryAdmin):
    """Saving and deleting lead to a preview with *Apply* and *Back*; applying starts the job that re-dates the
    clients."""

    list_display = ["segment", "yellow_months", "red_months", "detach_months", "version"]
    list_select_related = ["department"]
    search_fields = ["department__name"]
    autocomplete_fields = ["department"]
    readonly_fields = ["version"]
    actions = ["delete_selected"]
    change_form_template = "admin/clients/zonepolicy/change_form.html"
    change_list_template = "admin/clients/zonepolicy/change_list.html"

    @admin.display(description=_("segment"), ordering="department__path")
    def segment(self, policy: ZonePolicy) -> str:
        return policy.segment

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """*Back* from the preview brings what was typed in the address (Django knows that for new rows only)."""
        form = super().get_form(request, obj, change=change, **kwargs)
        typed = {name: request.GET[name] for name in _TYPED if name in request.GET}
        if request.method != "GET" or not typed:
            return form

        class Typed(form):  # type: ignore[misc, valid-type]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **{**kwargs, "initial": {**(kwargs.get("initial") or {}), **typed}})

        return Typed

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        if request.method == "POST" and (answer := self._form_answer(request, object_id)) is not None:
            return answer
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _form_answer(self, request: HttpRequest, object_id: str | None) -> HttpResponseBase | None:
        """The preview of what the form says, or its application; None where Django has to say what is wrong."""
        policy = self.get_object(request, unquote(object_id)) if object_id else None
        if object_id and policy is None:
            return None
        if not (self.has_change_permission(request, policy) if policy else self.has_add_permission(request)):
            return None
        form = self.get_form(request, policy, change=policy is not None)(request.POST, instance=policy)
        if not form.is_valid():
            return None
        if policy is not None and not form.has_changed():
            messages.info(request, _("Nothing was changed."))
            return self._to_list()
        typed = [(name, request.POST.get(name, "")) for name in _TYPED]

        def log() -> None:
            if policy is None:
                self.log_addition(request, form.instance, self.construct_change_message(request, form, [], add=True))
            else:
                self.log_change(request, form.instance, self.construct_change_message(request, form, []))

        change = PolicyChange(save=form.instance)
        return self._show_or_apply(request, change, back=f"{request.path}?{urlencode(typed)}", hidden=typed, log=log)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponseBase:
        policy = self.get_object(request, unquote(object_id))
        if policy is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        if not self.has_delete_permission(request, policy):
            raise PermissionDenied
        back = reverse("admin:clients_zonepolicy_change", args=[policy.pk])
        return self._delete(request, ZonePolicy.objects.filter(pk=policy.pk), back=back)

    @admin.action(description=_("Delete selected zone policies"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[ZonePolicy]) -> HttpResponseBase:
        chosen = [("_selected_action", number) for number in queryset.order_by("pk").values_list("pk", flat=True)]
        back = reverse("admin:clients_zonepolicy_changelist")
        return self._delete(request, queryset, back=back, hidden=[("action", "delete_selected"), *chosen])

    def _delete(
        self,
        request: HttpRequest,
        policies: QuerySet[ZonePolicy],
        *,
        back: str,
        hidden: Sequence[tuple[str, Any]] = (),
    ) -> HttpResponseBase:
        rows = list(policies.order_by("pk"))
        change = PolicyChange(delete=tuple(policy.pk for policy in rows))
        return self._show_or_apply(
            request, change, back=back, hidden=hidden, log=lambda: self.log_deletions(request, rows)
        )

    def _show_or_apply(
        self,
        request: HttpRequest,
        change: PolicyChange,
        *,
        back: str,
        hidden: Sequence[tuple[str, Any]],
        log: Callable[[], Any],
    ) -> HttpResponseBase:
        """``hidden`` is posted again by *Apply*; ``log`` writes the administrator's act down."""
        status = 200
        if request.method == "POST" and "_csv" in request.POST:
            return self._file(request, change, hidden)
        if request.method == "POST" and "_apply" in request.POST:
            try:
                with transaction.atomic():
                    job = apply_change(change, by=request.user, seen=request.POST.get("basis", ""))  # type: ignore[arg-type]
                    log()
            except Conflict as error:
                messages.error(request, str(error))
                status = error.status
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
                return redirect(back)
            else:
                messages.success(request, _("Saved. The dates of the clients are being computed anew."))
                return redirect(job)
        return self._show(request, change, back=back, hidden=hidden, status=status)

    def _show(
        self,
        request: HttpRequest,
        change: PolicyChange,
        *,
        back: str,
        hidden: Sequence[tuple[str, Any]],
        status: int,
    ) -> TemplateResponse:
        found = preview(change, today=clock.today())
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What would happen"),
            "opts": self.opts,
            "words": words_of(change),
            "preview": found,
            "groups": [group for group in found.groups.values() if group.count],
            "hidden": hidden,
            "back": back,
            "deletes": change.save is None,
        }
        return TemplateResponse(request, "admin/clients/zonepolicy/preview.html", context, status=status)

    def _file(self, request: HttpRequest, change: PolicyChange, typed: Sequence[tuple[str, Any]]) -> HttpResponseBase:
        header = [
            *(_("Client"), _("Manager"), _("Zone now"), _("Zone then")),
            *(_("Yellow on"), _("Red on"), _("To the exchange on")),
            *(_("then yellow on"), _("then red on"), _("then to the exchange on")),
        ]
        rows = (
            [
                *(row.name, row.manager, row.from_words, row.to_words),
                *(row.before.yellow_on, row.before.red_on, row.before.detach_on),
                *(row.after.yellow_on, row.after.red_on, row.after.detach_on),
            ]
            for row in affected_by(change, today=clock.today())
        )
        return csv_response(request, "zone-policy-preview", header, rows, query=urlencode(typed))

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        """An old version is read here; to bring it back it is typed anew and goes through the preview."""
        if request.method == "POST":
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    @staticmethod
    def _to_list() -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:clients_zonepolicy_changelist"))
