"""What is asked about a file that is to be imported."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.importing import sniffing
from clients.importing.reading import HEADING_WITHIN, Reading
from clients.importing.registry import ImportField, ImportKind
from clients.importing.sniffing import Format

_DELIMITERS = {";": _("semicolon ;"), ",": _("comma ,"), "\t": _("tab"), "|": _("bar |")}


class UploadForm(forms.Form):
    """The file, and what its rows are."""

    kind = forms.ChoiceField(label=_("What its rows are"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "XLSX or CSV with any letters and separators. Nothing is written before you have seen what will be."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    def __init__(self, *args: Any, kinds: Sequence[ImportKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = {kind.key: kind for kind in kinds}
        field = self.fields["kind"]
        field.choices = [(kind.key, f"{kind.label}. {kind.hint}" if kind.hint else kind.label) for kind in kinds]
        if len(kinds) == 1:
            field.widget = forms.HiddenInput()
            field.initial = kinds[0].key

    def clean_kind(self) -> ImportKind:
        return self.kinds[self.cleaned_data["kind"]]


class ReadingForm(forms.Form):
    """How a file is read, where the guess was wrong."""

    sheet = forms.ChoiceField(label=_("Sheet"))
    encoding = forms.ChoiceField(label=_("Letters"), choices=list(sniffing.ENCODINGS.items()))
    delimiter = forms.ChoiceField(label=_("Separator"), choices=list(_DELIMITERS.items()))
    header = forms.IntegerField(
        label=_("Row with the headings"),
        min_value=0,
        max_value=HEADING_WITHIN,
        help_text=_("0: there is none."),
    )

    def __init__(self, *args: Any, how: Reading, sheets: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, initial=how.as_json(), **kwargs)
        self.how = how
        if how.format == Format.XLSX:
            del self.fields["encoding"], self.fields["delimiter"]
            self.fields["sheet"].choices = [(name, name) for name in sheets]
        else:
            del self.fields["sheet"]
            if how.delimiter not in _DELIMITERS:  # named by the file itself
                self.fields["delimiter"].choices += [(how.delimiter, how.delimiter)]

    def reading(self) -> Reading:
        """What was chosen."""
        return Reading(format=self.how.format, **self.cleaned_data)


class ColumnsForm(forms.Form):
    """What each column is; the kind's own questions stand in ``options``, a form of its own.

    ``column_<number>``: the key of a field, empty for a column that is passed over.
    """

    def __init__(
        self, *args: Any, headers: Sequence[str], fields: Sequence[ImportField], options: forms.Form, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.options = options
        choices = [("", _("– pass over –")), *((field.key, field.label) for field in fields)]
        for number, header in enumerate(headers):
            self.fields[f"column_{number}"] = forms.ChoiceField(label=header, choices=choices, required=False)

    def is_valid(self) -> bool:
        return super().is_valid() & self.options.is_valid()

    @property
    def mapping(self) -> dict[str, str]:
        """Number of a column → field; without those that are passed over."""
        return {name.removeprefix("column_"): key for name, key in self.cleaned_data.items() if key}
