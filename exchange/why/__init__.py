"""Why a client had its colour on any past day: ``Story`` reads all there is of one client, ``why_on`` explains a day,
``steps_of`` lists everything that moved or held it, ``ribbon_of`` draws its colours.

What is exact and what is not: see :mod:`exchange.why.facts`.
"""

from exchange.why.day import WhyOn, why_on
from exchange.why.facts import Story
from exchange.why.ribbon import Ribbon, ribbon_of
from exchange.why.steps import Step, steps_of

__all__ = ["Ribbon", "Step", "Story", "WhyOn", "ribbon_of", "steps_of", "why_on"]
