"""First steps with the exchange."""

from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm.web.first_steps import ADMIN, DIRECTOR, HEAD, SALES, Step, register
from exchange.models import Claim, NightlyRun


def _has_claimed(user: Manager) -> bool:
    return Claim.objects.filter(manager=user).exists()


register(
    Step(
        key="claim",
        title=_("Take a client from the exchange"),
        why=_("Clients left alone too long wait there with their whole history. Who claims one first has it."),
        url_name="exchange-board",
        icon="arrow-left-right",
        roles=(SALES,),
        done=_has_claimed,
        order=50,
    ),
    Step(
        key="leaving",
        title=_("See who leaves soon"),
        why=_("Clients of your people that go to the exchange next, with the day and what holds them."),
        url_name="exchange-leaving",
        icon="box-arrow-right",
        roles=(HEAD, DIRECTOR),
        order=25,
    ),
    Step(
        key="nights",
        title=_("Confirm the first night"),
        why=_("Every night the colours move on. The first one only asks: nobody is taken before you have said so."),
        url_name="night-list",
        icon="moon-stars",
        roles=(ADMIN,),
        done=lambda user: NightlyRun.objects.exists(),
        order=50,
    ),
)
