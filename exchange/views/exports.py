"""The board of the exchange as a file."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm import clock
from crm.web.exports import ExportMixin, csv_response
from exchange.board import BoardRow
from exchange.night_selectors import in_batches
from exchange.views.board import ExchangeBoard


class ExchangeExport(ExportMixin, ExchangeBoard):
    """What the board shows, with the same filters and in the same order; never a phone or an address."""

    export_label = _("Exchange")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        header = [
            *(gettext("Client"), gettext("Category"), gettext("City"), gettext("Region"), gettext("Industry")),
            *(gettext("INN"), gettext("Why take it"), gettext("Last contact"), gettext("Kind of the last contact")),
            *(gettext("Sales won"), gettext("Won, sum"), gettext("Sales lost"), gettext("Why lost")),
            *(gettext("On the exchange since"), gettext("Days"), gettext("How it came"), gettext("Last manager")),
            *(gettext("Owners"), gettext("Claimable now"), gettext("Why not")),
        ]
        rows = (_cells(row) for batch in in_batches(self.get_rows()[1]) for row in self.rows_of(batch))
        return csv_response(request, f"exchange-{clock.today()}", header, rows)


def _cells(row: BoardRow) -> Iterable[Any]:
    client, came = row.client, row.came
    return (
        *(client.name, client.category, client.city, client.region, client.industry),
        *(client.inn, "; ".join(row.worth), client.last_contact_on, row.last_talk),
        *(row.won, row.total, row.lost, row.loss_reason),
        *(client.exchange_since, row.days, came and came.reason),
        client.last_manager,
        *(row.owners, gettext("yes") if row.state.claimable else gettext("no"), row.state.reason),
    )
