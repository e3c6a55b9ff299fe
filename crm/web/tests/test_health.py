"""``/health/`` says whether the database and the broker answer."""

import json

import pytest
from django.db import DatabaseError
from django.test import RequestFactory
from health_check.checks import _SelectOne
from pytest_django.fixtures import Settings

from crm.web.health import HealthView


def _get(query: str = "") -> tuple[int, str]:
    from asgiref.sync import async_to_sync

    response = async_to_sync(HealthView.as_view())(RequestFactory().get(f"/health/{query}"))
    return response.status_code, response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_all_is_well() -> None:
    status, text = _get()
    assert status == 200
    assert "Database(alias='default'): OK" in text


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_the_broker_is_asked_too() -> None:
    status, text = _get("?format=json")
    assert status == 200
    assert sorted(name.split("(")[0] for name in json.loads(text)) == ["Database", "Nights", "Redis"]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_is_said(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    status, text = _get()
    assert status == 500
    assert "Unable to connect to Redis" in text


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise DatabaseError("connection refused")

    monkeypatch.setattr(_SelectOne, "as_sql", refuse)
    status, text = _get()
    assert status == 500
    assert "connection refused" in text
