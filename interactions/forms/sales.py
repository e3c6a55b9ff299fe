"""A sale, its products, its steps."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from crispy_forms.bootstrap import InlineCheckboxes
from crispy_forms.layout import HTML, Layout
from django import forms
from django.db.models import Case, Q, When
from django.forms.models import BaseInlineFormSet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm.web.forms import ManyOfField, PageFormHelper, two_columns
from interactions import selectors
from interactions.forms.fields import WITH_MENTIONS, DayField, plain_number
from interactions.models import (
    Competitor,
    LossReason,
    ProcessKind,
    ProcessLine,
    Product,
    SalesProcess,
    Stage,
)


class ProductSelect(forms.Select):
    """Products that say their list price, so that choosing one fills it in (``static/js/lines.js``)."""

    prices: Mapping[int, Decimal | None]

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        if price := self.prices.get(option["value"]):
            option["attrs"]["data-price"] = str(price)
        return option


class LineForm(forms.ModelForm):
    """One product of a sale. ``products``: what may be chosen, read once for all rows."""

    discount = forms.DecimalField(
        label=_("Discount, %"), min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False
    )

    class Meta:
        model = ProcessLine
        fields = ["product", "quantity", "price", "discount"]
        widgets = {"product": ProductSelect}

    def __init__(self, *args: Any, products: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("quantity", "price", "discount"):
            self.fields[name].widget.attrs.update({"step": "any", "data-line": name})
        for name in ("quantity", "price", "discount"):
            self.initial[name] = plain_number(getattr(self.instance, name))
        # An empty row stays one: nothing is said by a nought nobody typed.
        self.initial["discount"] = self.initial["discount"] or None
        field = self.fields["product"]
        field.queryset = Product.objects.filter(is_active=True) | Product.objects.filter(pk=self.instance.product_id)
        shown = [each for each in products if each.is_active or each.pk == self.instance.product_id]
        field.widget.prices = {product.pk: product.price for product in shown}
        field.widget.attrs["data-line"] = "product"
        field.widget.choices = [("", "–"), *((product.pk, str(product)) for product in shown)]

    def clean_discount(self) -> Decimal:
        """Left empty: none is given."""
        return self.cleaned_data["discount"] or Decimal()


class LinesOfSale(BaseInlineFormSet):
    """The lines of a sale."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "products": self.products}

    @cached_property
    def products(self) -> list[Product]:
        """Everything one of the rows may name."""
        used = self.instance.lines.values("product") if self.instance.pk else []
        return list(Product.objects.filter(Q(is_active=True) | Q(pk__in=used)))


LineFormSet = forms.inlineformset_factory(
    SalesProcess,
    ProcessLine,
    form=LineForm,
    formset=LinesOfSale,
    extra=2,
    can_delete=True,
    max_num=100,
    validate_max=True,
)


