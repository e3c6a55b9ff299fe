"""Files on their way in."""

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class BoundedUpload(FileUploadHandler):
    """Stands before the handlers that store: of a file that is too large they get just enough to be refused, so that
    nobody fills the disk."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """The chunk for the next handler; nothing once the limit is passed."""
        return raw_data if start <= settings.MAX_FILE_SIZE else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """The handlers after this one make the file."""
        return None
