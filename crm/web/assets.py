"""Publishes third-party styles, scripts and fonts from ``node_modules`` as static files under ``vendor/``.

Only the files named here are published. A file needs its source map beside it when it mentions one, or
``collectstatic`` with hashed names fails. ``make assets`` installs what ``package-lock.json`` pins; htmx comes with
django-htmx (``django_htmx/htmx-2.min.js``). Of Bootstrap we use the styles; menus and dialogs are the browser's own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

#: Published name → file under ``node_modules``.
ASSETS = {
    "vendor/bootstrap/bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "vendor/bootstrap/bootstrap.min.css.map": "bootstrap/dist/css/bootstrap.min.css.map",
    "vendor/bootstrap-icons/bootstrap-icons.min.css": "bootstrap-icons/font/bootstrap-icons.min.css",
    "vendor/bootstrap-icons/fonts/bootstrap-icons.woff2": "bootstrap-icons/font/fonts/bootstrap-icons.woff2",
    "vendor/bootstrap-icons/fonts/bootstrap-icons.woff": "bootstrap-icons/font/fonts/bootstrap-icons.woff",
    "vendor/sortablejs/Sortable.min.js": "sortablejs/Sortable.min.js",
}


def node_modules() -> Path:
    """The folder npm installs into."""
    return Path(settings.BASE_DIR) / "node_modules"


def missing_assets() -> list[str]:
    """Published names whose file is not installed."""
    return [name for name, source in ASSETS.items() if not (node_modules() / source).is_file()]


class NodeAssetsStorage(FileSystemStorage):
    """Opens a published name (``vendor/…``) from where npm put the file. Read only."""

    def path(self, name: str) -> str:
        """The file of a published name.

        Raises:
            FileNotFoundError: no such name is published.
        """
        try:
            return str(node_modules() / ASSETS[name.replace("\\", "/")])
        except KeyError:
            raise FileNotFoundError(name) from None


class NodeAssetsFinder(BaseFinder):
    """A static files finder (STATICFILES_FINDERS) over ASSETS."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storage = NodeAssetsStorage(location=str(node_modules()))

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Nothing: missing files are reported by ``crm.web.checks``, which also runs without this finder."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The file of a published name; with ``find_all`` a list of it. An empty list when there is none."""
        source = ASSETS.get(path.replace("\\", "/"))
        if not source or not (node_modules() / source).is_file():
            return []
        found = str(node_modules() / source)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        """Every published name whose file is installed, with the storage that opens it."""
        missing = set(missing_assets())
        for name in ASSETS:
            if name not in missing:
                yield name, self.storage
