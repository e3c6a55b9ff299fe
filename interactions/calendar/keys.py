"""What people are told of the keys of the calendar; what they do is in static/js/calendar.js."""

from django.utils.translation import gettext_lazy as _

from crm.web.shortcuts import Shortcut, register

register(
    Shortcut(keys=("←",), also="→", does=_("the period before and after"), group="calendar", order=10),
    Shortcut(keys=("t",), does=_("today"), group="calendar", order=20),
    Shortcut(keys=("w",), does=_("week (m: month, d: day, l: agenda)"), group="calendar", order=30),
    Shortcut(keys=("p",), does=_("plan something"), group="calendar", order=40),
    Shortcut(keys=("r",), does=_("another time or length for the plan one stands on"), group="calendar", order=50),
    Shortcut(keys=("Shift", "↑"), also="↓", does=_("15 minutes earlier or later"), group="calendar", order=60),
    Shortcut(keys=("Shift", "←"), also="→", does=_("a day earlier or later"), group="calendar", order=70),
    Shortcut(keys=("+",), also="-", does=_("15 minutes longer or shorter"), group="calendar", order=80),
)
