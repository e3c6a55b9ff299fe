"""English words of the demo company. Everybody and everything here is invented."""

from random import Random

from crm.demo.words.base import FirmName, PersonName, Place, Scene, Words
from crm.demo.words.desk_en import DESK
from crm.demo.words.work_en import WORK

_MALE = "Adam Alexander Andrew Anton Benjamin Boris Colin Daniel David Denis Edward Elias Felix George Gregor Harold Hugo Ivan Jacob Jonas Karl Kevin Leo Lucas Mark Martin Max Michael Nicholas Oliver Oscar Patrick Paul Peter Philip Robert Roman Simon Stefan Theo Thomas Victor Walter".split()
_FEMALE = "Agnes Alice Amelia Anna Barbara Carla Caroline Clara Diana Edith Elena Emma Eva Fiona Freya Grace Hannah Helen Ingrid Irene Jane Julia Karin Kate Laura Lena Louise Margaret Maria Martha Nadia Nina Olga Paula Rita Rosa Sarah Sophia Tamara Theresa Ursula Vera".split()
_LAST = "Abbotsley Alderwick Arkwell Ashdown Barkov Bellwood Bergmann Birchall Blackmoor Brandvold Briarley Brinkmann Calderon Carrow Castellan Cawthorne Clarendon Corwin Cranford Dahlberg Danvers Darrow Delacourt Dresner Drummond Eastvale Ebert Elmwood Emmerich Fairclough Falken Farrow Feldmann Fenwick Galloway Garvin Gelder Glenmoor Gorsky Grantham Greyling Halvorsen Harper Hartwig Haverley Hollis Holmgren Ilves Ironside Jansson Jarvinen Kellerman Kestrel Kingsley Kirsanov Kovar Lambert Langley Larkspur Lindqvist Lorimer Lunden Mallory Marchetti Marlowe Merrow Milvain Montrose Morland Nordin Novak Oakhurst Orlov Osborne Pemberton Penrose Petrov Quillan Radley Ravenhill Redfern Reinholt Rosewall Rowntree Sandoval Savin Selwyn Sorensen Stanmore Stroud Sutherby Talbot Tarasov Thornbury Tillman Tremaine Ulrich Underhill Varga Veldman Verin Wakefield Waldron Westbrook Whitlock Winslow Yardley Zorin".split()
_ROOTS = "Alder Amber Anchor Apex Argent Aspen Atlas Aurora Beacon Birch Boreal Bridge Cedar Cinder Cobalt Comet Coral Crest Crown Delta Drift Dune Echo Ember Falcon Fern Flint Forge Gale Granite Grove Harbour Haven Hazel Heron Horizon Indigo Iris Island Ivory Jasper Juniper Kestrel Lantern Larch Lark Linden Lumen Lynx Maple Meridian Mistral Moor Nimbus North Oak Onyx Orbit Osprey Pearl Pine Polar Prism Quarry Quartz Raven Ridge River Rowan Sable Saffron Sierra Silver Spruce Sterling Stone Summit Swift Terra Thistle Timber Topaz Trident Tundra Vale Vector Vega Velvet Verdant Vista Willow Winter Zenith Zephyr".split()
_TAILS = "works trade tech supply pack build line tools store farm chem print freight foods steel glass energy aqua mill press".split()
_LATER = "Automation Bottling Components Dairy Drives Engineering Fabrics Foundry Heating Hydraulics Industries Logistics Machinery Materials Packaging Plastics Processing Services Storage Systems Textiles Timber Tooling Trading Water".split()
_STREETS = "Mill Harbour Station Dock Foundry Canal Bridge Orchard Quarry Garden Market Meadow River Field School Tower Windmill Cooper Weaver Baker".split()
_RUSSIAN_STREETS = "Zavodskaya Naberezhnaya Promyshlennaya Skladskaya Polevaya Rechnaya Novaya Lesnaya Vokzalnaya Portovaya Yuzhnaya Severnaya Energetikov Ozyornaya".split()
_GERMAN_STREETS = "Hafenstraße Bahnhofstraße Mühlenweg Industriestraße Gartenweg Werkstraße Lindenallee Kanalweg Feldweg Brückenstraße".split()


