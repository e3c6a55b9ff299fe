"""The picture of relations on the card: only what the reader may see, in a fixed number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients import selectors, services
from clients.links import relate_clients, relate_persons
from clients.relations import graph_of
from clients.tests.factories import ContactPersonFactory, ContactPointFactory, held_client
from clients.tests.pages import browser

pytestmark = pytest.mark.django_db


def drawn(company, reader):
    client = selectors.known_client(reader, company.client.pk)
    people = selectors.people_of_card(client, reader)
    return graph_of(client, selectors.related_clients(client, reader), people["persons"])


def named(graph):
    return {placed.node.label: placed.node for placed in graph.nodes}


def test_a_client_that_knows_nobody_has_no_picture(company):
    assert drawn(company, company.anna) is None


def test_clients_and_persons_with_what_they_are(company):
    daughter = held_client(company.anna, name="Daughter")
    there = ContactPersonFactory(client=daughter, first_name="Igor", last_name="There")
    relate_clients(source=daughter, target=company.client, kind="subsidiary")
    relate_persons(source=there, target=company.client.persons.get(), kind="friend")
    graph = drawn(company, company.anna)
    nodes = named(graph)
    assert (nodes["Daughter"].words, nodes["Daughter"].url) == ("subsidiary", daughter.get_absolute_url())
    assert nodes["There Igor"].words == "friend, Daughter"
    assert nodes["There Igor"].parent == nodes["Zotov Pavel"].key
    # He works for the related client: they are joined.
    assert len(graph.cross_lines) == 1
    page = browser(company.anna).get(company.client.get_absolute_url()).content.decode()
    assert "Relations of Vostok Stroy" in page
    assert "style=" not in page.split('class="cl-graph"')[1].split("</svg>")[0]


def test_of_a_colleagues_client_only_the_name_is_known(company):
    hers = held_client(company.anna, name="Hidden partner")
    there = ContactPersonFactory(client=hers, last_name="Secret")
    relate_clients(source=company.client, target=hers, kind="partner")
    relate_persons(source=there, target=company.client.persons.get(), kind="friend")
    services.reassign(client_id=hers.pk, manager=company.petr, by=company.director)
    nodes = named(drawn(company, company.anna))
    assert nodes["Hidden partner"].url == ""
    assert set(nodes) == {"Hidden partner", "Zotov Pavel"}
    assert "Secret Pavel" in named(drawn(company, company.director))


def test_as_many_queries_whatever_there_is(company):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            client = selectors.known_client(company.anna, company.client.pk)
            people = selectors.people_of_card(client, company.anna)
            graph_of(client, selectors.related_clients(client, company.anna), people["persons"])
        return len(queries)

    person = company.client.persons.get()
    cost()  # what is asked once a process
    costs = []
    for _round in range(2):
        for _each in range(3):
            other = held_client(company.anna)
            there = ContactPersonFactory(client=other)
            ContactPointFactory(client=other, person=there)
            relate_clients(source=company.client, target=other, kind="partner")
            relate_persons(source=person, target=there, kind="friend")
        costs.append(cost())
    assert costs[0] == costs[1] <= 5
