"""First steps with the reports."""

from django.utils.translation import gettext_lazy as _

from crm.web.first_steps import DIRECTOR, HEAD, Step, register

register(
    Step(
        key="traffic-light",
        title=_("Read the traffic light"),
        why=_("Departments, managers and clients by colour: where it is yellow and red, you step in."),
        url_name="report-traffic-light",
        icon="stoplights",
        roles=(HEAD, DIRECTOR),
        order=20,
    ),
    Step(
        key="exchange-health",
        title=_("Look at the exchange as a whole"),
        why=_("How many clients come, how many are taken, and what becomes of them."),
        url_name="report-exchange",
        icon="activity",
        roles=(DIRECTOR,),
        order=40,
    ),
)
