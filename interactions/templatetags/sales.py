"""Tags of sales."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from crm import clock
from crm.web.tags.marks import icon
from crm.web.tags.times import day
from interactions import process_activity
from interactions.models import SalesProcess
from interactions.selectors.board import Card

register = template.Library()


@register.simple_tag
def idle_mark(sale: SalesProcess) -> SafeString:
    """A sale left alone for longer than its stage allows says so, wherever it is named; the others nothing."""
    today = clock.today()
    if not process_activity.is_idle(sale, today):
        return mark_safe("")
    days = process_activity.idle_days(sale, today) or 0
    words = ngettext("idle %(days)d day", "idle %(days)d days", days) % {"days": days}
    return format_html('<span class="sv-tag sv-tag-yellow sv-nowrap">{} {}</span>', icon("hourglass-split"), words)


@register.simple_tag
def next_step(card: Card) -> SafeString:
    """When something is planned in a sale of the board, or that nothing is: a click plans it."""
    sign, words = (
        ("calendar-event", day(card.next_at)) if card.next_at else ("exclamation-circle", gettext("no next step"))
    )
    css = "sales-next" + (" sv-overdue" if card.missed else "" if card.next_at else " is-none")
    if not card.may_edit:
        return format_html('<span class="{}">{} {}</span>', css, icon(sign), words)
    url = f"{reverse('event-create')}?process={card.sale.pk}&status=planned"
    title = gettext("Plan the next step")
    return format_html('<a class="{}" href="{}" data-drawer title="{}">{} {}</a>', css, url, title, icon(sign), words)
