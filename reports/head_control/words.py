"""What the head's control says in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.web.tags.numbers import number
from reports.frame.scope import Scope
from reports.frame.tables import Remark, Table
from reports.head_control.filters import INDICATORS
from reports.rules.control import Light, Problem

#: What to do about the problem that most clients have.
ADVICE: Mapping[Problem, str | Promise] = {
    Problem.NO_SALE: gettext_lazy("Most often there is no open sale: ask what each of these clients could buy next."),
    Problem.OVERDUE: gettext_lazy("Most often a plan is overdue: have these plans done or given another day."),
    Problem.PORTRAIT: gettext_lazy("Most often too little is known: have the portraits filled in at the next contact."),
    Problem.CONTACTS: gettext_lazy("Most often nobody can be reached: have phones and e-mails of the persons added."),
}


def headline(variant: str, table: Table, scope: Scope) -> str:
    """The whole in one sentence."""
    if table.total is None or "clients" not in table.total.cells:
        return ""
    value = int(table.total.cells["clients"].value or 0)  # type: ignore[arg-type]
    clients = ngettext("%(number)s client", "%(number)s clients", value) % {"number": number(value)}
    if variant != INDICATORS:
        return clients
    colours = {light.value: number(int(table.total.cells[light].value or 0)) for light in Light}  # type: ignore[arg-type]
    return _("%(clients)s: %(red)s red, %(yellow)s yellow, %(green)s green.") % {"clients": clients, **colours}


def remarks(variant: str, table: Table) -> list[Remark]:
    """What to do first."""
    if variant != INDICATORS or table.total is None:
        return []
    counts = {problem: table.total.cells[problem].value for problem in Problem}
    worst = max(Problem, key=lambda problem: counts[problem])  # type: ignore[arg-type, return-value]
    if not counts[worst]:
        return [Remark(_("All four indicators are in order with every client."), "good")]
    return [Remark(ADVICE[worst], "bad", worst, table.total.query)]
