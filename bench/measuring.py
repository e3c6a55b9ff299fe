"""Pages measured one request at a time, with F before, between and after: on a shared machine only ratios count."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from bench.figures import QUICK, Sample, requests_for
from bench.middleware import CPU_TIME, QUERIES, SQL_TIME
from bench.pages import Page
from bench.visitor import Answer, Visitor

#: Requests for nothing: gunicorn hands them to either of its two workers.
WARM_UP = 8
#: The requests of a page are cut into so many stretches; F is measured around each.
STRETCHES = 6
LINES_AROUND = 6


def measure(page: Page, visitor: Visitor) -> Sample:
    """Ask for the page until its median can be trusted: 30 times, less often where it takes seconds.

    Raises:
        visitor.Refused: it does not answer as a page should.
    """
    sample = Sample()
    ask = asking(page, visitor)
    first = min(ask().seconds for _ in range(2))
    if first > QUICK:
        first = min(first, *(ask().seconds for _ in range(2)))  # both workers had to wake up
    if first <= QUICK:
        for _ in range(WARM_UP):
            ask()
    number = requests_for(first)
    stretches = min(STRETCHES, number)
    for _ in range(WARM_UP):
        _line(visitor)
    for _ in range(stretches):
        _measure_line(sample, visitor)
        for _ in range(number // stretches):
            answer = ask()
            sample.seconds.append(answer.seconds)
            sample.sql_seconds.append(float(answer.headers[SQL_TIME]) / 1000)
            sample.cpu_seconds.append(float(answer.headers[CPU_TIME]) / 1000)
            sample.queries = max(sample.queries, int(answer.headers[QUERIES]))
            sample.html_bytes = max(sample.html_bytes, len(answer.html))
            sample.sent_bytes = max(sample.sent_bytes, len(answer.body))
    _measure_line(sample, visitor)
    if page.fields is None:  # Russian words take two bytes a letter
        sample.html_bytes = max(sample.html_bytes, len(visitor.get(page.address(), language="ru").html))
    return sample


def asking(page: Page, visitor: Visitor) -> Callable[[], Answer]:
    """One request for the page, ready to be repeated."""
    fields: Any = page.fields
    return lambda: visitor.get(page.address()) if fields is None else visitor.post(page.address(), fields)


def _measure_line(sample: Sample, visitor: Visitor) -> None:
    _line(visitor)  # what the page before it threw out of the processor's caches is not F's to pay
    sample.line_seconds += [_line(visitor).seconds for _ in range(LINES_AROUND)]


def _line(visitor: Visitor) -> Answer:
    return visitor.get(reverse("bench-line"))
