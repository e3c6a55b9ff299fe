"""The work itself in English."""

from crm.demo.words.base import Scene
from crm.demo.words.work import WorkWords

WORK = WorkWords(
    competitors=("Northern Pumps", "HydroSnab", "Vector Machines", "PackLine", "Delta Service", "East Import House"),
    stage_tasks={
        "Qualification": (("call_out", "Find out who decides, and by when", 2),),
        "Presentation held": (("task", "Have the technical department calculate the line", 3),),
        "Offer agreed": (
            ("task", "Show the discount to the head", 1),
            ("call_out", "Ask what their lawyers say", 5),
        ),
        "Contract signed": (("task", "Hand the papers over to accounting", 1),),
    },
    large_titles=("A second pumping station for the new shop", "Refitting the bottling hall"),
    approval_question="They want 7 % off for payment in advance. The margin stays above 18 %.",
    approval_answer="All right, with payment in advance.",
    head_comments=(
        "Third time the date is moved. Look at it together on Monday.",
        "Well led. Ask for the drawings before you name a price.",
        "Somebody else talks to them too, I hear. Do not give the discount at once.",
        "Take the service engineer along next time.",
    ),
    series=(
        Scene("call_out", "Weekly call: what is on site"),
        Scene("visit", "Monthly visit: stock and wear parts"),
        Scene("call_out", "Every two weeks: state of the order"),
    ),
    week=(
        Scene("call_out", "Clarify the delivery date", "The foreman wants a day he can plan with."),
        Scene("meeting", "Talk through the offer", "Line by line, with their engineer."),
        Scene("call_out", "Remind them of the invoice"),
        Scene("presentation", "Show the new series", "Bring the sample and the price list."),
        Scene("task", "Prepare the calculation"),
        Scene("call_out", "Ask about the tender"),
        Scene("visit", "Look at the site", "Take the measuring tape and the helmet."),
        Scene("letter_out", "Send the specification"),
        Scene("meeting", "Agree the draft contract"),
        Scene("call_out", "Hear how the start went"),
    ),
    directors_week=(
        Scene("meeting", "Talk with the owner about next year"),
        Scene("visit", "Visit with the salesperson: large sale"),
        Scene("meeting", "Framework contract: terms"),
        Scene("call_out", "Thank them for the order"),
    ),
    feeds=("Phone", "Wall screen of the department", "Old tablet"),
    part_time="Part time: Monday to Thursday, ten to four",
    rules=("Large inquiries to key clients", "The Urals to the Urals", "From the site: north-west in turn"),
    inquiries=(
        "They ask for a price of twelve pumps for a greenhouse, by the end of the week.",
        "A line for a dairy, two thousand bottles an hour. Budget is approved.",
        "Want to know whether we serve machines of other makers.",
        "Saw us at the fair and would like the catalogue and a visit.",
        "A seal leaks again; asks who comes and when.",
        "Looks for a supplier of spare parts on call.",
        "Dialled us instead of the bakery next door.",
        "Needs a compressor for a workshop, price about a million.",
        "Asks for a second offer like last year's, with delivery in spring.",
    ),
    callers=("the new buyer", "a secretary", "Mr Hill, engineer"),
    closed_because="Wrong number",
    doubles=("{name} (branch)", "{name} – warehouse", "{name} new", "{name} – office", "{name} (old card)"),
    imported=(
        "fair-visitors.csv",
        ("Name", "INN", "City", "Phone", "E-mail", "Category", "Notes"),
    ),
    checked=("contacts-from-business-cards.csv", ("Client", "Last name", "First name", "Position", "Phone", "E-mail")),
    encoding="utf-8-sig",
    wrong_cells=("ask the secretary", "7701234567", "very large"),
    report_views={
        "light_a": "Traffic light of category A",
        "quarter": "The quarter against last year's",
        "month": "Points of this month",
        "regular_a": "Who keeps in touch with A",
    },
    deliveries={"traffic-light": "Traffic light of the week", "points": "Points of the month"},
)
