"""``/health/`` says whether the database and the broker answer."""

import json
import subprocess
import sys

import pytest
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import RequestFactory
from health_check.checks import _SelectOne
from pytest_django.fixtures import Settings

from crm.settings import BASE_DIR
from crm.web.health import HealthView


def _get(query: str = "") -> tuple[int, str]:
    response = HealthView.as_view()(RequestFactory().get(f"/health/{query}"))
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


@pytest.mark.django_db(transaction=True)
def test_a_process_that_reaches_its_database_is_alive(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert _get("?alive") == (200, "Database: OK\n")

    def refuse(*_args: object) -> None:
        raise DatabaseError("connection refused")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", refuse)
    assert _get("?alive") == (500, "Database: connection refused\n")


def test_a_web_worker_does_not_carry_what_only_the_whole_question_needs() -> None:
    code = "import crm.wsgi, sys; print({'redis', 'dns', 'celery', 'openpyxl', 'health_check'} & sys.modules.keys())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=BASE_DIR)
    assert found.stdout.strip() == "set()"
