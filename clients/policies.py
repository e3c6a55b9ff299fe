"""Reading the zone policies from the database (one small query; the table has a handful of rows)."""

from clients.models import Client, Manager, ZonePolicy
from clients.rules.policies import Policy, PolicyBook


def policy_book() -> PolicyBook:
    """All policies in force."""
    return PolicyBook(
        {
            (policy.department_id, policy.category): Policy(policy.thresholds, f"{policy.pk} v{policy.version}")
            for policy in ZonePolicy.objects.all()
        }
    )


def department_chain(manager: Manager) -> tuple[int, ...]:
    """Ids of the departments a manager works in, root first; empty without a department."""
    return chain_of(manager.department.path) if manager.department else ()


def chain_of(path: str) -> tuple[int, ...]:
    """``"/1/7/"`` -> ``(1, 7)``."""
    return tuple(int(part) for part in path.split("/") if part)


def policy_of(client: Client, book: PolicyBook | None = None) -> Policy:
    """The policy that rules a held client now."""
    chain = department_chain(client.manager) if client.manager else ()
    return (book or policy_book()).choose(chain, client.category)
