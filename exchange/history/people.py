"""What a history hangs on: departments, managers, products, clients and the kind of its sales.

Made once, then found again by ``external_id`` (people, clients) or by name (the rest), and left as it is.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.utils.text import slugify

from clients.models import Client, ClientRelation, ClientRelationKind, Department, Industry, LeadSource, Manager, Role
from crm.web.errors import DomainError
from crm.web.text import fold
from exchange.rules.sales_facts import Account, Agent, SalesFiles
from interactions.models import Control, EventKind, ProcessKind, Product, Stage

PREFIX = "sales:"
PROCESS_KIND = "Imported sale"
STAGES = (("Prospecting", 10, 10), ("Engaging", 20, 50))
SOURCE = "Import"
BATCH = 1000
_ID_LENGTH = 150


@dataclass(slots=True)
class Ground:
    """What was made or found; managers by agent's key, products and clients by their keys in the files."""

    managers: dict[str, Manager]
    products: dict[str, int]
    clients: dict[str, int]
    #: Accounts that are no clients yet: the import gives them a manager as they are made.
    new_accounts: list[Account]
    kind: ProcessKind
    stages: dict[str, Stage]
    event_kinds: dict[str, EventKind]
    source: LeadSource
    industries: dict[str, int]
    made: Counter[str] = field(default_factory=Counter)


def external_id(sort: str, key: str) -> str:
    """``"sales:account:acme corporation"``; a long key is cut and told apart by its hash."""
    text = f"{PREFIX}{sort}:{key}"
    if len(text) <= _ID_LENGTH:
        return text
    return f"{text[: _ID_LENGTH - 17]}:{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def prepare(files: SalesFiles) -> Ground:
    """Make or find everything but the clients that are new. Inside the caller's transaction.

    Raises:
        DomainError: the kind of imported sales is controlled: nothing passes the conditions of a stage unseen.
    """
    made: Counter[str] = Counter()
    managers = _managers(files.agents, made)
    kind, stages = _process_kind(made)
    clients = _ids_by_key(Client, "account", (account.key for account in files.accounts))
    source, is_new = LeadSource.objects.get_or_create(name=SOURCE, defaults={"position": 900})
    made["dictionary entries"] += is_new
    return Ground(
        managers=managers,
        products=_products(files, made),
        clients=clients,
        new_accounts=[account for account in files.accounts if account.key not in clients],
        kind=kind,
        stages=stages,
        event_kinds={kind.code: kind for kind in EventKind.objects.exclude(code="")},
        source=source,
        industries=_industries(files.accounts, made),
        made=made,
    )


def new_client(ground: Ground, account: Account) -> Client:
    """A client nobody holds yet, from its account; not saved. Bulk writers set ``search_name`` themselves."""
    return Client(
        name=account.name,
        search_name=fold(account.name)[:255],
        industry_id=ground.industries.get(fold(account.sector)),
        source=ground.source,
        country=account.country,
        founded_year=account.founded_year,
        employees=account.employees,
        annual_revenue=account.revenue,
        custom=dict(account.custom),
        external_id=external_id("account", account.key),
    )


def save_clients(ground: Ground, clients: Mapping[str, Client]) -> None:
    """Insert new clients and enter their ids in ``ground``."""
    Client.objects.bulk_create(list(clients.values()), batch_size=BATCH)
    ground.clients.update({key: client.pk for key, client in clients.items()})
    ground.made["clients"] += len(clients)


def save_relations(ground: Ground, accounts: Iterable[Account], *, new_keys: set[str]) -> None:
    """Relate new subsidiaries to their parents. Relations of older clients are left as people have put them."""
    relations = [
        ClientRelation(
            source_id=ground.clients[account.key],
            target_id=ground.clients[account.parent],
            kind=ClientRelationKind.SUBSIDIARY,
        )
        for account in accounts
        if account.parent and (account.key in new_keys or account.parent in new_keys)
    ]
    ClientRelation.objects.bulk_create(relations, batch_size=BATCH)
    ground.made["relations"] += len(relations)


def _ids_by_key(model: type[Client] | type[Manager], sort: str, keys: Iterable[str]) -> dict[str, int]:
    known = dict(
        model.objects.filter(external_id__startswith=f"{PREFIX}{sort}:").values_list("external_id", "pk")  # type: ignore[attr-defined]
    )
    return {key: known[name] for key in keys if (name := external_id(sort, key)) in known}


