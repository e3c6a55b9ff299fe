"""Which policy rules a client: the most specific of company, department and category."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clients.rules.zones import Thresholds


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds with the name under which runs and detachments remember them ("3 v2")."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    label: str = "default"


#: What rules when an administrator has deleted even the company's policy: the product's 1 / 5 / 6 months.
DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """All policies by segment: (department id or None for all, category or "" for all)."""

    by_segment: Mapping[tuple[int | None, str], Policy]

    def choose(self, departments: Sequence[int], category: str) -> Policy:
        """The policy of a client of ``category`` whose manager works in the last of ``departments`` (root first).

        A category's policy beats a department's, a department's beats the company's, a nearer department's a farther
        one's.
        """
        for wanted in dict.fromkeys((category, "")):
            for department in (*reversed(departments), None):
                if policy := self.by_segment.get((department, wanted)):
                    return policy
        return DEFAULT_POLICY