def _person(rng: Random) -> PersonName:
    is_female = rng.random() < 0.46
    return PersonName(rng.choice(_FEMALE if is_female else _MALE), rng.choice(_LAST), "", is_female)


def _slug(text: str) -> str:
    return "-".join(
        "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in text.lower()).split()
    )


def _firm(rng: Random, place: Place) -> FirmName:
    if place.tax_region and rng.random() < 0.1:
        owner = _person(rng)
        name = f"{owner.first} {owner.last}"
        return FirmName(f"IP {name}", f"Sole entrepreneur {name}", _slug(name), is_entrepreneur=True)
    root = rng.choice(_ROOTS)
    roll = rng.random()
    if roll < 0.3:
        core = root + rng.choice(_TAILS)
    elif roll < 0.75:
        core = f"{root} {rng.choice(_LATER)}"
    else:
        core = f"{rng.choice(_LAST)} & {rng.choice(_LAST)}"
    if rng.random() < 0.12:
        core += f" {place.city}"
    form, full = _FORMS[place.country][rng.random() < 0.15]
    return FirmName(f"{core} {form}", f"{core} {full}", _slug(core))


_FORMS = {
    "Russia": (("LLC", "Limited Liability Company"), ("JSC", "Joint-Stock Company")),
    "United Kingdom": (("Ltd", "Limited"), ("plc", "Public Limited Company")),
    "Germany": (("GmbH", "Gesellschaft mit beschränkter Haftung"), ("AG", "Aktiengesellschaft")),
}


def _address(rng: Random, place: Place) -> str:
    number = rng.randint(1, 96)
    if place.country == "Germany":
        return f"{rng.choice(_GERMAN_STREETS)} {number}, {place.city}"
    if place.country == "Russia":
        return f"{number} {rng.choice(_RUSSIAN_STREETS)} St., {place.city}"
    return f"{number} {rng.choice(_STREETS)} {rng.choice(('Street', 'Road', 'Lane'))}, {place.city}"


def _russian(city: str, region: str, zone: str, code: str, weight: int, tax: str) -> Place:
    return Place(city, region, "Russia", zone, f"+7{code}", "000####", weight, tax)


def _british(city: str, phone: str, tail: str, weight: int) -> Place:
    return Place(city, "United Kingdom", "United Kingdom", "Europe/London", phone, tail, weight)


def _german(city: str, phone: str, weight: int) -> Place:
    return Place(city, "Germany", "Germany", "Europe/Berlin", phone, "###", weight)


_NW, _C, _V, _S, _U, _SIB, _FE = "North-West", "Centre", "Volga", "South", "Urals", "Siberia", "Far East"
#: British and German numbers are from the ranges their regulators keep for films and novels.
_PLACES = (
    _british("London", "+4420", "79460###", 12),
    _british("Manchester", "+44161", "4960###", 6),
    _british("Birmingham", "+44121", "4960###", 5),
    _british("Leeds", "+44113", "4960###", 4),
    _british("Edinburgh", "+44131", "4960###", 4),
    _german("Berlin", "+493023125", 7),
    _german("Hamburg", "+494066969", 6),
    _german("Frankfurt", "+496990009", 5),
    _german("Munich", "+498999998", 5),
    _german("Cologne", "+492214710", 4),
    _russian("Moscow", _C, "Europe/Moscow", "495", 12, "77"),
    _russian("Voronezh", _C, "Europe/Moscow", "473", 3, "36"),
    _russian("Saint Petersburg", _NW, "Europe/Moscow", "812", 10, "78"),
    _russian("Murmansk", _NW, "Europe/Moscow", "815", 2, "51"),
    _russian("Kaliningrad", _NW, "Europe/Kaliningrad", "401", 4, "39"),
    _russian("Nizhny Novgorod", _V, "Europe/Moscow", "831", 4, "52"),
    _russian("Kazan", _V, "Europe/Moscow", "843", 4, "16"),
    _russian("Samara", _V, "Europe/Samara", "846", 4, "63"),
    _russian("Ufa", _V, "Asia/Yekaterinburg", "347", 3, "02"),
    _russian("Rostov-on-Don", _S, "Europe/Moscow", "863", 3, "61"),
    _russian("Krasnodar", _S, "Europe/Moscow", "861", 3, "23"),
    _russian("Yekaterinburg", _U, "Asia/Yekaterinburg", "343", 6, "66"),
    _russian("Chelyabinsk", _U, "Asia/Yekaterinburg", "351", 4, "74"),
    _russian("Perm", _U, "Asia/Yekaterinburg", "342", 3, "59"),
    _russian("Novosibirsk", _SIB, "Asia/Novosibirsk", "383", 5, "54"),
    _russian("Omsk", _SIB, "Asia/Omsk", "381", 3, "55"),
    _russian("Krasnoyarsk", _SIB, "Asia/Krasnoyarsk", "391", 3, "24"),
    _russian("Irkutsk", _SIB, "Asia/Irkutsk", "395", 3, "38"),
    _russian("Khabarovsk", _FE, "Asia/Vladivostok", "421", 2, "27"),
    _russian("Vladivostok", _FE, "Asia/Vladivostok", "423", 3, "25"),
)

