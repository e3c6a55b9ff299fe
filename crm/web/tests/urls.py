"""Pages of the tests: one view of each base."""

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.urls import path

from clients.models import Region
from crm.urls import urlpatterns as real
from crm.web import htmx
from crm.web.errors import Conflict, DomainError
from crm.web.views import Access, ActionView, FormPage, ListPage, PageView


class Plain(PageView):
    access = Access.SALES
    title = "Plain"
    template_name = "base/page.html"


class Heads(Plain):
    access = Access.HEAD


class RegionFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains", label="Name")

    class Meta:
        model = Region
        fields = ["name"]


class Regions(ListPage):
    access = Access.SALES
    title = "Regions"
    template_name = "base/page.html"
    partial_template_name = "components/chips.html"
    filterset_class = RegionFilter
    sorts = {"name": ("name",)}
    default_sort = "name"

    def get_queryset(self):
        return Region.objects.all()


class NameForm(forms.Form):
    name = forms.CharField()


class Form(FormPage):
    access = Access.SALES
    title = "Form"
    form_class = NameForm
    success_message = "Saved well."
    success_url = "/t/plain/"

    def save(self, form):
        name = form.cleaned_data["name"]
        if name == "taken":
            raise DomainError("It is taken.", field="name")
        if name == "nowhere":
            raise DomainError("It belongs to no field.", field="no_such")
        if name == "invalid":
            raise ValidationError({"name": "It is invalid."})
        return name


class Act(ActionView):
    access = Access.SALES
    success_message = "Done well."
    partial_template_name = "components/breadcrumb.html"

    def get_undo_url(self) -> str:
        return "/t/undo/"

    def perform(self):
        match self.request.POST.get("how"):
            case "refuse":
                raise DomainError("It cannot be.")
            case "late":
                raise Conflict("Somebody was quicker.")
            case "go":
                return "/t/form/"
            case "quiet":
                return htmx.done("list-refresh")
        return None


urlpatterns = [
    path("t/plain/", Plain.as_view()),
    path("t/heads/", Heads.as_view()),
    path("t/regions/", Regions.as_view()),
    path("t/form/", Form.as_view()),
    path("t/act/", Act.as_view()),
    *real,
]
handler403 = "crm.web.accounts.permission_denied"
handler404 = "crm.web.accounts.page_not_found"
