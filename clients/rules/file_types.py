"""Which files a client's folder takes: by the ending of the name, and by how the file really begins.

Nothing a browser would run: no pages, drawings with scripts, programs; and no name that hides what the file is.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

#: So many bytes of a file's beginning are looked at.
HEAD = 4096
NAME_LENGTH = 255


class FileRefused(ValueError):
    """Why a file is not taken; ``reason``: "ending", "content", "name" or "empty"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Begins = Callable[[bytes], bool]

_MARKUP = re.compile(rb"<(!doctype|!--|\?xml|\?php|html|head|body|script|svg|iframe|meta|title|style)\b", re.IGNORECASE)
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:[ \t]?|From ")
_PROGRAMS = (b"#!", b"\x7fELF", b"MZ\x90")
_BOMS = (b"\xff\xfe", b"\xfe\xff")


def _starts(*beginnings: bytes, at: int = 0) -> Begins:
    return lambda head: head.startswith(beginnings, at)


def _riff(form: bytes) -> Begins:
    return lambda head: head.startswith(b"RIFF") and head[8:12] == form


def _is_text(head: bytes) -> bool:
    """Words without control characters, that no program would take for a page or a script."""
    if head.startswith(_BOMS):
        head = head.decode("utf-16", "replace").encode()
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head):
        return False
    return not (head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_PROGRAMS) or _MARKUP.search(head))


def _is_letter(head: bytes) -> bool:
    """A saved letter: its first line is a header. Its text may be a page, but it is no page."""
    return b"\0" not in head and bool(_HEADER.match(head.removeprefix(b"\xef\xbb\xbf")))


def _is_mp3(head: bytes) -> bool:
    # A tag, or the eleven set bits a frame begins with (layer III).
    return head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2)


@dataclass(frozen=True, slots=True)
class FileType:
    """One type: what it is called on the wire, how it begins, its icon, whether a browser may show it by itself."""

    content_type: str
    begins: Begins
    icon: str = "file-earmark"
    is_shown: bool = False


_ZIPPED, _OLE = _starts(b"PK\x03\x04"), _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

TYPES: dict[str, FileType] = {
    "pdf": FileType("application/pdf", _starts(b"%PDF-"), "file-earmark-pdf", is_shown=True),
    "doc": FileType("application/msword", _OLE, "file-earmark-word"),
    "docx": FileType(f"{_OFFICE}wordprocessingml.document", _ZIPPED, "file-earmark-word"),
    "odt": FileType(f"{_OPEN}text", _ZIPPED, "file-earmark-word"),
    "rtf": FileType("application/rtf", _starts(b"{\\rtf"), "file-earmark-word"),
    "xls": FileType("application/vnd.ms-excel", _OLE, "file-earmark-excel"),
    "xlsx": FileType(f"{_OFFICE}spreadsheetml.sheet", _ZIPPED, "file-earmark-excel"),
    "ods": FileType(f"{_OPEN}spreadsheet", _ZIPPED, "file-earmark-excel"),
    "ppt": FileType("application/vnd.ms-powerpoint", _OLE, "file-earmark-ppt"),
    "pptx": FileType(f"{_OFFICE}presentationml.presentation", _ZIPPED, "file-earmark-ppt"),
    "odp": FileType(f"{_OPEN}presentation", _ZIPPED, "file-earmark-ppt"),
    "jpg": FileType("image/jpeg", _starts(b"\xff\xd8\xff"), "file-earmark-image", is_shown=True),
    "jpeg": FileType("image/jpeg", _starts(b"\xff\xd8\xff"), "file-earmark-image", is_shown=True),
    "png": FileType("image/png", _starts(b"\x89PNG\r\n\x1a\n"), "file-earmark-image", is_shown=True),
    "gif": FileType("image/gif", _starts(b"GIF87a", b"GIF89a"), "file-earmark-image", is_shown=True),
    "webp": FileType("image/webp", _riff(b"WEBP"), "file-earmark-image", is_shown=True),
    "heic": FileType("image/heic", _starts(b"ftypheic", b"ftypheix", b"ftypmif1", at=4), "file-earmark-image"),
    "tif": FileType("image/tiff", _starts(b"II*\0", b"MM\0*"), "file-earmark-image"),
    "tiff": FileType("image/tiff", _starts(b"II*\0", b"MM\0*"), "file-earmark-image"),
    "txt": FileType("text/plain", _is_text, "file-earmark-text"),
    "csv": FileType("text/csv", _is_text, "file-earmark-spreadsheet"),
    "eml": FileType("message/rfc822", _is_letter, "envelope"),
    "msg": FileType("application/vnd.ms-outlook", _OLE, "envelope"),
    "zip": FileType("application/zip", _starts(b"PK\x03\x04", b"PK\x05\x06"), "file-earmark-zip"),
    "mp3": FileType("audio/mpeg", _is_mp3, "file-earmark-music"),
    "wav": FileType("audio/wav", _riff(b"WAVE"), "file-earmark-music"),
    "ogg": FileType("audio/ogg", _starts(b"OggS"), "file-earmark-music"),
}
#: What a file picker offers.
ACCEPT = ",".join(f".{ending}" for ending in TYPES)
SHOWN_TYPES = frozenset(kind.content_type for kind in TYPES.values() if kind.is_shown)


def ending(name: str) -> str:
    """The ending of a name in small letters: "pdf"; "" where there is none."""
    return name.rpartition(".")[2].lower() if "." in name[1:] else ""


def clean_name(raw: str) -> str:
    """The name as it is kept and sent: the last part of a path, without control and direction marks, at most 255
    characters long with its ending.

    Raises:
        FileRefused: nothing is left of it.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", raw))[-1]
    # Cc, Cf, Cs, Co, Cn: line breaks would be headers, and turned writing makes "gpj.exe" of "exe.jpg".
    kept = "".join(letter for letter in last if letter.isspace() or unicodedata.category(letter)[0] != "C")
    name = " ".join(kept.split()).strip(". ")
    if not name:
        raise FileRefused("name")
    if len(name) > NAME_LENGTH:
        tail = f".{ending(name)}" if 0 < len(ending(name)) <= 10 else ""
        name = name[: NAME_LENGTH - len(tail)].rstrip(". ") + tail
    return name


def renamed(name: str, raw: str) -> str:
    """The new name of a file called ``name``: its ending stays, whether it is typed or not.

    Raises:
        FileRefused: nothing is left of it.
    """
    tail = f".{ending(name)}"
    new = clean_name(raw)
    stem = new[: -len(tail)] if new.lower().endswith(tail) else new
    stem = stem[: NAME_LENGTH - len(tail)].strip(". ")
    if not stem:
        raise FileRefused("name")
    return stem + tail


def recognise(name: str, head: bytes) -> str:
    """What a file is, as a content type: by its ending, if it begins as such a file does.

    Raises:
        FileRefused: files of this ending are not taken, the file is something else than its name says, or empty.
    """
    kind = TYPES.get(ending(name))
    if kind is None:
        raise FileRefused("ending")
    if not head:
        raise FileRefused("empty")
    if not kind.begins(head[:HEAD]):
        raise FileRefused("content")
    return kind.content_type


def icon(name: str) -> str:
    """The icon of a file, of bootstrap-icons."""
    kind = TYPES.get(ending(name))
    return kind.icon if kind else "file-earmark"
