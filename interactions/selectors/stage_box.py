"""What the page of a sale shows of the stage it is at."""

from typing import Any

from clients.models import Manager
from interactions import stages
from interactions.models import Control, SalesProcess


def stage_box(process: SalesProcess, reader: Manager, *, editable: bool) -> dict[str, Any]:
    """What the page of a sale shows of its stage; nothing where the stage asks for nothing."""
    found = stages.requirements(process) if process.is_open else []
    if not found:
        return {}
    return {
        "requirements": found,
        "is_advice": process.kind.control != Control.CONTROLLED,
        "is_ready": all(requirement.met for requirement in found),
        "is_last": stages.may_win(process) and process.kind.control == Control.CONTROLLED,
        "may_fulfil": editable,
        "may_decide": SalesProcess.objects.led_by(reader).filter(pk=process.pk).exists(),
    }
