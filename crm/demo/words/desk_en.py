"""The desk of the demo company in English."""

from crm.demo.words.desk import DeskWords, FieldWords, Paper

DESK = DeskWords(
    tags={
        "vip": ("VIP", "violet"),
        "tender": ("tender", "blue"),
        "dealer": ("dealer", "teal"),
        "price": ("price sensitive", "brown"),
        "visit": ("needs a visit", "pink"),
        "seasonal": ("seasonal", "grey"),
    },
    fields=(
        FieldWords("machines", "Fleet of machines", "number", "How many of the kind we sell they run."),
        FieldWords(
            "payment_terms",
            "Payment terms",
            "choice",
            choices=("Prepayment", "Half in advance", "14 days", "30 days", "45 days"),
        ),
        FieldWords("contract_until", "Contract until", "date"),
        FieldWords("works_with_tenders", "Works with tenders", "yes_no"),
    ),
    papers={
        "offer": Paper(
            "Offer {number}.pdf",
            "{title}",
            (
                "Offer No. {number} of {day}",
                "For: {client}",
                "{title}",
                "Total: {sum}, VAT included",
                "Delivery in four weeks, warranty 24 months.",
                "This offer is valid for 30 days.",
            ),
        ),
        "contract": Paper(
            "Contract {number}.pdf",
            "signed by both sides",
            (
                "Contract of supply No. {number}",
                "{day}",
                "The supplier delivers equipment and spare parts to {client}",
                "by orders that both sides agree upon in writing.",
                "Signed by both sides.",
            ),
        ),
        "prices": Paper("Prices {date}.csv", "with the discount of the contract", ("Product", "Price")),
        "minutes": Paper(
            "Minutes of the meeting {date}.txt",
            "",
            (
                "Meeting with {client}, {day}",
                "",
                "1. They go through what is installed and send us a list.",
                "2. We calculate two variants: repair and replacement.",
                "3. Next meeting in two weeks, with the chief engineer.",
            ),
        ),
        "plan": Paper("Plan of the hall.png", "where the new line could stand"),
        "certificate": Paper(
            "Certificate ISO 9001.pdf",
            "of their quality management",
            (
                "CERTIFICATE",
                "No. QM-{number}",
                "Management system as per ISO 9001:2015",
                "Valid for three years from {date}",
            ),
        ),
    },
    day_format="%d %B %Y",
    views={
        "red_a": "Red of category A",
        "silent": "Silent for 60 days",
        "leaving": "Leaving within a month",
        "tenders": "Tenders, category A",
    },
    mentions={
        "head": "@{who}, their director spoke to me at the fair: please call him this week, he is ready to talk.",
        "seller": "@{who}, please confirm the discount of 7 %: they decide on Thursday.",
        "deputy": "@{who}, they asked me for this too: shall we do it together?",
        "notes": "@{who}: gate passes are ordered through the shift foreman now, a day before.",
    },
    asked="Word for a colleague",
    trade_days=(
        "Day of machine builders",
        "Day of food producers",
        "Builders' Day",
        "Metalworkers' Day",
        "Farmers' Day",
        "Day of logistics",
        "Chemists' Day",
        "Day of forest workers",
        "Day of power engineers",
        "Day of water supply",
        "Day of trade",
        "Day of medical workers",
    ),
    relations=(
        "sold to them until last year",
        "common purchasing since spring",
        "the directors studied together",
        "rivals in every tender",
        "they recommended us",
    ),
)
