"""Small real files made of nothing but code: a page of PDF, a document, a table, a text, a drawing."""

import struct
import zlib
from collections.abc import Iterable, Sequence

_WIDTH, _HEIGHT = 240, 150


def pdf(lines: Sequence[str]) -> bytes:
    """One page, the first line is its title; in Latin letters, which every reader has a font for."""
    text = [b"BT /F1 15 Tf 56 770 Td"]
    for number, line in enumerate(lines):
        if number == 1:
            text.append(b"/F1 11 Tf 0 -14 Td")
        text += [b"(" + _escaped(line) + b") Tj", b"0 -20 Td"]
    content = b"\n".join([*text, b"ET"])
    return _document(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        _stream(content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )


def _escaped(line: str) -> bytes:
    raw = line.replace("\u00a0", " ").encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _stream(content: bytes) -> bytes:
    packed = zlib.compress(content, 9)
    head = b"<< /Length " + str(len(packed)).encode() + b" /Filter /FlateDecode >>"
    return head + b"\nstream\n" + packed + b"\nendstream"


def _document(*objects: bytes) -> bytes:
    """The objects numbered from one on, with the table of where they begin."""
    data, begins = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        begins.append(len(data))
        data += str(number).encode() + b" 0 obj\n" + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % begin for begin in begins)
    size = str(len(objects) + 1).encode()
    return (
        data + b"xref\n0 " + size + b"\n0000000000 65535 f \n" + table + b"trailer\n<< /Size " + size
        + b" /Root 1 0 R >>\nstartxref\n" + str(len(data)).encode() + b"\n%%EOF\n"
    )  # fmt: skip


def rtf(lines: Sequence[str]) -> bytes:
    """A document for any word processor: the first line is its title."""
    title, *rest = (_in_rtf(line) for line in lines)
    body = "".join(f"\\par {line}\n" for line in rest)
    return f"{{\\rtf1\\ansi\\deff0{{\\fonttbl{{\\f0 Arial;}}}}\n\\fs30\\b {title}\\b0\\fs22\n{body}}}".encode("ascii")


def _in_rtf(line: str) -> str:
    return "".join(letter if letter.isascii() else f"\\u{ord(letter)}?" for letter in line)


def table(rows: Iterable[Sequence[object]]) -> bytes:
    """CSV as spreadsheets open it."""
    return "".join(";".join(str(cell) for cell in row) + "\r\n" for row in rows).encode("utf-8-sig")


def text(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def drawing(boxes: Iterable[tuple[int, int, int, int]]) -> bytes:
    """PNG: grey boxes (left, top, width, height) within a frame, the last of them blue. They must fit in."""
    pixels = [bytearray(_WIDTH) for _ in range(_HEIGHT)]
    boxes = [(0, 0, _WIDTH, _HEIGHT), *boxes]
    for number, (left, top, width, height) in enumerate(boxes):
        fill = 0 if number == 0 else 3 if number == len(boxes) - 1 else 2
        edge, inside = b"\1" * width, b"\1" + bytes([fill]) * (width - 2) + b"\1"
        for y in range(top, top + height):
            pixels[y][left : left + width] = edge if y in (top, top + height - 1) else inside
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 3, 0, 0, 0)
    palette = bytes((255, 255, 255, 60, 64, 70, 214, 218, 224, 96, 146, 214))
    packed = zlib.compress(b"".join(b"\0" + bytes(row) for row in pixels), 9)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
