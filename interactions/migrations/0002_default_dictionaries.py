"""The event kinds, kinds of sales and reasons of loss a company starts with. Administrators change them in Django admin."""

from django.db import migrations

# code, name, direction, counts as contact, points, icon, minutes, written by the program
KINDS = [
    ("call_out", "Outgoing call", "outgoing", True, 3, "telephone-outbound", 15, False),
    ("call_in", "Incoming call", "incoming", True, 3, "telephone-inbound", 15, False),
    ("meeting", "Meeting", "mutual", True, 12, "people", 60, False),
    ("visit", "Visit to the client", "outgoing", True, 16, "geo-alt", 120, False),
    ("visit_in", "Visit of the client", "incoming", True, 10, "door-open", 60, False),
    ("letter_out", "Outgoing letter", "outgoing", True, 2, "envelope-arrow-up", 10, False),
    ("letter_in", "Incoming letter", "incoming", True, 2, "envelope-arrow-down", 10, False),
    ("message_out", "Outgoing message", "outgoing", True, 1, "chat-right-dots", 5, False),
    ("message_in", "Incoming message", "incoming", True, 1, "chat-left-dots", 5, False),
    ("presentation", "Presentation", "outgoing", True, 14, "easel", 60, False),
    ("purchase", "Purchase", "incoming", True, 8, "bag-check", 15, False),
    ("complaint", "Complaint", "incoming", True, 4, "exclamation-octagon", 30, False),
    ("call_failed", "Failed call", "outgoing", False, 0, "telephone-x", 2, False),
    ("mailing", "Bulk mailing", "outgoing", False, 0, "send", 5, False),
    ("task", "Task", "internal", False, 0, "check2-square", 30, False),
    ("note", "Note", "internal", False, 0, "sticky", 5, False),
    ("process_started", "Sale started", "mutual", True, 0, "play-circle", 0, True),
    ("process_moved", "Sale moved on", "mutual", True, 0, "arrow-right-circle", 0, True),
    ("process_won", "Sale won", "mutual", True, 0, "trophy", 0, True),
    ("process_lost", "Sale lost", "mutual", True, 0, "x-circle", 0, True),
    ("process_reopened", "Sale reopened", "internal", False, 0, "arrow-counterclockwise", 0, True),
]
PROCESSES = [
    (
        "Sale",
        "manual",
        [("Inquiry", 10), ("Needs clarified", 25), ("Offer sent", 50), ("Negotiation", 70), ("Contract", 90)],
    ),
    (
        "Large sale",
        "controlled",
        [("Qualification", 10), ("Presentation held", 30), ("Offer agreed", 60), ("Contract signed", 95)],
    ),
    ("Repeat order", "untracked", []),
]
LOSSES = ["Too expensive", "Chose a competitor", "No need any more", "No answer", "Postponed", "We could not deliver"]


def fill(apps, schema_editor):
    kinds = apps.get_model("interactions", "EventKind")
    for position, (code, name, direction, counts, points, icon, minutes, system) in enumerate(KINDS, 1):
        kinds.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "direction": direction,
                "counts_as_contact": counts,
                "points": points,
                "icon": icon,
                "default_minutes": minutes,
                "is_system": system,
                "position": position * 10,
            },
        )
    processes, stages = apps.get_model("interactions", "ProcessKind"), apps.get_model("interactions", "Stage")
    for position, (name, control, names) in enumerate(PROCESSES, 1):
        kind, _ = processes.objects.get_or_create(name=name, defaults={"control": control, "position": position * 10})
        for number, (stage, probability) in enumerate(names, 1):
            stages.objects.get_or_create(
                process_kind=kind, name=stage, defaults={"position": number * 10, "probability": probability}
            )
    losses = apps.get_model("interactions", "LossReason")
    for position, name in enumerate(LOSSES, 1):
        losses.objects.get_or_create(name=name, defaults={"position": position * 10})


class Migration(migrations.Migration):
    dependencies = [("interactions", "0001_initial")]
    # Going back leaves the rows: events and sales may hang on them.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
