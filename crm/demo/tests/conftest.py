"""Files of the demo company lie in a folder of the test's own; and a company that many tests only look at."""

from typing import Any

import pytest

from crm.testing.shared import made_once


@pytest.fixture(autouse=True)
def private_dir(settings, tmp_path):
    settings.PRIVATE_FILES_DIR = tmp_path / "private"
    return settings.PRIVATE_FILES_DIR


@pytest.fixture
def at_noon(monkeypatch):
    """The program's clock stands at the noon of the made company."""
    from crm.demo.tests.test_company import NOON

    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


def _three_hundred(language: str) -> Any:
    from crm.demo.tests.test_company import NOON, _make

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: NOON)
        return _make(size=300, language=language)


# Each database makes one of the two: making a company takes seconds.
_made_once = made_once(
    _three_hundred, [pytest.param("en", marks=pytest.mark.postgres), pytest.param("ru", marks=pytest.mark.sqlite)]
)


@pytest.fixture
def made(_made_once, at_noon, db):
    """The company of three hundred clients; the other tests of the module see it too."""
    return _made_once
