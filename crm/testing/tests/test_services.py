"""The run is what it says: really PostgreSQL, really Redis, really a worker; and nothing leaks in from outside."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from crm.testing.servers import settings_variables
from crm.testing.worker import WorkerProcess

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_database_is_postgresql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        assert "PostgreSQL" in cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'")
        assert cursor.fetchone()[0] == 1


@pytest.mark.sqlite
@pytest.mark.django_db
def test_the_database_is_sqlite_in_a_file_outside_of_var() -> None:
    assert connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone()[0] == "wal"
    assert ROOT not in Path(connection.settings_dict["NAME"]).parents
    assert settings.CELERY_BROKER_URL.startswith("filesystem://")


@pytest.mark.worker
def test_redis_answers(redis_url: str) -> None:
    import redis

    assert redis_url == settings.CELERY_BROKER_URL
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_starts_answers_and_dies_of_kill_9(celery_workers: Callable[..., WorkerProcess]) -> None:
    from crm.celery import app

    worker = celery_workers()
    with app.connection_for_write() as broker:
        answers = app.control.ping(timeout=5.0, limit=1, connection=broker)
    assert [list(answer.values()) for answer in answers] == [[{"ok": "pong"}]]

    worker.kill()
    assert not worker.is_alive()

    assert celery_workers().stop() == 0


def test_settings_do_not_depend_on_the_callers_environment() -> None:
    assert settings.DEMO is False
    assert ROOT not in Path(settings.VAR_DIR).parents
    assert os.environ["ENV_FILE"] == os.devnull


def test_every_variable_of_the_settings_is_in_env_example() -> None:
    documented = set(re.findall(r"^#?\s?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert settings_variables() <= documented
