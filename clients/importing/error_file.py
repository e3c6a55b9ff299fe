"""The rows that were not taken, as a file to mend and send again: the columns of the file that was sent, and one more
that says what is wrong."""

import csv
import io
from collections.abc import Iterator
from pathlib import PurePath

from django.utils.translation import gettext as _

from clients.importing import reading
from clients.importing.sniffing import Format
from clients.models import ImportJob, ImportRow
from crm.web.exports import safe_cell


def file_name(job: ImportJob) -> str:
    """ "clients-errors.csv"."""
    return f"{PurePath(job.name).stem}-errors.csv"


def lines(job: ImportJob, outcome: str, *, is_dry: bool) -> Iterator[bytes]:
    """The file, line by line: in the letters and with the separator of the one that was sent, if it was CSV and its
    letters are enough; else UTF-8 and semicolons. No cell is a formula; reading takes that guard off again."""
    how = reading.reading_of(job)
    rows = job.rows.filter(is_dry=is_dry, outcome=outcome).order_by("line")
    is_csv = how.format == Format.CSV
    encoding = how.encoding if is_csv else "utf-8-sig"
    header = [*job.headers, _("What is wrong")]
    if not encoding.startswith("utf") and not _fits(encoding, header, rows.iterator(chunk_size=200)):
        encoding = "utf-8-sig"
    delimiter = how.delimiter if is_csv else ";"
    # Only the first line has the byte order mark.
    further = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
    mark = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16": b"\xff\xfe"}.get(encoding, b"")
    yield mark + _line(header, delimiter).encode(further)
    for row in rows.iterator(chunk_size=200):
        yield _line(_cells(row, len(job.headers)), delimiter).encode(further)


def _cells(row: ImportRow, width: int) -> list[str]:
    # What stands beyond the headings cannot be sent again; the words say that it was there.
    cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
    return [*cells, what_is_wrong(row)]


def what_is_wrong(row: ImportRow) -> str:
    """Why a row was not taken, in one line."""
    told = (finding for finding in row.findings if not finding.get("mended"))
    return "; ".join(f"{said['column']}: {said['words']}" if said["column"] else said["words"] for said in told)


def _line(cells: list[str], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerow([safe_cell(cell) for cell in cells])
    return text.getvalue()


def _fits(encoding: str, header: list[str], rows: Iterator[ImportRow]) -> bool:
    try:
        "".join(header).encode(encoding)
        for row in rows:
            "".join([*row.cells, what_is_wrong(row)]).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
