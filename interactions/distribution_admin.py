"""Django admin of the distribution rules, with a page on which they are tried."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from clients.models import LeadSource, Region
from crm import clock
from crm.web.admin import RecordAdmin
from interactions import distribution
from interactions.models import DistributionRule, Inquiry, Product
from interactions.rules.distribution import Wanted


class RuleForm(forms.ModelForm):
    """A rule chooses among somebody."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("department") and not data.get("managers"):
            self.add_error("managers", _("Name a department or managers: whom shall the rule choose?"))
        return data


class TryForm(forms.Form):
    """An inquiry as the rules see it."""

    source = forms.ModelChoiceField(label=_("Source"), queryset=LeadSource.objects.all(), required=False)
    region = forms.ModelChoiceField(label=_("Region"), queryset=Region.objects.all(), required=False)
    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.all(), required=False)
    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2, min_value=0, required=False)

    def wanted(self) -> Wanted:
        data = self.cleaned_data
        keys = {name: data[name].pk if data[name] else None for name in ("source", "region", "product")}
        return Wanted(**keys, amount=data["amount"])


#: The conditions by the names of ``rules.distribution.mismatches``.
CONDITIONS = {"source": _("source"), "region": _("region"), "product": _("product"), "amount": _("amount")}


@admin.register(DistributionRule)
class DistributionRuleAdmin(admin.ModelAdmin):
    """Read from the top: the first that fits and has somebody here decides."""

    form = RuleForm
    list_display = ["name", "position", "is_active", "method", "department"]
    list_editable = ["position", "is_active"]
    list_select_related = ["department"]
    filter_horizontal = ["sources", "regions", "products", "managers"]
    change_list_template = "admin/interactions/distributionrule/change_list.html"
    fieldsets = [
        (None, {"fields": ["name", "position", "is_active"]}),
        (
            _("Which inquiries"),
            {
                "fields": ["sources", "regions", "products", ("amount_from", "amount_to")],
                "description": _("What is left empty fits everything."),
            },
        ),
        (
            _("To whom"),
            {
                "fields": ["method", "department", "managers"],
                "description": _("The managers named, or the salespeople of the department and below it."),
            },
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_out)
        return [path("try/", view, name="interactions_distributionrule_try"), *super().get_urls()]

    def try_out(self, request: HttpRequest) -> HttpResponse:
        """Who would get an inquiry now, and what each rule says to it. Changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TryForm(request.GET)
        verdicts = distribution.explain(form.wanted(), today=clock.today()) if form.is_valid() else []
        rows = [(verdict, [CONDITIONS[name] for name in verdict.missed]) for verdict in verdicts]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try the distribution rules"),
            "form": form,
            "rows": rows,
            "decides": next((verdict for verdict in verdicts if verdict.chosen), None),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/interactions/distributionrule/try.html", context)


@admin.register(Inquiry)
class InquiryAdmin(RecordAdmin):
    list_display = ["received_at", "client", "kind", "status", "taken_by", "assigned_to", "rule"]
    list_filter = ["status", "kind"]
    list_select_related = ["client", "kind", "taken_by", "assigned_to", "rule"]
    search_fields = ["client__search_name", "text"]
    date_hierarchy = "received_at"
