import pytest

from clients.tests.factories import exchange_client, held_client
from exchange.services import claim
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db


def test_the_factories_make_valid_rows():
    client = held_client()
    event(client)
    process(client)
    client.refresh_from_db()
    assert client.zone == "green"
    waiting = exchange_client()
    claim(client_id=waiting.pk, by=client.manager)
