"""What counts as a contact, and on which day. Pure: the dates are the company's calendar dates."""

import datetime as dt


def counted_on(
    *, is_done: bool, counts_as_contact: bool, awaits_approval: bool, occurred_on: dt.date, today: dt.date
) -> dt.date | None:
    """The date on which an event counts for the client's clock, or None when it does not.

    Planned and cancelled events, kinds that are no contact, dates that nobody approved and the future never count.
    """
    if not is_done or not counts_as_contact or awaits_approval or occurred_on > today:
        return None
    return occurred_on


def needs_approval(*, occurred_on: dt.date, today: dt.date, limit_days: int | None) -> bool:
    """Whether a contact registered today for ``occurred_on`` lies more than ``limit_days`` back, so that it counts only
    after the head has approved its date. None: the rule is switched off, nobody is ever asked."""
    return limit_days is not None and (today - occurred_on).days > limit_days
