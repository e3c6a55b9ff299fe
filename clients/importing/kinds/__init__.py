"""What the rows of imported files become: clients and contact persons (events: ``interactions.importing``)."""


def register_kinds() -> None:
    """Called once, when the app is ready."""
    from clients.importing import registry
    from clients.importing.kinds.clients import ClientImport
    from clients.importing.kinds.persons import PersonImport

    registry.register(ClientImport(), PersonImport())
