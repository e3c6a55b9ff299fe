"""The nightly run, one module per step:

``run`` (order of the steps, missed nights) → ``warning`` (who is told) → ``leaving`` (plan, question, detaching) →
``effects`` (what is written) → ``telling`` (notices); ``sweep`` works through many clients in chunks.
"""

from exchange.night.run import NightOrderError, Preview, nights_due, preview, run_due_nights, run_night
from exchange.rules.night import BARE, NightRules

__all__ = [
    "BARE",
    "NightOrderError",
    "NightRules",
    "Preview",
    "nights_due",
    "preview",
    "run_due_nights",
    "run_night",
]
