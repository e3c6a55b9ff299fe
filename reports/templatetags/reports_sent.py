"""When a report is sent, in words."""

from django import template

from reports.delivery.words import when
from reports.models import ReportDelivery

register = template.Library()


@register.filter
def timetable(delivery: ReportDelivery) -> str:
    """When a delivery goes out."""
    return when(delivery.every, delivery.day)
