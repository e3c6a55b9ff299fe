"""Which files are taken, and under which names they are kept."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules.file_types import NAME_LENGTH, TYPES, FileRefused, clean_name, ending, recognise, renamed

OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", b"PK\x03\x04rest"
PNG, JPG, PDF = b"\x89PNG\r\n\x1a\nrest", b"\xff\xd8\xff\xe0rest", b"%PDF-1.7\n%rest"
#: One beginning that passes for each ending.
REAL = {
    **dict.fromkeys(("doc", "xls", "ppt", "msg"), OLE),
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp", "zip"), ZIP),
    **dict.fromkeys(("jpg", "jpeg"), JPG),
    **dict.fromkeys(("tif", "tiff"), b"II*\0rest"),
    "pdf": PDF,
    "png": PNG,
    "gif": b"GIF89arest",
    "webp": b"RIFF\0\0\0\0WEBPrest",
    "heic": b"\0\0\0\x18ftypheicrest",
    "rtf": b"{\\rtf1 rest",
    "txt": "Договор подписан".encode(),
    "csv": "a;b\r\n1;2\r\n".encode("cp1251"),
    "eml": b"From: a@b.example\r\n\r\n<html><script>",
    "mp3": b"ID3\x03rest",
    "wav": b"RIFF\0\0\0\0WAVErest",
    "ogg": b"OggS\0rest",
}


def test_there_is_an_example_of_every_type():
    assert set(REAL) == set(TYPES)


@pytest.mark.parametrize("tail", sorted(TYPES))
def test_a_file_is_what_it_begins_as(tail):
    assert recognise(f"x.{tail}", REAL[tail]) == TYPES[tail].content_type
    assert recognise(f"X.{tail.upper()}", REAL[tail]) == TYPES[tail].content_type
    for other, head in REAL.items():
        if not TYPES[tail].begins(head):
            with pytest.raises(FileRefused) as refused:
                recognise(f"x.{tail}", head)
            assert refused.value.reason == "content", other


@pytest.mark.parametrize("tail", sorted(TYPES))
@pytest.mark.parametrize(
    "head",
    [
        b"MZ\x90\x00rest",
        b"\x7fELFrest",
        b"#!/bin/sh\nrm -rf /",
        b"<!DOCTYPE html><html>",
        b"\xef\xbb\xbf  <html>",
        b"words <script>alert(1)</script>",
        b"<?xml version='1.0'?><svg onload='x'>",
        "<script>".encode("utf-16"),
        b"<svg xmlns=''>",
        b"\0\0\0\0",
    ],
)
def test_pages_scripts_and_programs_are_never_taken(tail, head):
    with pytest.raises(FileRefused):
        recognise(f"x.{tail}", head)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "x.html",
            "x.htm",
            "x.svg",
            "x.js",
            "x.exe",
            "x.bat",
            "x.xlsm",
            "x.php",
            "x.xhtml",
            "x.mht",
            "x.swf",
            "x.lnk",
        ),
        *("x", "pdf", ".pdf", "x.pdf.exe", "x.", "x.pdf "),
    ],
)
def test_other_endings_are_not_taken(name):
    for head in REAL.values():
        with pytest.raises(FileRefused) as refused:
            recognise(name, head)
        assert refused.value.reason == "ending"


def test_an_empty_file_is_not_taken():
    with pytest.raises(FileRefused) as refused:
        recognise("x.txt", b"")
    assert refused.value.reason == "empty"


@pytest.mark.parametrize(
    ("head", "taken"),
    [
        ("a\tb\r\nc".encode("utf-16"), True),
        ("\ufeffВсё".encode(), True),
        ("Всё".encode("cp1251"), True),
        (b"5 < 6 and a <b", True),
        (b"a\0b", False),
        (b"a\x07b", False),
    ],
)
def test_what_passes_for_text(head, taken):
    assert TYPES["txt"].begins(head) is taken


@pytest.mark.parametrize("head", [b"\xff\xfb\x90rest", b"\xff\xf3\x40rest", b"ID3"])
def test_calls_without_a_tag_are_mp3_too(head):
    assert TYPES["mp3"].begins(head)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("offer.pdf", "offer.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\offer.pdf", "offer.pdf"),
        ("a/b\\c.txt", "c.txt"),
        ("Договор № 5.docx", "Договор № 5.docx"),
        ("a\"b;c'.txt", "a\"b;c'.txt"),
        ("a\r\nSet-Cookie: x=1.txt", "a Set-Cookie: x=1.txt"),
        ("a\0b\x1b.txt", "ab.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("  spaces   here .txt ", "spaces here .txt"),
        ("..hidden.txt", "hidden.txt"),
        ("и\u0306.txt", "й.txt"),
        ("ж" * 300 + ".pdf", "ж" * 251 + ".pdf"),
        ("x." + "y" * 300, "x." + "y" * 253),
    ],
)
def test_a_name_is_cleaned(raw, name):
    assert clean_name(raw) == name


@pytest.mark.parametrize("raw", ["", ".", "..", "/", "a/..", "\u202e", "\r\n"])
def test_nothing_left_of_a_name(raw):
    with pytest.raises(FileRefused):
        clean_name(raw)


@given(st.text())
def test_whatever_is_typed_a_name_is_one_line_of_no_folder(raw):
    try:
        name = clean_name(raw)
    except FileRefused:
        return
    assert 0 < len(name) <= NAME_LENGTH
    assert not re.search(r"[\x00-\x1f\x7f/\\\u202a-\u202e\u2066-\u2069]", name)
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("new", "name"),
    [
        ("Contract", "Contract.pdf"),
        ("Contract.pdf", "Contract.pdf"),
        ("Contract.PDF", "Contract.pdf"),
        ("Contract.exe", "Contract.exe.pdf"),
        ("v 1.2", "v 1.2.pdf"),
        (".pdf", "pdf.pdf"),
        ("ж" * 255, "ж" * 251 + ".pdf"),
    ],
)
def test_a_new_name_keeps_the_ending(new, name):
    assert renamed("offer.pdf", new) == name


@pytest.mark.parametrize("new", ["", "..", "/"])
def test_a_new_name_must_be_one(new):
    with pytest.raises(FileRefused):
        renamed("offer.pdf", new)


@given(st.text(), st.sampled_from(sorted(TYPES)))
def test_renaming_never_changes_what_a_file_is(raw, tail):
    try:
        name = renamed(f"x.{tail}", raw)
    except FileRefused:
        return
    assert ending(name) == tail
    assert len(name) <= NAME_LENGTH
