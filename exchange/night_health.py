"""The nightly run as a line of ``/health/``."""

from django.db import connection
from health_check.base import HealthCheck
from health_check.exceptions import ServiceUnavailable

from crm import clock
from exchange.alarms import nights_missed


class NightHealth(HealthCheck):
    """A late night is said; one late by more than a day is a failure."""

    def __init__(self) -> None:
        self.note = ""

    def __repr__(self) -> str:
        return "Nights"

    def run(self) -> None:
        now = clock.now()
        try:
            missed = nights_missed(now)
        finally:
            # This is a thread of its own: nobody else closes its connection.
            connection.close()
        if missed and missed.is_grave(now):
            raise ServiceUnavailable(str(missed))
        self.note = f"late: {missed}" if missed else ""
