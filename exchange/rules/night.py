"""The numbers a night goes by. Pure; read from the database by ``exchange.night.settings``."""

from dataclasses import dataclass

UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True)
class NightRules:
    """What a night goes by; a number that is None is switched off. :data:`BARE` knows only the thresholds."""

    bare: bool = False
    process_days: int | None = None
    plan_days: int | None = None
    plan_times: int = UNLIMITED
    protection: bool = False
    contract: bool = False
    undo_grace: int | None = None
    warn_levels: tuple[int, ...] = ()
    warn_head: int | None = None
    warn_age: int | None = None
    breaker_percent: int | None = None
    breaker_clients: int = 0
    first_run_dry: bool = False

    @property
    def horizon(self) -> int:
        """How many days ahead of its leaving a client is first warned; 0 when nobody is warned."""
        return max(self.warn_levels, default=0)


#: Only the thresholds: the rules of a replayed history.
BARE = NightRules(bare=True)