class ProcessForm(forms.ModelForm):
    """A sale. Kind and stage are chosen when it is opened; afterwards the stage has its own buttons."""

    class Meta:
        model = SalesProcess
        fields = [
            "title",
            "kind",
            "stage",
            "amount",
            "source",
            "started_on",
            "expected_close_on",
            "responsible",
            "co_managers",
            "competitors",
            "comment",
        ]
        field_classes = {
            "started_on": DayField,
            "expected_close_on": DayField,
            "co_managers": ManyOfField,
            "competitors": ManyOfField,
        }
        widgets = {
            "comment": forms.Textarea(attrs={"rows": 3, "data-autosize": "", **WITH_MENTIONS}),
            "co_managers": forms.CheckboxSelectMultiple,
            "competitors": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        process = self.instance
        self.fields["title"].widget.attrs |= {"data-autofocus": ""} if process.pk else {"autofocus": True}
        self.fields["responsible"].queryset = selectors.possible_responsibles(
            user, process.client, process.responsible_id
        )
        self.fields["amount"].help_text = _("Empty: what the products come to.")
        self.fields["amount"].widget.attrs["data-lines-amount"] = ""
        rows = [
            two_columns("amount", "source"),
            two_columns("started_on", "expected_close_on"),
            two_columns("responsible", *self._choose_helpers()),
            *self._choose_competitors(),
            "comment",
        ]
        if process.pk:
            del self.fields["kind"], self.fields["stage"]
        else:
            self.fields["kind"].queryset = ProcessKind.objects.filter(is_active=True)
            self.fields["kind"].empty_label = None
            self.fields["stage"].help_text = _("Empty: the first stage of the kind.")
            choose_by_kind(self.fields["stage"], self.fields["kind"].queryset, empty=_("the first stage"))
            rows.insert(0, two_columns("kind", "stage"))
        self.helper = PageFormHelper()
        self.helper.layout = Layout("title", *rows)

    def _choose_helpers(self) -> list[str]:
        """Those who see the client anyway; no field where there is nobody but the responsible."""
        people = selectors.possible_helpers(self.instance)
        self.fields["co_managers"].queryset = people
        self.fields["co_managers"].help_text = ""
        if people:
            return ["co_managers"]
        del self.fields["co_managers"]
        return []

    def _choose_competitors(self) -> list[Any]:
        """Those in use, and those named in this sale already; no field where the company has written down none."""
        mine = self.instance.competitors.values("pk") if self.instance.pk else []
        rivals = Competitor.objects.filter(Q(is_active=True) | Q(pk__in=mine))
        self.fields["competitors"].queryset = rivals
        self.fields["competitors"].help_text = ""
        if rivals:
            return [InlineCheckboxes("competitors")]
        del self.fields["competitors"]
        return []


def choose_by_kind(field: Any, kinds: Iterable[ProcessKind], *, empty: str | Promise) -> None:
    """A list of stages under the names of their kinds, so that it can be chosen without JavaScript too."""
    groups: dict[int, tuple[Any, list[tuple[int, str]]]] = {kind.pk: (kind, []) for kind in kinds}
    for stage in field.queryset.order_by("position"):
        if stage.process_kind_id in groups:
            groups[stage.process_kind_id][1].append((stage.pk, str(stage)))
    field.choices = [("", empty), *((str(kind), stages) for kind, stages in groups.values() if stages)]


class MoveForm(forms.Form):
    """To which stage. Any stage is understood here; whether it is one of this sale the service says."""

    stage = forms.ModelChoiceField(queryset=Stage.objects.all())


class CloseForm(forms.Form):
    """How and when a sale ended."""

    outcome = forms.ChoiceField(
        label=_("How it ended"), choices=[("won", _("won")), ("lost", _("lost"))], widget=forms.RadioSelect
    )
    closed_on = DayField(label=_("When"), required=False, help_text=_("Empty: today."))
    loss_reason = forms.ModelChoiceField(
        label=_("Why lost"),
        queryset=LossReason.objects.filter(is_active=True),
        required=False,
        help_text=_("Needed when the sale is lost."),
    )
    lost_to = forms.ModelChoiceField(label=_("Lost to"), queryset=Competitor.objects.all(), required=False)
    comment = forms.CharField(
        label=_("Comment"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-autosize": "", "data-autofocus": ""}),
    )

    def __init__(self, *args: Any, process: SalesProcess, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lost_to = self.fields["lost_to"]
        here = process.competitors.values("pk")
        lost_to.queryset = (
            Competitor.objects.filter(Q(is_active=True) | Q(pk__in=here))
            .annotate(is_here=Case(When(pk__in=here, then=0), default=1))
            .order_by("is_here", *Competitor._meta.ordering)
        )
        self.helper = PageFormHelper()
        self.helper.layout = Layout(
            HTML("{% if refused %}{% include 'interactions/_refused.html' %}{% endif %}"),
            "outcome",
            two_columns("closed_on", "loss_reason"),
            "lost_to",
            "comment",
        )
