"""The night by thresholds only: what the tests of colours, chunks and locks run."""

import functools

from exchange import night
from exchange.night import BARE

run_night = functools.partial(night.run_night, rules=BARE)
run_due_nights = functools.partial(night.run_due_nights, rules=BARE)
preview = functools.partial(night.preview, rules=BARE)
