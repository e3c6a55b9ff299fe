"""First steps with clients, and those of who sets the company up."""

from django.utils.translation import gettext_lazy as _

from clients.models import Client, Department, Manager
from crm.web.first_steps import ADMIN, DIRECTOR, EVERYBODY, HEAD, SALES, Step, register


def _has_set_himself_up(user: Manager) -> bool:
    return bool(user.language or user.time_zone)


register(
    Step(
        key="departments",
        title=_("Enter the departments"),
        why=_("Sales is a tree of departments. Each has a head, who sees all clients of his people."),
        url_name="admin:clients_department_changelist",
        icon="diagram-3",
        roles=(ADMIN,),
        done=lambda user: Department.objects.exists(),
        order=10,
    ),
    Step(
        key="people",
        title=_("Invite the people"),
        why=_("Give each a name, a role and a department. Who has no department holds no clients."),
        url_name="admin:clients_manager_changelist",
        icon="person-badge",
        roles=(ADMIN,),
        done=lambda user: Manager.objects.sellers().exclude(pk=user.pk).exists(),
        order=20,
    ),
    Step(
        key="policy",
        title=_("Look at the zone policy"),
        why=_(
            "After how many months a client turns yellow, turns red and goes to the exchange. A preview comes first."
        ),
        url_name="policy-list",
        icon="stoplights",
        roles=(ADMIN, DIRECTOR),
        order=30,
    ),
    Step(
        key="import",
        title=_("Bring the clients in"),
        why=_("Import a file with the command import_sales, or enter the first ones by hand."),
        url_name="client-create",
        icon="cloud-upload",
        roles=(ADMIN,),
        done=lambda user: Client.objects.exists(),
        order=40,
    ),
    Step(
        key="letters",
        title=_("Read the prepared letters"),
        why=_("Birthdays and holidays have letters of their own: put them into your company's words."),
        url_name="admin:clients_lettertemplate_changelist",
        icon="envelope-heart",
        roles=(ADMIN,),
        order=60,
    ),
    Step(
        key="own-clients",
        title=_("See your clients by risk"),
        why=_("Those who are about to turn yellow, turn red or leave come first. Nobody is forgotten."),
        url_name="client-list",
        query="?whose=mine",
        icon="people",
        roles=(SALES,),
        done=lambda user: Client.objects.held_by(user).exists(),
        order=20,
    ),
    Step(
        key="absences",
        title=_("Enter who is away"),
        why=_("While somebody is on leave his clients do not turn yellow, and a deputy may work on them."),
        url_name="absence-list",
        icon="calendar-x",
        roles=(HEAD,),
        order=50,
    ),
    Step(
        key="birthdays",
        title=_("Congratulate somebody"),
        why=_("Birthdays of the coming days, each with a letter that is almost written."),
        url_name="occasion-list",
        icon="gift",
        roles=(SALES,),
        order=60,
    ),
    Step(
        key="preferences",
        title=_("Set it up for yourself"),
        why=_("Language, time zone, light or dark, and when you are reminded."),
        url_name="preferences",
        icon="sliders",
        done=_has_set_himself_up,
        roles=EVERYBODY,
        order=80,
    ),
    Step(
        key="help",
        title=_("Read how it works"),
        why=_("The colours, the rules with their numbers, who sees what, and the keys."),
        url_name="help",
        icon="question-circle",
        roles=EVERYBODY,
        order=90,
    ),
)
