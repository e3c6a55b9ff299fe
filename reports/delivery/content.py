"""What stands in a letter with a report: the sentence, the numbers, the picture, the table; and its spreadsheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.letters import absolute
from clients.models import Manager
from crm import clock
from crm.web.exports import may_export
from crm.web.preferences import of_person
from crm.web.workbooks import write_workbook
from reports.delivery.asking import ask_for
from reports.delivery.png import png
from reports.frame.report import Ask, Report
from reports.frame.sheets import about_report, name_of, report_sheets
from reports.frame.tables import Line, Result, Table
from reports.frame.values import changed, words
from reports.models import ReportLetter

#: Lines of the table in the letter; all of them stand on the page and in the file.
MOST_LINES = 30
#: Columns a mail program has room for.
MOST_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class File:
    """A spreadsheet with the number of its rows."""

    name: str
    content: bytes
    rows: int


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in the letter; ``key`` names it there."""

    key: str
    title: str
    description: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """A letter with a report."""

    subject: str
    text: str
    html: str
    images: Sequence[Image]
    file: File | None


def write(letter: ReportLetter, report: Report) -> Content:
    """The letter, in the recipient's language and time zone and with his figures only. Whether it may go out at all is
    asked before (``sending.refusal``)."""
    reader = letter.recipient
    with of_person(reader):
        ask = ask_for(reader, report, letter.query)
        result = report.read(ask)
        file = _file(report, ask, result) if letter.delivery.has_file and may_export(reader) else None
        # Some mail programs keep pictures by name: those of another letter must not be shown.
        images = [
            Image(f"{picture.key}-{letter.pk}", str(picture.title), str(picture.description), png(picture))
            for picture in result.pictures
        ]
        context = _context(letter, report, ask, result, images=images, file=file)
        return Content(
            subject=_("%(name)s: %(days)s") % {"name": letter.delivery.name, "days": context["days"]},
            text=_text(context),
            html=render_to_string("letters/report.html", context),
            images=images,
            file=file,
        )


def _file(report: Report, ask: Ask, result: Result) -> File:
    target = BytesIO()
    rows = write_workbook(target, report_sheets(report, ask, result), title=str(report.title))
    return File(f"{slugify(report.key)}-{clock.today()}.xlsx", target.getvalue(), rows)


def _context(letter: ReportLetter, report: Report, ask: Ask, result: Result, **parts: Any) -> dict[str, Any]:
    # The last line is who made it: here the recipient himself.
    about = about_report(report, ask.filterset, as_of=result.as_of)[:-1]
    reader, delivery = letter.recipient, letter.delivery
    table = _table(result.tables[0], is_whole=may_export(reader)) if result.tables else None
    return {
        "language": translation.get_language(),
        "name": delivery.name,
        "reader": reader.first_name or str(reader),
        "days": dict(about)[_("Period")],
        "about": about,
        "headline": str(result.headline),
        "remarks": [(str(remark.text), remark.tone) for remark in result.remarks],
        "tiles": [
            (str(tile.label), words(tile.cell.value, tile.unit), changed(tile.cell.value, tile.cell.then, tile.unit))
            for tile in result.tiles
        ],
        "table": table,
        "more": _more(table, parts["file"]) if table else "",
        "no_file": _why_no_file(delivery, reader),
        "url": absolute(f"{reverse(report.url_name)}?{letter.query}".rstrip("?")),
        "deliveries_url": absolute(reverse("report-deliveries")),
        "by": "" if delivery.owner_id == reader.pk else str(delivery.owner),
        **parts,
    }


def _why_no_file(delivery: Any, reader: Manager) -> str:
    if not delivery.has_file or may_export(reader):
        return ""
    return _("Without the spreadsheet, and with totals only: you may not take lists out of the program.")


def _table(table: Table, *, is_whole: bool) -> dict[str, Any]:
    """The main table as far as a letter has room; who may not take lists out gets the total only."""
    columns = list(table.columns)[:MOST_COLUMNS]
    lines = list(table.lines)[:MOST_LINES] if is_whole else []
    shown: list[Line] = [*lines, *([table.total] if table.total else [])]
    return {
        "title": str(table.title),
        "head": [str(table.name_label or _("Name")), *(str(column.label) for column in columns)],
        "lines": [
            {
                "name": name_of(line),
                "is_strong": line.kind in ("department", "total"),
                "indent": 12 * line.level,
                "cells": [words(line.cells[c.key].value, c.unit) if c.key in line.cells else "" for c in columns],
            }
            for line in shown
        ],
        "left_out": (len(table.lines) - len(lines)) if is_whole else 0,
        "more_columns": [str(column.label) for column in table.columns[MOST_COLUMNS:]],
    }


def _more(table: dict[str, Any], file: File | None) -> str:
    """What the table in the letter has no room for, and where it stands."""
    found = []
    if table["left_out"]:
        lines = ngettext("%(count)d more line", "%(count)d more lines", table["left_out"])
        found.append(lines % {"count": table["left_out"]})
    if table["more_columns"]:
        found.append(_("the columns %(names)s") % {"names": ", ".join(table["more_columns"])})
    where = _("In the spreadsheet and on the page: %(what)s.") if file else _("On the page: %(what)s.")
    return where % {"what": "; ".join(found)} if found else ""


def _text(context: dict[str, Any]) -> str:
    """The letter without HTML: the same facts, without the pictures."""
    rows = [context["name"], "", *(f"{label}: {value}" for label, value in context["about"])]
    rows += ["", context["headline"]] if context["headline"] else []
    rows += [f"- {text}" for text, _tone in context["remarks"]]
    if context["tiles"]:
        rows += ["", *(f"{label}: {value} {change}".rstrip() for label, value, change in context["tiles"])]
    if table := context["table"]:
        rows += ["", f"== {table['title']} ==", " | ".join(table["head"])]
        rows += [" | ".join([line["name"], *line["cells"]]) for line in table["lines"]]
        rows += ["", context["more"]] if context["more"] else []
    rows += ["", *([context["no_file"]] if context["no_file"] else []), context["url"]]
    rows += ["", "-- ", _("Where to change or stop these letters: %(url)s") % {"url": context["deliveries_url"]}]
    return "\n".join(rows) + "\n"
