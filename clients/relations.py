"""The picture of what a client is related to and whom its people know, from what the card has read."""

from collections.abc import Sequence

from django.urls import reverse

from clients.models import Client, ContactPerson
from clients.rules.graph import Graph, Node, layout
from clients.selectors import PersonCard, RelatedClient


def graph_of(client: Client, related: Sequence[RelatedClient], persons: Sequence[PersonCard]) -> Graph | None:
    """Related clients on the left; on the right the persons who work there and under each whom he knows elsewhere.

    None where the picture would say no more than the list of persons. No query. Only what the reader may see: persons
    come from ``selectors.person_cards``, and a related client he may not open has its name and no address.
    """
    known = [card for card in persons if card.relations]
    if not related and not known:
        return None
    clients = {entry.client.pk: _client_node(entry) for entry in related}
    own = {card.person.pk: card for card in persons if card.person.is_active or card.relations}
    people: dict[str, Node] = {}
    links: dict[tuple[str, str], None] = {}
    for card in sorted(own.values(), key=lambda card: not card.relations):
        person = card.person
        people[_key(person)] = Node(
            _key(person), person.name, person.position, url=f"#person-{person.pk}", css="person"
        )
        for words, other, _relation in card.relations:
            if other.pk in own:
                links[tuple(sorted((_key(person), _key(other))))] = None  # type: ignore[index]
                continue
            people.setdefault(
                _key(other),
                Node(
                    _key(other),
                    other.name,
                    f"{words}, {other.client}",
                    parent=_key(person),
                    url=reverse("client-detail", args=[other.client_id]),
                    css="person",
                ),
            )
            if other.client_id in clients:
                links[clients[other.client_id].key, _key(other)] = None
            if people[_key(other)].parent != _key(person):
                links[_key(person), _key(other)] = None
    return layout(list(clients.values()), list(people.values()), links)


def _key(person: ContactPerson) -> str:
    return f"person-{person.pk}"


def _client_node(entry: RelatedClient) -> Node:
    url = entry.client.get_absolute_url() if entry.is_open else ""
    return Node(f"client-{entry.client.pk}", entry.client.name, entry.label, url=url)
