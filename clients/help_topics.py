"""What the help page says: how to do the commonest things, who sees what, and the words of the program."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = str | Promise


@dataclass(frozen=True, slots=True)
class HowTo:
    """One of the commonest actions. ``key``: the key that begins it."""

    question: Words
    answer: Words
    url_name: str
    query: str = ""
    key: str = ""


HOW_TO = (
    HowTo(
        _("Find a client by phone, name or INN?"),
        _("Type it into the search above, in any format. A mistyped letter does no harm."),
        "search",
        key="/",
    ),
    HowTo(
        _("Register a call?"),
        _("On any list or card: the button with the phone. What, when and by whom is filled in already."),
        "contact-pick",
        key="c",
    ),
    HowTo(
        _("A client calls: what now?"),
        _("Type its phone, name or INN: who it is stands below. Write what it wants; the rest finds its way."),
        "inquiry-create",
        key="i",
    ),
    HowTo(
        _("Finish what was planned, and plan the next step?"),
        _("On My day press Done: the result, the agreements and the next step are one form."),
        "my-day",
    ),
    HowTo(
        _("Move a plan to another day?"),
        _("On My day: tomorrow, in a week, or choose a day. Drag it to a day of the week."),
        "my-day",
    ),
    HowTo(
        _("See why a client is yellow?"),
        _("On its card, under the colour: the last contact, the dates ahead, and what holds it."),
        "client-list",
        "?zone=yellow",
    ),
    HowTo(
        _("See whom to call first?"),
        _("The list of clients is sorted by risk: who leaves first comes first."),
        "client-list",
        "?sort=risk",
    ),
    HowTo(
        _("Take a client from the exchange?"),
        _("Open it, read its history, press Claim. Then get in touch within the days of the rules."),
        "exchange-board",
    ),
    HowTo(
        _("Give a client back?"),
        _("On its card, in the menu of actions: choose a reason and say it in a line."),
        "client-list",
        "?whose=mine",
    ),
    HowTo(
        _("Enter a new client?"),
        _("Name, and a phone or an INN. Doubles are shown while you type."),
        "client-create",
        key="n",
    ),
    HowTo(
        _("Plan a call or a meeting?"),
        _("Choose the client, the day and the hour. You are reminded before it."),
        "event-create",
        "?status=planned",
    ),
    HowTo(
        _("Plan what comes again and again?"),
        _("Plan it and say how often. One of them can be changed or cancelled by itself, or with all that follow."),
        "event-create",
        "?status=planned",
    ),
    HowTo(
        _("Follow one topic through all the talks?"),
        _("Press Continue at an event: it joins its thread. On the card the history can be read by thread."),
        "event-list",
    ),
    HowTo(
        _("See my week, or when a colleague is free?"),
        _("In the calendar: click a free place to plan, drag a plan to move it. Department shows all side by side."),
        "calendar",
    ),
    HowTo(
        _("Have my plans in the calendar of my phone?"),
        _("Make a secret address and give it to the phone. You can revoke it at any time."),
        "calendar-feed-list",
    ),
    HowTo(
        _("Start a sale?"),
        _("Choose the client and what it is about. Each step of a sale counts as a contact."),
        "process-create",
    ),
    HowTo(
        _("See all my sales at a glance, and move one on?"),
        _("On the board: drag a card to the next column, to Won or to Lost; or stand on it and press ]."),
        "process-board",
        key="]",
    ),
    HowTo(
        _("Learn what the month will come to?"),
        _("In the forecast: what is won, what is open weighted by its stage, and how much of the plan is missing."),
        "process-forecast",
    ),
    HowTo(
        _("Learn what a sale lacks to go on?"),
        _("Its page says what the stage asks for, each with the way there. The head is asked there too."),
        "process-list",
    ),
    HowTo(
        _("See what is behind a number of a report?"),
        _("Click it: the clients and documents it counts are listed, each a click away. A dash is what nobody knows."),
        "report-index",
    ),
    HowTo(
        _("Keep a report as I like it, or take it along?"),
        _("Choose days, department and comparison, save the view: it stands above the report. So do files and print."),
        "report-index",
    ),
    HowTo(
        _("Make one client of two that are the same?"),
        _("A head does it from the card: choose the other one, then what stays. It can be taken back for 7 days."),
        "client-list",
    ),
    HowTo(
        _("Keep a list I often use?"),
        _("Filter it, choose its columns, save the view. You can share it with your department."),
        "client-list",
    ),
    HowTo(
        _("Do something with many clients at once?"),
        _("Tick them in the list: reassign, tag, plan or export. It says how many, and can be taken back."),
        "client-list",
    ),
    HowTo(
        _("Take a list over from Excel or 1C?"),
        _("Send the file, say what its columns are, look at what will be. What is refused comes back to be mended."),
        "import-create",
    ),
    HowTo(
        _("Congratulate somebody?"),
        _("Press Write beside the name: the letter is prepared. Change it, then send or copy it."),
        "occasion-list",
    ),
    HowTo(
        _("Hand my clients over while I am away?"),
        _("Enter the absence with a deputy. When your head has approved it, the clock stands and the deputy helps."),
        "absence-list",
    ),
)


@dataclass(frozen=True, slots=True)
class Sees:
    """What one role may do with clients, by whose they are."""

    role: Words
    own: Words
    shared: Words
    others: Words
    exchange: Words


WHO_SEES = (
    Sees(
        _("Salesperson"),
        _("everything"),
        _("everything but giving it away"),
        _("name, city, colour and lead manager; no contacts, no history"),
        _("reads everything, claims"),
    ),
    Sees(
        _("Head"),
        _("everything"),
        _("the clients of the whole department: everything, hands over, protects, approves, undoes"),
        _("of other departments as a salesperson"),
        _("gives them to people of the department"),
    ),
    Sees(
        _("Director"),
        _("everything"),
        _("the same for all departments"),
        _("everything"),
        _("gives them to anybody"),
    ),
    Sees(
        _("Administrator"),
        _("everything"),
        _("everything, and the settings"),
        _("everything"),
        _("everything"),
    ),
)

GLOSSARY = (
    (_("Lead manager"), _("Who holds a client and answers for it.")),
    (pgettext_lazy("glossary", "Contact"), _("An event that took place and counts: a call, a meeting, a letter.")),
    (_("Clock"), _("Runs from the last contact, or from the day the lead manager got the client.")),
    (_("Zone"), _("Green, yellow or red: how long a client has been left alone.")),
    (_("Exchange"), _("Clients that lost their manager. Everybody in sales may read and claim them.")),
    (_("To claim"), _("To take a client from the exchange.")),
    (_("To return"), _("To give a client up oneself, with a reason.")),
    (_("Night"), _("Every night the colours move on, people are warned, and who was left alone too long leaves.")),
    (_("Hold"), _("A reason why a client stays although its time has come: an open sale, a plan, a protection.")),
    (_("Protection"), _("The head holds a client until a day, with a reason.")),
    (_("Deputy"), _("Works on the clients of a colleague who is away.")),
    (_("Co-manager"), _("Works with a client beside its lead manager.")),
    (_("Agreement"), _("What one side promised the other, kept or not kept.")),
    (_("Points"), _("What a finished event earns towards the norm of the day.")),
)
