"""Svetofor CRM: the composition root."""