def _managers(agents: Iterable[Agent], made: Counter[str]) -> dict[str, Manager]:
    """Offices are departments at the top, each team a department below, headed by the team's manager."""
    agents = list(agents)
    known = {
        manager.external_id: manager
        for manager in Manager.objects.filter(external_id__startswith=f"{PREFIX}person:").select_related("department")
    }
    usernames = {name.casefold() for name in Manager.objects.values_list("username", flat=True)}
    heads = {agent.head_key for agent in agents}
    found: dict[str, Manager] = {}

    def person(key: str, name: str, role: Role, office: str, head_name: str) -> Manager:
        code = external_id("person", key)
        if code not in known:
            first, _, last = name.partition(" ")
            known[code] = Manager.objects.create(
                username=_username(name, usernames),
                first_name=first[:150],
                last_name=last[:150],
                role=role,
                department=_team(office, head_name, made),
                password=make_password(None),
                external_id=code,
            )
            made["heads" if role == Role.HEAD else "salespersons"] += 1
        return known[code]

    for agent in agents:
        is_new = external_id("person", agent.head_key) not in known
        head = person(agent.head_key, agent.head_name, Role.HEAD, agent.office, agent.head_name)
        role = Role.HEAD if agent.key in heads else Role.SALESPERSON
        before = made.total()
        found[agent.key] = person(agent.key, agent.name, role, agent.office, agent.head_name)
        if is_new or made.total() != before:
            # A person may lead teams in two offices: each team without a head gets the one its rows name.
            team = _team(agent.office, agent.head_name, made)
            if team.head_id is None:
                team.head = head
                team.save(update_fields=["head"])
    return found


def _team(office: str, head_name: str, made: Counter[str]) -> Department:
    top, is_new = Department.objects.get_or_create(name=office, parent=None)
    made["departments"] += is_new
    team, is_new = Department.objects.get_or_create(name=f"Team {head_name}", parent=top)
    made["departments"] += is_new
    return team


def _username(name: str, taken: set[str]) -> str:
    base = slugify(name, allow_unicode=True)[:140] or "agent"
    username, number = base, 1
    while username.casefold() in taken:
        number += 1
        username = f"{base}-{number}"
    taken.add(username.casefold())
    return username


def _products(files: SalesFiles, made: Counter[str]) -> dict[str, int]:
    known = {fold(name): pk for name, pk in Product.objects.values_list("name", "pk")}
    missing = [product for product in files.products if fold(product.name) not in known]
    for product in Product.objects.bulk_create(
        [Product(name=product.name, series=product.series, price=product.price) for product in missing],
        batch_size=BATCH,
    ):
        known[fold(product.name)] = product.pk
    made["products"] += len(missing)
    return {product.key: known[fold(product.name)] for product in files.products}


def _industries(accounts: Iterable[Account], made: Counter[str]) -> dict[str, int]:
    known = {fold(name): pk for name, pk in Industry.objects.values_list("name", "pk")}
    for account in accounts:
        if account.sector and fold(account.sector) not in known:
            known[fold(account.sector)] = Industry.objects.create(name=account.sector).pk
            made["industries"] += 1
    return known


def _process_kind(made: Counter[str]) -> tuple[ProcessKind, dict[str, Stage]]:
    kind, is_new = ProcessKind.objects.get_or_create(
        name=PROCESS_KIND, defaults={"control": Control.MANUAL, "position": 900}
    )
    made["dictionary entries"] += is_new
    if kind.control == Control.CONTROLLED:
        raise DomainError(
            f"“{kind}” is led stage by stage now, and a history knows no conditions: make the kind manual first."
        )
    for name, position, probability in STAGES:
        if not kind.stages.filter(Q(name=name) | Q(position=position)).exists():
            Stage.objects.create(process_kind=kind, name=name, position=position, probability=probability)
    stages = {stage.name: stage for stage in kind.stages.all()}
    by_position = {stage.position: stage for stage in stages.values()}
    # An administrator may have renamed the stages: then their place says which is which.
    return kind, {name: stages.get(name) or by_position[position] for name, position, _ in STAGES}
