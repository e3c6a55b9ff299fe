"""What can be done with many clients, events and sales at once, where events and sales are written."""

from clients.bulk.registry import register
from interactions.bulk import events, planning, sales


def register_actions() -> None:
    """Called once, when the app is ready."""
    register(planning.PlanEvents())
    register(events.MoveEvents(), events.ChangeResponsible(), events.CancelEvents(), events.ExportEvents())
    register(
        sales.ChangeResponsible(), sales.MoveToStage(), sales.AddSaleTags(), sales.ExportSales(), sales.RemoveSaleTags()
    )
