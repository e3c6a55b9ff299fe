"""Which notices one wants, and how."""

from typing import Any, ClassVar

from django.urls import reverse, reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients import notice_settings
from clients.forms.notices import NoticeSettingsForm
from crm.web.views import Access, FormPage


class NoticeSettingsPage(FormPage):
    """One's own settings, kind by kind."""

    access = Access.SALES
    title = _("Which notices, and how")
    template_name = "clients/notice_settings.html"
    partial_template_name: ClassVar[str | None] = "clients/_notice_settings.html"
    form_class = NoticeSettingsForm
    success_message = _("Saved.")
    success_url = reverse_lazy("notice-settings")

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Notices"), reverse("notice-list"))]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "person": self.request.user}

    def save(self, form: NoticeSettingsForm) -> None:
        notice_settings.choose(self.request.user, form.cleaned_data)
