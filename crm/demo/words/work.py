"""What a language must bring for the work itself: stages, sales, calendars, inquiries, files to be imported."""

from dataclasses import dataclass

from crm.demo.words.base import Scene


@dataclass(frozen=True, slots=True)
class WorkWords:
    competitors: tuple[str, ...]
    #: By name of the stage: kind, subject, working days until it is due.
    stage_tasks: dict[str, tuple[tuple[str, str, int], ...]]
    #: What the large sales of the seller of the sign-in page are about: one lacks something, one waits for the head.
    large_titles: tuple[str, str]
    approval_question: str
    approval_answer: str
    #: What heads note at events: for themselves, for the responsible, in turn.
    head_comments: tuple[str, ...]
    #: What recurs: kind and words; every week, every month, every second week.
    series: tuple[Scene, ...]
    #: What fills a week; what is inside the company is done with a client all the same.
    week: tuple[Scene, ...]
    directors_week: tuple[Scene, ...]
    feeds: tuple[str, ...]
    part_time: str
    rules: tuple[str, str, str]
    #: What callers want, one after another.
    inquiries: tuple[str, ...]
    callers: tuple[str, ...]
    closed_because: str
    #: How the same company was written down again: places "{name}".
    doubles: tuple[str, ...]
    #: The file of an import that is done, and of one that is only checked: its name and its headings.
    imported: tuple[str, tuple[str, ...]]
    checked: tuple[str, tuple[str, ...]]
    encoding: str
    #: What stands in cells nobody understands: a phone, an INN, a category.
    wrong_cells: tuple[str, str, str]
    #: Names of saved views of reports, and of reports that are sent regularly, by the key of the report.
    report_views: dict[str, str]
    deliveries: dict[str, str]