_SCENES = {
    # --- the first talk and keeping in touch --------------------------------------------------------------------------
    "first": (
        Scene(
            "call_out",
            "First call",
            "“Who buys equipment at your place?” – “That is {person}, I will put you through.”\nTold who we are, asked whom they work with now.",
            "Some interest; they would like a catalogue.",
        ),
        Scene(
            "call_in",
            "They found us",
            "{person} heard of us from a partner and asks about {product}: lead time, warranty, who commissions it.",
            "We talk again when they know the quantity.",
        ),
        Scene(
            "letter_in",
            "Letter from the site",
            "They ask for description and price: {product}. The quantity is open.",
            "Answered with the catalogue and our terms.",
        ),
        Scene(
            "meeting",
            "Met at an exhibition",
            "Came to our stand about replacing old equipment. Contact: {person}.",
            "Exchanged cards, they expect a call next week.",
        ),
        Scene(
            "call_out",
            "Introduction by telephone",
            "Explained what we do. They buy elsewhere now and are not happy with lead times.",
            "We may come back with an offer on lead times.",
        ),
        Scene(
            "message_in",
            "Wrote to us",
            "“Hello, do you still sell the {product}?” – “Yes, from stock. How many?”",
            "They ask production for the quantity.",
        ),
    ),
    "acquaint": (
        Scene(
            "call_out",
            "Introduction: new manager",
            "Told them we look after them now. {person}: “Good that you call, we seemed to be forgotten.”",
            "They ask for a pause until next month, then we talk about needs.",
        ),
        Scene(
            "call_out",
            "Back in touch after a break",
            "Asked what has changed. Small purchases go on; still interested in {product}.",
            "Ready to look at an offer.",
        ),
        Scene(
            "meeting",
            "Meeting: taking the client over",
            "Talked about what went wrong before: slow answers, mixed-up invoices. Promised one person for everything.",
            "Good mood, they expect the price list.",
        ),
        Scene(
            "letter_out",
            "Introduced ourselves by letter",
            "Wrote who is responsible now, with contacts and the new catalogue.",
            "They confirmed.",
        ),
    ),
    "keep": (
        Scene(
            "call_out",
            "Planned call",
            "“How does the last delivery work?” – “No complaints. Nothing new to buy so far.”",
            "Call again in a month.",
        ),
        Scene(
            "call_out",
            "Asked about plans for the quarter",
            "{person}: the budget is agreed by the end of the month, {product} is in it.",
            "Come back when the budget is agreed.",
        ),
        Scene(
            "call_in",
            "Question about papers",
            "Accounts need a reconciliation for the last quarter.",
            "Sent the same day.",
        ),
        Scene(
            "call_in",
            "Question about maintenance",
            "How often to change the filters? Explained and sent the leaflet.",
            "Answered.",
        ),
        Scene(
            "letter_out",
            "New in the catalogue",
            "Sent a selection that fits them: {product} and consumables.",
            "They read it and will come back.",
        ),
        Scene(
            "letter_in",
            "Ask for an updated price list",
            "They need prices with the discount of the contract.",
            "Price list sent.",
        ),
        Scene("message_out", "Season's greetings", "A short greeting and how are things.", "They thanked us."),
        Scene(
            "message_in",
            "When is the warehouse open",
            "“Do you hand out goods on Saturday?” – “Until two, if ordered before.”",
            "Answered at once.",
        ),
        Scene(
            "meeting",
            "Meeting at their office",
            "Walked through the plant, saw what wears out first. Noted three possible replacements.",
            "Prepare a calculation.",
        ),
        Scene(
            "visit",
            "Visit to the plant",
            "Looked at the installation, the engineer checked the settings. {person} showed the new line.",
            "There will be a need in the second half-year.",
        ),
        Scene(
            "visit_in",
            "They came to our warehouse",
            "Showed the {product} running, answered the mechanic's questions.",
            "They liked it and discuss it inside.",
        ),
        Scene(
            "presentation",
            "Showed the new series",
            "Showed why the new series costs less to run. Four people listened and asked about service.",
            "They ask for a payback calculation.",
        ),
        Scene(
            "call_out",
            "Agreed on a meeting",
            "“Does Tuesday morning suit you?” – “After eleven.”",
            "The meeting is planned.",
        ),
        Scene("letter_in", "New bank details", "They sent their company sheet with a new bank.", "Details updated."),
        Scene(
            "call_out",
            "How the start of the line went",
            "They started a week late, not because of us. Working mood.",
            "Offer a maintenance contract.",
        ),
    ),
    # --- a sale -------------------------------------------------------------------------------------------------------
    "inquiry": (
        Scene(
            "call_in",
            "Inquiry: {product}",
            "“We need {qty}, when can you deliver?” – “Some from stock, the rest in three weeks.”",
            "Opened a sale, clarify the requirements.",
        ),
        Scene(
            "letter_in",
            "Request for a price: {product}",
            "They sent a specification and ask for a price for {qty}, delivered to {city}.",
            "Taken up.",
        ),
        Scene(
            "call_out",
            "A need came up",
            "{person}: “The old one has stopped for good, we look for a replacement.” Interested in {product}.",
            "They ask us to help choose.",
        ),
        Scene(
            "message_in",
            "Asked about stock",
            "“Do you have the {product}? We need {qty}.” – “Yes, I am calculating.”",
            "They wait for the price.",
        ),
        Scene(
            "meeting",
            "A need showed at a meeting",
            "Went through the plan for the year, {product} comes first.",
            "They will write down the requirements.",
        ),
    ),
    "clarify": (
        Scene(
            "call_out",
            "Clarified the requirements",
            "Went through the list: voltage, version, date. {person} will send a drawing of the site.",
            "We know what to offer.",
        ),
        Scene(
            "letter_in",
            "They sent the requirements",
            "{qty} pcs, warranty from two years, commissioning by us.",
            "Given to the engineer.",
        ),
        Scene(
            "meeting",
            "Found out who decides",
            "The chief engineer chooses, the director signs. There is a budget, and two competitors.",
            "We prepare the offer for both.",
        ),
        Scene(
            "visit",
            "Survey of the site",
            "Measured, checked the supply. An adapter is needed that was not in the request.",
            "The price changes a little.",
        ),
        Scene("call_in", "Quantity changed", "Now {qty} pcs: a part was moved to next year.", "Calculating again."),
    ),
    "presentation": (
        Scene(
            "presentation",
            "Presentation of the solution",
            "Showed how the {product} works at a similar customer. They argued about payback.",
            "They like it and ask for an offer.",
        ),
        Scene(
            "visit_in",
            "Shown at our site",
            "Three people came and switched it on themselves. {person}: “Quieter than expected.”",
            "Ready to talk about price.",
        ),
        Scene(
            "presentation",
            "Before the technical board",
            "Answered on reliability, showed failure statistics.",
            "The board does not object.",
        ),
    ),
    "offer": (
        Scene(
            "letter_out",
            "Offer",
            "Sent the offer: {product}, {qty} pcs, total {sum}. Valid for a month.",
            "They confirmed.",
        ),
        Scene(
            "letter_out",
            "Offer with two variants",
            "A cheaper one and one with service. The second comes to {sum}.",
            "They look at the second.",
        ),
        Scene(
            "call_out",
            "Talked about the offer",
            "“It is more than we planned.” – “Let us see what you can do without.”",
            "They wait for a price without installation.",
        ),
        Scene(
            "meeting",
            "Going through the offer",
            "Line by line; dropped what is not needed and met at {sum}.",
            "They agree it inside by Friday.",
        ),
    ),
    "negotiation": (
        Scene(
            "meeting",
            "Negotiation of terms",
            "They ask for 30 days credit and free delivery. We offered one of the two.",
            "They choose the credit.",
        ),
        Scene(
            "call_in",
            "Haggling",
            "“The competitor is five per cent cheaper.” – “And his service and dates?”",
            "Three per cent off for payment in advance.",
        ),
        Scene(
            "call_out",
            "Checked delivery dates",
            "Needed before the line starts; confirmed from stock.",
            "The dates suit them.",
        ),
        Scene("letter_in", "Remarks to the contract", "Penalties and acceptance.", "The lawyers agreed in two days."),
        Scene(
            "message_out",
            "Confirmed the discount",
            "Wrote that the discount holds until the end of the month.",
            "Answer: “Accepted”.",
        ),
    ),
    "contract": (
        Scene(
            "letter_out",
            "Contract sent for signature",
            "Sent the contract and the invoice for {sum}.",
            "They promise to sign this week.",
        ),
        Scene("meeting", "Signing", "Signed; agreed on the delivery schedule.", "We wait for the payment."),
        Scene(
            "call_out", "Reminded of the signature", "“The director has it, he is back on Thursday.”", "Thursday then."
        ),
        Scene(
            "letter_in",
            "Signed contract received",
            "The scan is here, the original is in the post.",
            "Given to dispatch.",
        ),
    ),
    "talk": (
        Scene("call_out", "Any decision?", "“Still thinking, the director is travelling.”", "Come back in a week."),
        Scene(
            "message_out",
            "Reminded of ourselves",
            "Asked whether they need anything more to decide.",
            "They ask to wait.",
        ),
        Scene("call_in", "One more question", "Does it fit what they have now? It does.", "No doubts left."),
        Scene("letter_out", "References of similar customers", "Sent three, as they asked.", "Shown to the director."),
    ),
    "won": (
        Scene(
            "purchase", "Payment received", "Invoice of {sum} paid. Delivery as scheduled.", "Given to the warehouse."
        ),
        Scene("purchase", "Purchase: {product}", "Paid and ordered {qty} pcs in one delivery.", "Order confirmed."),
        Scene("letter_in", "Payment order", "They sent the payment order for {sum}.", "The money came the next day."),
    ),
    "lost": (
        Scene(
            "call_out",
            "Refusal",
            "{person}: they decided against us. Told us why, parted in peace.",
            "Come back in half a year.",
        ),
        Scene(
            "letter_in", "Letter of refusal", "They thank us for the work, not this time.", "Find out whom they chose."
        ),
    ),
    "cancelled": (
        Scene("call_in", "Purchase cancelled", "“The project is closed, the budget is gone.”", "Stay in touch."),
        Scene("letter_in", "They do not need it any more", "“We have managed with our own means.”", "Stay in touch."),
    ),
    "postponed": (
        Scene(
            "call_out", "Decision postponed", "“Not this year. Ask again in spring.”", "Closed for now; call in spring."
        ),
        Scene(
            "meeting", "Purchase put off", "The owner stopped all purchases until further notice.", "Closed for now."
        ),
    ),
    "silent": (
        Scene(
            "message_out",
            "Last try",
            "Wrote that we close the inquiry and are there when they need us.",
            "“Sorry, busy.” And nothing more.",
        ),
        Scene(
            "letter_out",
            "Closing letter",
            "They have not answered for weeks; wrote that the offer has expired.",
            "A short “received”.",
        ),
    ),
    "repeat": (
        Scene(
            "call_in",
            "Order again",
            "“As last time, {qty}: {product}.” – “The invoice comes in ten minutes.”",
            "Invoice sent.",
        ),
        Scene("letter_in", "Order under the contract", "{product}, {qty} pcs, delivery as usual.", "Taken up."),
        Scene(
            "message_in",
            "They ask for another lot",
            "“We use it up faster than we thought. Another {qty}?” – “Yes, by Wednesday.”",
            "Ordered.",
        ),
    ),
    "delivery": (
        Scene("call_out", "Checked the delivery", "“Everything came, nothing is missing.”", "Papers signed."),
        Scene(
            "visit",
            "Start-up at the client",
            "The engineer started the equipment and trained two people.",
            "Accepted without remarks.",
        ),
        Scene("letter_out", "Dispatch papers", "Sent the waybill and the number of the lorry.", "Received."),
        Scene("call_in", "Confirmed receipt", "{person}: received, the boxes are whole.", "Dispatch closed."),
    ),
    "complaint": (
        Scene(
            "complaint",
            "Complaint: {product}",
            "One piece does not hold the pressure. They sent photographs.",
            "Promised an answer in two days.",
        ),
        Scene(
            "complaint",
            "Late delivery",
            "“You said Monday, today is Wednesday!” Apologised; the lorry waits at customs.",
            "It comes tomorrow, delivery free.",
        ),
        Scene(
            "complaint",
            "Mistake in the papers",
            "Wrong contract number on the waybill, accounts refuse it.",
            "Corrected papers go out today.",
        ),
    ),
    "resolved": (
        Scene(
            "call_out",
            "Answer to the complaint",
            "Replaced at our cost, took the faulty one back.",
            "{person}: “Thank you for being quick.”",
        ),
        Scene("letter_out", "Complaint closed", "Sent corrected papers and an apology.", "No further claims."),
        Scene(
            "visit",
            "The engineer mended it",
            "A dirty inlet filter. Showed how to clean it.",
            "It works, complaint closed.",
        ),
    ),
    # --- what does not count ------------------------------------------------------------------------------------------
    # --- the market ---------------------------------------------------------------------------------------------------
    "outgoing": (
        Scene("call_out", "Called about plans", "Asked about the quarter; the secretary will pass it on."),
        Scene("letter_out", "Price list sent", "Sent the new price list and the stock of {product}."),
        Scene(
            "call_out", "Reminded of us", "Told the answering machine that we are there, and about the autumn offer."
        ),
        Scene("letter_out", "Letter about service", "Wrote about yearly service and spare parts. No answer so far."),
    ),
    "thin": (
        Scene("call_out", "Call", "Called."),
        Scene("call_out", "Call", "Called, all fine."),
        Scene("letter_out", "Letter", "Wrote."),
        Scene("call_out", "Check call", "No news."),
    ),
    "burst": (
        Scene("call_out", "Call", "Called, nothing new."),
        Scene("call_out", "Call", "All fine, no needs."),
        Scene("message_out", "Message", "Asked how things are."),
    ),
    "inbound": (
        Scene("call_in", "{person} looks for whoever is in charge now", "Need {product} by the end of the month."),
        Scene("letter_in", "Asks for an offer: {product}", "The quantity depends on the price."),
    ),
    "failed": (
        Scene("call_failed", "No answer", "Nobody picks up."),
        Scene("call_failed", "Engaged", "Engaged twice."),
        Scene("call_failed", "{person} is in a meeting", "The secretary asks to call later."),
        Scene("call_failed", "Number not available", ""),
    ),
    "note": (
        Scene("note", "Note", "Better call in the afternoon, mornings are full of meetings."),
        Scene("note", "From the news", "They are growing: a new site was announced."),
        Scene("note", "Internal", "A discount of up to 7% is agreed for the next order."),
        Scene("note", "About people", "{person} prepares the decisions, though the director signs."),
        Scene("note", "Competitors", "Another supplier visits them and presses with price."),
    ),
    "task": (
        Scene("task", "Prepare a calculation", "Compare two variants by cost of ownership."),
        Scene("task", "Collect papers", "Certificates and passports for {product}."),
        Scene("task", "Reconcile accounts", "For the quarter."),
    ),
    "mailing": (
        Scene("mailing", "Mailing: new catalogue", "The catalogue for the half-year."),
        Scene("mailing", "Mailing: new prices", "Prices change with the new month."),
        Scene("mailing", "Mailing: invitation to an exhibition", "We expect you at our stand."),
        Scene("mailing", "Mailing: offer on consumables", "A discount until the end of the month."),
        Scene("mailing", "Mailing: opening hours in the holidays", "Dispatch in the holidays."),
    ),
    # --- planned ------------------------------------------------------------------------------------------------------
    "plan": (
        Scene("call_out", "Call back as agreed"),
        Scene("call_out", "Ask for the decision on the offer"),
        Scene("call_out", "Ask about plans for the quarter"),
        Scene("call_out", "Remind of the invoice"),
        Scene("call_out", "How does the {product} work?"),
        Scene("meeting", "Meeting with the management"),
        Scene("meeting", "Discuss the contract"),
        Scene("visit", "Visit to the plant"),
        Scene("presentation", "Show the new series"),
        Scene("letter_out", "Send the offer: {product}"),
        Scene("message_out", "Clarify the quantity"),
        Scene("task", "Prepare the payback calculation"),
    ),
}

