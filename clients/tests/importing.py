"""What the tests of imports share: a kind of import that is simple, and files."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

from clients.importing import jobs, registry
from clients.importing.registry import Context, ImportField, ImportKind, OptionsForm, Outcome, ParsedRow, Plan
from clients.models import ImportJob, ImportRow, Manager, Region
from crm.web.errors import DomainError


class RegionOptions(OptionsForm):
    """What is asked beside the columns."""

    completes = forms.BooleanField(label="Complete what is here", required=False)


class RegionImport(ImportKind):
    """Regions by name and order: as short as a kind can be. ``BOOM`` breaks in writing, ``RULE`` is refused there."""

    key = "test-regions"
    label = "Regions"
    options_form = RegionOptions
    model = Region

    def fields(self, user: Any) -> Sequence[ImportField]:
        return [
            ImportField("name", "Name", ("Наименование", "Регион"), is_required=True),
            ImportField("order", "Order", ("Порядок",)),
            ImportField("phone", "Phone", ("Телефон",), is_many=True),
        ]

    def prepare(self, rows: Sequence[ParsedRow], ctx: Context) -> Sequence[Plan]:
        names = [row.text("name") for row in rows]
        here = {region.name: region for region in Region.objects.filter(name__in=names)}
        ctx.identities.load(names)
        return [self._plan(row, ctx, here) for row in rows]

    def _plan(self, row: ParsedRow, ctx: Context, here: Mapping[str, Region]) -> Plan:
        plan, name, order = Plan(row), row.text("name"), row.text("order")
        if not name:
            plan.refuse("A region has a name.", "name")
        elif (first := ctx.identities.line(name)) is not None:
            plan.skip(f"As row {first}.", "name")
        elif order and not order.isdigit():
            plan.refuse("This is no number.", "order")
        elif name in here:
            plan.target = here[name].pk
            plan.outcome = Outcome.UPDATED if ctx.options["completes"] and order else Outcome.SAME
            plan.data = here[name]
        if plan.outcome != Outcome.REFUSED:
            ctx.identities.add(name, row.line)
        return plan

    def write(self, plans: Sequence[Plan], ctx: Context) -> None:
        for plan in plans:
            name, order = plan.row.text("name"), int(plan.row.text("order") or 0)
            if name == "BOOM":
                raise RuntimeError("boom")
            if name == "RULE":
                raise DomainError("A rule says no.")
            region = plan.data or Region(name=name)
            plan.kept = {"before": {"order": region.position}, "after": {"order": order}}
            region.position = order
            region.save()
            plan.target = region.pk

    def undo(self, rows: Sequence[ImportRow], ctx: Context) -> Mapping[int, str]:
        regions = Region.objects.in_bulk([row.target for row in rows])
        return {row.pk: self._undo(row, regions.get(row.target or 0)) for row in rows}

    def _undo(self, row: ImportRow, region: Region | None) -> str:
        if region is None or region.position != row.kept["after"]["order"]:
            return "It was changed since."
        if row.outcome == Outcome.CREATED:
            region.delete()
        else:
            region.position = row.kept["before"]["order"]
            region.save()
        return ""

    def targets(self, keys: Any, user: Any) -> Mapping[int, tuple[str, str]]:
        return {region.pk: (region.name, "/") for region in Region.objects.filter(pk__in=list(keys))}


def checked_import(owner: Manager) -> ImportJob:
    """A file of two clients, one of them without a name, looked through and not imported yet."""
    text = "Name;City\nVostok;Omsk\n;Perm\n"
    job = jobs.send(kind=registry._kinds["clients"], upload=csv_file(text, name="clients.csv"), by=owner)
    options = {"duplicates": ["skip"], "wrong": ["refuse"], "manager": [str(owner.pk)]}
    return jobs.check(job=job, mapping=job.mapping, options=options)


def csv_file(text: str | bytes, *, encoding: str = "utf-8", name: str = "regions.csv") -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode(encoding), "text/csv")


def xlsx_file(rows: Sequence[Sequence[Any]], *, sheet: str = "Sheet1", first: int = 1) -> bytes:
    """The bytes of a workbook with one sheet; ``first``: the number of its first row."""
    lines = []
    for number, row in enumerate(rows, start=first):
        cells = "".join(_cell(f"{chr(65 + column)}{number}", value) for column, value in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>')
    return workbook(f"<sheetData>{''.join(lines)}</sheetData>", sheet=sheet)


def workbook(data: str, *, sheet: str = "Sheet1", extra: Mapping[str, bytes] | None = None) -> bytes:
    """A workbook whose only sheet says ``data``."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        f'<sheet name="{escape(sheet)}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
        f'Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{data}</worksheet>',
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        for name, data_of_part in (extra or {}).items():
            archive.writestr(name, data_of_part)
    return content.getvalue()


def _cell(place: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if isinstance(value, tuple):  # ("date", number of the day)
        return f'<c r="{place}" s="1"><v>{value[1]}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
