"""Signing in and out, the password, a person's preferences."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from crm.web import demo, homes, htmx, preferences
from crm.web.forms import LanguageForm, PreferencesForm, ThemeForm
from crm.web.views import Access, ActionView, FormPage, PageMixin


class LoginView(PageMixin, auth_views.LoginView):
    """The sign-in page; in demo mode with a button for each demo person."""

    access = Access.PUBLIC
    title = _("Sign in")
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        return homes.home_url(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(demo_logins=demo.logins(), demo_password=demo.PASSWORD, **kwargs)


class LogoutView(PageMixin, auth_views.LogoutView):
    """Signing out (POST only)."""

    access = Access.PUBLIC


class PasswordChangeView(PageMixin, auth_views.PasswordChangeView):
    """A new password of one's own."""

    access = Access.SALES
    title = _("Change password")
    template_name = "base/form.html"
    success_url = reverse_lazy("preferences")

    def form_valid(self, form: Any) -> HttpResponse:
        htmx.toast(self.request, gettext("Your password has been changed."))
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            submit_label=_("Change password"), cancel_url=str(reverse_lazy("preferences")), **kwargs
        )

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        return [(_("Preferences"), str(reverse_lazy("preferences")))]


class PreferencesView(FormPage):
    """Language, time zone, theme, and whether one is written to."""

    access = Access.SALES
    title = _("Preferences")
    template_name = "registration/preferences.html"
    partial_template_name = None
    form_class = PreferencesForm
    submit_label = _("Save")
    success_url = reverse_lazy("preferences")

    def get_initial(self) -> dict[str, Any]:
        user = self.request.user
        return {
            "language": getattr(user, "language", "") or "",
            "time_zone": getattr(user, "time_zone", "") or "",
            "theme": preferences.theme_of(self.request),
            "daily_letter": getattr(user, "daily_letter", True),
            "reminder_minutes": getattr(user, "reminder_minutes", None),
            "start_page": getattr(user, "start_page", ""),
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: PreferencesForm) -> HttpResponseBase:
        chosen = form.cleaned_data
        with translation.override(chosen["language"] or translation.get_language()):
            # In the language just chosen: the toast is read on the page that is already in it.
            htmx.toast(self.request, gettext("Saved."))
        response = htmx.redirect(self.request, self.get_success_url())
        preferences.remember(self.request, response, **chosen)
        return response


class _SwitchView(ActionView):
    """One preference, chosen in the top bar. Works signed in and signed out."""

    access = Access.PUBLIC
    form_class: type[LanguageForm] | type[ThemeForm]

    def perform(self) -> HttpResponseBase:
        form = self.form_class(self.request.POST)
        response = htmx.redirect(self.request, self.get_return_url())
        if form.is_valid():
            preferences.remember(self.request, response, **form.cleaned_data)
        else:
            htmx.toast(self.request, gettext("There is no such choice."), level=messages.ERROR)
        return response


class SetLanguageView(_SwitchView):
    """The language switch. As Django's own view, and remembers it on the person too."""

    form_class = LanguageForm


class SetThemeView(_SwitchView):
    """The theme switch; theme.js posts here in the background."""

    form_class = ThemeForm


class FaviconView(PageMixin, RedirectView):
    """For browsers that ask for the icon without reading the page (Django admin's pages name none)."""

    access = Access.PUBLIC

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        return static("img/favicon.svg")


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 in the person's own frame."""
    return render(request, "403.html", {"reason": str(exception or "")}, status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 in the person's own frame."""
    return render(request, "404.html", status=404)
