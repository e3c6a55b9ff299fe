"""Where files lie that not everybody may read: outside every folder that a web server publishes."""

from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage


class _PrivateFiles(FileSystemStorage):
    """Asks the setting each time: a field's storage is made once, before a test can say where its files shall lie."""

    @property
    def base_location(self) -> Path:  # type: ignore[override]
        return Path(settings.PRIVATE_FILES_DIR)

    @property
    def location(self) -> str:  # type: ignore[override]
        return str(self.base_location.absolute())


def private_files() -> Storage:
    """The storage of private files. It has no address: files leave it through a view that asks who is asking."""
    return _PrivateFiles(base_url=None)
