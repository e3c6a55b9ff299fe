"""What became of a bulk job, in words and figures, for its page."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.utils.formats import time_format
from django.utils.translation import gettext, ngettext

from clients.bulk import jobs
from clients.bulk.registry import BulkAction
from clients.models import BulkJob, Manager
from crm.web.tags.times import on_day

#: So many rows that were refused are named; a page of 5,000 lines is read by nobody.
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One row that is not as it was asked for, and why. ``row`` is None where the reader may not see it any more."""

    row: Any
    words: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of a job, and the rows that were left as they are.

    Attributes:
        done: changed; ``same``: were so already; ``refused``: a rule said no.
        put_back: taken back; ``kept``: changed by somebody since, and left so.
        more: how many lines are not shown.
    """

    done: int
    same: int
    refused: int
    put_back: int
    kept: int
    lines: list[Line]
    more: int


def outcome(job: BulkJob, action: BulkAction, reader: Manager) -> Outcome:
    """What became of each row. One query."""
    found = Counter(answer["is"] for answer in job.answers)
    kept = [answer for answer in job.answers if answer.get("back")]
    told = kept or [answer for answer in job.answers if answer["is"] == jobs.REFUSED]
    shown = told[:MOST_LINES]
    rows = action.visible(reader).in_bulk([answer["id"] for answer in shown])
    lines = [Line(rows.get(answer["id"]), answer.get("back") or answer["words"]) for answer in shown]
    return Outcome(
        done=found[jobs.DONE],
        same=found[jobs.SAME],
        refused=found[jobs.REFUSED],
        put_back=jobs.put_back(job),
        kept=len(kept),
        lines=lines,
        more=len(told) - len(shown),
    )


def asked(job: BulkJob, action: BulkAction) -> list[tuple[str, str]]:
    """What was chosen in the form, as label and words; without what is empty or cannot be chosen any more."""
    form = jobs.form_of(job, action)
    form.full_clean()
    told = ((str(field.label), _words(field, form.cleaned_data.get(field.name))) for field in form)
    return [(label, words) for label, words in told if words]


def _words(field: BoundField, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, dt.time):
        return time_format(value)
    if isinstance(value, dt.date):
        return on_day(value)
    choices = dict(getattr(field.field, "choices", ())) if isinstance(value, str) else {}
    return str(choices.get(value, value or ""))


def done_words(job: BulkJob) -> str:
    """ "Done: 12 of 14." """
    return gettext("Done: %(done)d of %(all)d.") % {"done": job.changed, "all": job.total}


def undone_words(job: BulkJob) -> str:
    """How much was put back."""
    number = jobs.put_back(job)
    words = ngettext("%(done)d of %(all)d is as it was.", "%(done)d of %(all)d are as they were.", number)
    return words % {"done": number, "all": job.changed}
