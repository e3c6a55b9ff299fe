"""The names of the dictionary entries we ship, and words of Django we say better, marked for translation.

Entries are stored in English; ``__str__`` of a dictionary entry passes its name through gettext, so a reader sees the
shipped entries in his language, and the company's own entries as they were typed.
"""

from django.utils.translation import gettext_noop as _

SHIPPED = [
    _("Outgoing call"),
    _("Incoming call"),
    _("Meeting"),
    _("Visit to the client"),
    _("Visit of the client"),
    _("Outgoing letter"),
    _("Incoming letter"),
    _("Outgoing message"),
    _("Incoming message"),
    _("Presentation"),
    _("Purchase"),
    _("Complaint"),
    _("Failed call"),
    _("Bulk mailing"),
    _("Task"),
    _("Note"),
    _("Sale started"),
    _("Sale moved on"),
    _("Sale won"),
    _("Sale lost"),
    _("Sale reopened"),
    _("Sale"),
    _("Large sale"),
    _("Repeat order"),
    _("Inquiry"),
    _("Needs clarified"),
    _("Offer sent"),
    _("Negotiation"),
    _("Contract"),
    _("Qualification"),
    _("Presentation held"),
    _("Offer agreed"),
    _("Contract signed"),
    _("Too expensive"),
    _("Chose a competitor"),
    _("No need any more"),
    _("No answer"),
    _("Postponed"),
    _("We could not deliver"),
    _("Website"),
    _("Recommendation"),
    _("Exhibition"),
    _("Cold call"),
    _("Advertising"),
    _("Import"),
    _("Not my profile"),
    _("No need at present"),
    _("Cannot be reached"),
    _("Too many clients"),
    _("Conflict with the client"),
    _("Other"),
    _("New Year"),
    _("Defender of the Fatherland Day"),
    _("International Women's Day"),
    _("Entrepreneur's Day"),
    _("Five days, nine to six"),
]

#: Django's short names as ``date`` writes them: its Russian "Пнд" and "12 май" are said "Пн" and "12 мая".
DJANGO_WORDS = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"), _("may")]
