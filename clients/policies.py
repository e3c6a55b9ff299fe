"""Reading the zone policies (one small query; the table has a handful of rows): those in force, those of a past
moment, and a version in words.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Case, CharField, Q, Value, When
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Client, Department, Manager, ZonePolicy
from clients.models.policy import SHIPPED, segment_words
from clients.rules.policies import DEFAULT_POLICY, Policy, PolicyBook
from clients.rules.zones import Thresholds
from crm import clock


def policy_book() -> PolicyBook:
    """All policies in force."""
    return book_of(ZonePolicy.objects.all())


def book_of(policies: Iterable[ZonePolicy]) -> PolicyBook:
    """These policies by segment."""
    return PolicyBook(
        {(policy.department_id, policy.category): Policy(policy.thresholds, policy.label) for policy in policies}
    )


def policy_book_at(moment: dt.datetime) -> PolicyBook:
    """All policies as they were at a past moment, those deleted since included.

    Policies that came with the program have ruled since ever, also over days that were imported later.
    """
    found: dict[int, Policy | None] = {}
    segments: dict[int, tuple[int | None, str]] = {}
    rows = list(ZonePolicy.history.order_by("history_date", "history_id"))
    for row in rows:
        if row.history_date <= moment:
            segments[row.id] = (row.department_id, row.category)
            thresholds = Thresholds(row.yellow_months, row.red_months, row.detach_months)
            found[row.id] = None if row.history_type == "-" else Policy(thresholds, _label(row))
    known = {row.id for row in rows}
    unchanged = book_of(policy for policy in ZonePolicy.objects.all() if policy.pk not in known)
    of_then = {segments[number]: policy for number, policy in found.items() if policy is not None}
    return PolicyBook({**unchanged.by_segment, **of_then})


def policy_in_force(departments: Sequence[int], category: str, *, at: dt.datetime) -> Policy:
    """The policy that ruled, at a past moment, clients of ``category`` in the last of ``departments`` (root first)."""
    return policy_book_at(at).choose(departments, category)


def label_expression(book: PolicyBook) -> Case:
    """The label of the policy that rules a held client, in SQL; chosen as ``PolicyBook.choose`` does. One small query
    where departments have policies of their own."""
    departments = {department for department, _category in book.by_segment if department is not None}
    paths: dict[int | None, str] = {None: ""}
    if departments:
        paths.update(Department.objects.filter(pk__in=departments).values_list("pk", "path"))
    segments = [
        (paths[department], category, policy.label) for (department, category), policy in book.by_segment.items()
    ]
    # A category's policy before all others, a nearer department's before a farther one's: the longer path.
    segments.sort(key=lambda segment: (not segment[1], -len(chain_of(segment[0]))))
    whens, default = [], DEFAULT_POLICY.label
    for path, category, label in segments:
        whose = Q(manager__department__path__startswith=path) if path else Q()
        if category:
            whose &= Q(category=category)
        if whose:
            whens.append(When(whose, then=Value(label)))
        else:
            default = label
    return Case(*whens, default=Value(default), output_field=CharField())


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of a policy as people read it. ``since`` None: since ever. ``by`` is the name of who made it."""

    label: str
    segment: str
    thresholds: Thresholds
    version: int
    since: dt.datetime | None
    by: str = ""

    @property
    def yellow_words(self) -> str:
        return _months(self.thresholds.yellow_months)

    @property
    def red_words(self) -> str:
        return _months(self.thresholds.red_months)

    @property
    def exchange_words(self) -> str:
        return _months(self.thresholds.detach_months)

    def __str__(self) -> str:
        facts = {
            "segment": self.segment,
            "yellow": self.thresholds.yellow_months,
            "red": self.thresholds.red_months,
            "exchange": self.thresholds.detach_months,
            "version": self.version,
        }
        if self.since is None:
            return _("%(segment)s: %(yellow)d / %(red)d / %(exchange)d months, version %(version)d") % facts
        facts["date"] = date_format(clock.local_date(self.since), "j E Y")
        return _("%(segment)s: %(yellow)d / %(red)d / %(exchange)d months, version %(version)d, since %(date)s") % facts


