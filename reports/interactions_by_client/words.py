"""What the report on interactions says in words."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.web.tags.numbers import number
from reports.frame.figures import Number
from reports.frame.tables import Remark

Numbers = Mapping[str, Number]


def headline(total: Numbers, clients: int | None) -> str:
    """The whole in one sentence."""
    if not total.get("done"):
        return _("Nothing was done with a client in this period.")
    done, steps = int(total["done"]), int(total.get("steps", 0))
    what = ngettext("%(count)s interaction", "%(count)s interactions", done) % {"count": number(done)}
    if clients is not None:
        whom = ngettext("with %(count)s client", "with %(count)s clients", clients) % {"count": number(clients)}
        what = f"{what} {whom}"
    sold = ngettext("%(count)s step of sales", "%(count)s steps of sales", steps) % {"count": number(steps)}
    facts = {"what": what, "steps": sold, "contacts": number(int(total.get("counted", 0)))}
    return _("%(what)s and %(steps)s; %(contacts)s of both count as contacts.") % facts


def remarks(total: Numbers, query: str) -> list[Remark]:
    """What is to be done first."""
    late = int(total.get("overdue", 0))
    if not late:
        return [Remark(_("No plan is overdue."), "good")] if total.get("planned") else []
    words = ngettext(
        "%(count)s plan is overdue: have it done, moved or cancelled.",
        "%(count)s plans are overdue: have them done, moved or cancelled.",
        late,
    )
    return [Remark(words % {"count": number(late)}, "bad", "overdue", query)]


def hidden_clients(count: int) -> str:
    """That not all clients have a line."""
    if count <= 0:
        return ""
    words = ngettext(
        "%(count)s more client is behind the numbers.", "%(count)s more clients are behind the numbers.", count
    )
    return words % {"count": number(count)}


def picture(total: Numbers, parts: int) -> str:
    """The picture for who cannot see it."""
    words = ngettext("%(done)s done in %(count)d part.", "%(done)s done in %(count)d parts.", parts)
    return words % {"done": number(int(total.get("done", 0))), "count": parts}
