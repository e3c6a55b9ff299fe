"""Where files lie that not everybody may read: outside every folder that a web server publishes."""

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage


def private_files() -> Storage:
    """The storage of private files. It has no address: files leave it through a view that asks who is asking."""
    return FileSystemStorage(location=settings.PRIVATE_FILES_DIR, base_url=None)
