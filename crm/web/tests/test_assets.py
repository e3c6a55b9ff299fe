"""Third-party assets: published by name, small enough, and fit for hashed names; missing ones are reported at start."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.checks import run_checks
from django.core.management import call_command
from pytest_django.fixtures import Settings

from crm.web import assets


@pytest.mark.parametrize("name", assets.ASSETS)
def test_every_named_file_is_found(name: str) -> None:
    found = finders.find(name)
    assert found
    assert Path(str(found)).is_file()


def test_nothing_else_is_published() -> None:
    assert not finders.find("vendor/bootstrap/bootstrap.css")
    assert not finders.find("vendor/bootstrap/../../package.json")


def test_listing_opens_the_files_it_names() -> None:
    for name, storage in assets.NodeAssetsFinder().list([]):
        with storage.open(name) as file:
            assert file.read(1)


def _weight(names: set[str]) -> int:
    """Bytes of styles and scripts as they travel, compressed."""
    return sum(len(gzip.compress(Path(str(finders.find(name))).read_bytes())) for name in names)


def test_styles_and_scripts_of_a_page_weigh_less_than_150_kb() -> None:
    """The frame's own and those a page adds; the board of sales brings the most."""
    folder = Path(settings.BASE_DIR) / "templates"
    linked = {
        path: set(re.findall(r'{% static "([^"]+\.(?:css|js))" %}', path.read_text()))
        for path in folder.rglob("*.html")
    }
    frame = linked.pop(folder / "base" / "base.html")
    heaviest = max(linked, key=lambda path: _weight(frame | linked[path]))
    assert heaviest == folder / "interactions" / "board.html"
    assert 100_000 < _weight(frame | linked[heaviest]) < 150_000


def test_collectstatic_with_hashed_names(tmp_path: Path, settings: Settings) -> None:
    """Every file a style sheet mentions (fonts, source maps) is published too, or collectstatic fails."""
    settings.STATIC_ROOT = tmp_path
    backend = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}

    call_command("collectstatic", interactive=False, verbosity=0)

    storage = ManifestStaticFilesStorage(location=tmp_path, base_url="/static/")
    for name in assets.ASSETS:
        hashed = storage.stored_name(name)
        assert hashed != name
        assert (tmp_path / hashed).is_file()


def test_missing_files_are_an_error_with_a_hint(tmp_path: Path, settings: Settings) -> None:
    assert not [error for error in run_checks() if error.id == "crm.E001"]
    settings.BASE_DIR = tmp_path
    (error,) = [error for error in run_checks() if error.id == "crm.E001"]
    assert "bootstrap.min.css" in error.msg
    assert error.hint == "Run: make assets"
