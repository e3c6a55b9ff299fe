"""Rows of imported files that become events."""


def register_kinds() -> None:
    """Called once, when the app is ready."""
    from clients.importing import registry
    from clients.importing.kinds.undoing import register_harmless
    from interactions.importing.events import EventImport

    registry.register(EventImport())
    register_harmless("interactions.EventParticipant.event")