def _months(number: int) -> str:
    return ngettext("%(count)d month", "%(count)d months", number) % {"count": number}


def policy_versions() -> dict[str, PolicyVersion]:
    """Every version that ever was, by its label, the newest last; of deleted policies too. Three queries."""
    departments = {department.pk: department.name for department in Department.objects.only("name")}
    found: dict[str, PolicyVersion] = {}

    def add(row, since, by) -> None:  # type: ignore[no-untyped-def]
        name = departments.get(row.department_id, _("a deleted department")) if row.department_id else None
        thresholds = Thresholds(row.yellow_months, row.red_months, row.detach_months)
        segment = segment_words(name, row.category)
        found.setdefault(_label(row), PolicyVersion(_label(row), segment, thresholds, row.version, since, by))

    rows = ZonePolicy.history.exclude(history_type="-").select_related("history_user")
    for row in rows.order_by("history_date", "history_id"):
        since = None if row.history_change_reason == SHIPPED else row.history_date
        add(row, since, str(row.history_user or ""))
    for policy in ZonePolicy.objects.all():
        add(policy, None, "")
    return found


def describe(label: str) -> str:
    """A version of a policy in words: "Company: 1 / 5 / 6 months, version 2, since 12 March 2026".

    Unknown labels are given back as they are. For many of them use ``describe_all``.
    """
    return describe_all([label])[label]


def describe_all(labels: Iterable[str]) -> dict[str, str]:
    """Versions in words by label, in three queries whatever their number."""
    versions = policy_versions()
    default = DEFAULT_POLICY.thresholds
    words = {
        DEFAULT_POLICY.label: _("The program's own thresholds: %(yellow)d / %(red)d / %(exchange)d months")
        % {"yellow": default.yellow_months, "red": default.red_months, "exchange": default.detach_months},
        **{label: str(version) for label, version in versions.items()},
    }
    return {label: words.get(label, label) for label in labels}


def _label(row) -> str:  # type: ignore[no-untyped-def]
    return f"{row.id} v{row.version}"


def department_chain(manager: Manager) -> tuple[int, ...]:
    """Ids of the departments a manager works in, root first; empty without a department."""
    return chain_of(manager.department.path) if manager.department else ()


def chain_of(path: str) -> tuple[int, ...]:
    """``"/1/7/"`` -> ``(1, 7)``."""
    return tuple(int(part) for part in path.split("/") if part)


def policy_of(client: Client, book: PolicyBook | None = None) -> Policy:
    """The policy that rules a held client now."""
    chain = department_chain(client.manager) if client.manager else ()
    return (book or policy_book()).choose(chain, client.category)


@dataclass(frozen=True, slots=True)
class RuledRow:
    """A department of the tree and what rules its clients: one cell per category asked for."""

    name: str
    depth: int
    cells: tuple["RuledCell", ...]


@dataclass(frozen=True, slots=True)
class RuledCell:
    """What rules one category in one department; ``is_own``: the department has this policy itself."""

    category: str
    thresholds: Thresholds
    version: PolicyVersion | None
    is_own: bool


def categories_ruled() -> list[str]:
    """ "" and the categories that have a policy of their own anywhere."""
    return [
        "",
        *ZonePolicy.objects.exclude(category="").order_by("category").values_list("category", flat=True).distinct(),
    ]


def ruled_rows(categories: Sequence[str], versions: Mapping[str, PolicyVersion]) -> list[RuledRow]:
    """Which policy rules whom: the company first, then every department in the order of the tree. Two queries."""
    book = policy_book()

    def row(name: str, chain: tuple[int, ...]) -> RuledRow:
        cells = []
        for category in categories:
            policy = book.choose(chain, category)
            own = book.by_segment.get((chain[-1] if chain else None, category)) is policy
            cells.append(RuledCell(category, policy.thresholds, versions.get(policy.label), own))
        return RuledRow(name, max(len(chain) - 1, 0), tuple(cells))

    departments = Department.objects.order_by("path").only("name", "path")
    return [row(_("Company"), ()), *(row(department.name, chain_of(department.path)) for department in departments)]