WORDS = Words(
    departments={
        "key": "Key accounts",
        "regional": "Regional sales",
        "northwest": "Europe and North-West",
        "urals": "Urals and Siberia",
        "equipment": "Equipment",
        "service": "Service and spare parts",
    },
    places=_PLACES,
    industries=(
        "Machine building",
        "Food production",
        "Construction",
        "Metals",
        "Agriculture",
        "Logistics and warehouses",
        "Petrochemicals",
        "Woodworking",
        "Energy",
        "Water supply",
        "Wholesale",
        "Medicine and pharmacy",
    ),
    products=(
        ("Centrifugal pump CP-40", "Pumps", 68_000),
        ("Centrifugal pump CP-80", "Pumps", 124_000),
        ("Drainage pump DP-12", "Pumps", 31_500),
        ("Pumping station PS-200", "Pumps", 890_000),
        ("Screw compressor SC-15", "Compressors", 420_000),
        ("Screw compressor SC-30", "Compressors", 760_000),
        ("Piston compressor PC-5", "Compressors", 96_000),
        ("Air dryer AD-3", "Compressors", 145_000),
        ("Belt conveyor BC-6", "Lines", 1_240_000),
        ("Bottling line BL-3000", "Lines", 6_800_000),
        ("Packing machine PM-2", "Lines", 1_950_000),
        ("Weighing doser WD-1", "Lines", 380_000),
        ("Control cabinet CC-7", "Automation", 210_000),
        ("Frequency converter FC-22", "Automation", 118_000),
        ("Pressure sensor PR-4", "Automation", 9_800),
        ("Controller CL-300", "Automation", 64_000),
        ("Heat exchanger HE-50", "Heat", 310_000),
        ("Industrial boiler IB-1", "Heat", 2_450_000),
        ("Cooling tower CT-100", "Heat", 1_680_000),
        ("Fine filter FF-2", "Consumables", 4_200),
        ("Set of seals SS-10", "Consumables", 7_600),
        ("Compressor oil, 20 l", "Consumables", 11_900),
        ("Commissioning", "Services", 85_000),
        ("Maintenance for a year", "Services", 160_000),
        ("Training of staff", "Services", 48_000),
    ),
    positions=(
        ("Managing director", True),
        ("Technical director", True),
        ("Chief engineer", True),
        ("Head of purchasing", True),
        ("Commercial director", True),
        ("Buyer", False),
        ("Chief mechanic", False),
        ("Engineer", False),
        ("Accountant", False),
        ("Chief accountant", False),
        ("Warehouse manager", False),
        ("Secretary", False),
        ("Production manager", False),
    ),
    person=_person,
    firm=_firm,
    address=_address,
    banks=("North Bridge Bank", "Sail Credit Bank", "Meridian Plus Bank", "Clear Line Bank", "Cedar Bank"),
    profiles=(
        "Own production, two shifts.",
        "They sell equipment and service it themselves.",
        "A contractor: buys per project, uneven demand.",
        "A small plant with much wear.",
        "A chain of warehouses, growing.",
        "A family business, quick decisions.",
        "Part of a large group, central purchasing.",
    ),
    preferences=(
        "Call in the afternoon; letters are read with care.",
        "Everything in writing.",
        "They like it when the engineer comes himself.",
        "No credit offers: they pay in advance only.",
        "Prefer messages to calls.",
        "Dates matter more than price.",
    ),
    potentials=(
        "Up to 3 million a year if the pumps are replaced.",
        "Occasional purchases, steady service.",
        "A second line is planned in a year.",
        "They may move all consumables to us.",
        "Small potential, kept for the references.",
    ),
    decisions=(
        "The chief mechanic proposes, the director approves.",
        "The director alone decides.",
        "A tender from 500 thousand, below that directly.",
        "Budget once a year, in November.",
        "Purchasing chooses among three offers.",
    ),
    notes=(
        "They collect the goods themselves.",
        "Order a gate pass a day before.",
        "We work under a framework contract.",
        "Please no calls on Mondays.",
    ),
    scenes=_SCENES,
    we_promise=(
        "Send the offer",
        "Recalculate with the discount",
        "Send passports and certificates",
        "Arrange the engineer's visit",
        "Confirm the delivery date",
        "Send the reconciliation",
        "Prepare the contract",
    ),
    they_promise=(
        "Send the requirements",
        "Tell us the decision",
        "Sign the contract",
        "Pay the invoice",
        "Agree the budget",
        "Send the bank details",
        "Arrange a meeting with the director",
    ),
    return_comments={
        "Not my profile": ("They only want to rent, we do not let.", "They buy household goods."),
        "No need at present": ("The site is closed until spring.", "They bought elsewhere for two years ahead."),
        "Cannot be reached": ("Phones are silent, letters come back.", "The contact has left and nobody replaces him."),
        "Too many clients": ("I have no time for them, somebody else may.", "Too far for me, a colleague is near."),
        "Conflict with the client": ("We fell out over a complaint, better another manager.",),
        "Other": ("A new owner: begin from the start.",),
    },
    released_comments=("Released: the manager has too many.", "No progress for half a year, let others try."),
    left_comment="The manager left the company",
    departure_comments={
        "northwest3": "Goes to a customer of ours; handed over in order.",
        "urals4": "Moved to another city, his clients go to the team.",
    },
    override_reasons=(
        "The client asked for this manager by name.",
        "He knows the plant: the audit is next week, nobody else can do it.",
    ),
    quarantine_reasons=(
        "Quarrel about a late delivery: the director writes himself, nobody calls before.",
        "In reorganisation, a new legal entity from next quarter.",
        "Asked for silence until their tender is decided.",
    ),
    archive_reasons=(
        "Liquidated: struck off the register.",
        "Sold to a group that makes such equipment itself.",
        "Moved abroad, no business with us any more.",
    ),
    signal_note="Talked about it: he really called, wrote it all down at once in the evening. Agreed: on the same day.",
    loss_comments={
        "Too expensive": ("A tenth less would have done it.", "The budget was halved."),
        "Chose a competitor": ("The neighbours promised to be quicker.", "They chose their old supplier."),
        "No need any more": ("They repaired the old one.", "The project was cancelled."),
        "No answer": ("No answer since the offer.", "Nobody has picked up for three weeks."),
        "Postponed": ("Moved to next year.", "They wait for the owner's decision."),
        "We could not deliver": ("We could not keep their date.", "We do not have this version."),
    },
    study_leave="Study leave",
    trip="Fair in the capital",
    keep_reasons={
        "protected": "Tender in spring: they asked us to keep quiet until their board has met",
        "ending": "The buyer is on parental leave; her stand-in takes over next week",
        "renewed": "Their works are being rebuilt, nobody buys before the hall is ready",
        "renewal": "The hall is late: opening moved by two months",
        "contract": "Framework contract 117/26, spare parts on call",
        "covered": "Service contract 204/26, yearly inspection",
    },
    reopened="Opened again: they have found the money after all and wait for the new price list.",
    free_names=(
        "a new engineer, name to be asked",
        "the designer's representative",
        "the client's lawyer",
        "the shift foreman",
    ),
    relation_comments=("one group", "a common warehouse", "work under one contract", "a former division", ""),
    sale_titles=(
        "{product} × {qty}",
        "{product} for the new site",
        "Replacement: {product}",
        "Delivery: {product} × {qty}",
    ),
    losing_title="Turnkey bottling line: second stage",
    losing_comment="The largest sale of the quarter. The director waited for a recalculation; nobody has called since.",
    desk=DESK,
    work=WORK,
)
