"""The log of lists that were taken out of the program."""

from clients.models import ExportLog, Manager
from crm.web import exports


def register() -> None:
    """Called once, when the app is ready."""
    exports.register_log(opened)


def opened(by: Manager, what: str, query: str) -> exports.Finish:
    """Write down that ``by`` takes a list out, before its first row is sent; the answer is told how many were.

    Two small statements, each its own transaction: what is broken off stays in the log without a number.
    """
    entry = ExportLog.objects.create(manager=by, what=_fits("what", what), query=_fits("query", query))

    def finish(rows: int) -> None:
        ExportLog.objects.filter(pk=entry.pk).update(rows=rows)

    return finish


def _fits(field: str, text: str) -> str:
    """The text as far as the column takes it; no database stores a zero byte."""
    return text.replace("\0", "")[: ExportLog._meta.get_field(field).max_length]  # type: ignore[union-attr]
