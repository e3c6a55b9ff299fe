"""Pages of sales."""

from interactions.views.sales.board import BoardMore, BoardMove, ProcessBoard
from interactions.views.sales.editing import ProcessCreate, ProcessUpdate
from interactions.views.sales.forecast import Forecast
from interactions.views.sales.funnel import FunnelPage
from interactions.views.sales.lists import ProcessExport, ProcessList, ProcessTags
from interactions.views.sales.page import ProcessPage
from interactions.views.sales.plans import Plans
from interactions.views.sales.steps import ProcessClose, ProcessDelete, ProcessMove, ProcessReopen

__all__ = [
    "BoardMore",
    "BoardMove",
    "Forecast",
    "FunnelPage",
    "Plans",
    "ProcessBoard",
    "ProcessClose",
    "ProcessCreate",
    "ProcessDelete",
    "ProcessExport",
    "ProcessList",
    "ProcessMove",
    "ProcessPage",
    "ProcessReopen",
    "ProcessTags",
    "ProcessUpdate",
]
