"""Account pages."""

from django.urls import path

from crm.web import accounts, start

urlpatterns = [
    path("login/", accounts.LoginView.as_view(), name="login"),
    path("logout/", accounts.LogoutView.as_view(), name="logout"),
    path("password/", accounts.PasswordChangeView.as_view(), name="password-change"),
    path("preferences/", accounts.PreferencesView.as_view(), name="preferences"),
    path("preferences/language/", accounts.SetLanguageView.as_view(), name="set-language"),
    path("preferences/theme/", accounts.SetThemeView.as_view(), name="set-theme"),
    path("start/", start.StartPage.as_view(), name="start"),
    path("favicon.ico", accounts.FaviconView.as_view(), name="favicon"),
]
