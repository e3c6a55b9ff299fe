"""Getting the four files of a sales history from a folder. What they say, ``exchange.rules.sales_files`` decides."""

import codecs
import datetime as dt
from pathlib import Path

from clients import custom_fields
from exchange.rules.sales_facts import COLUMNS, BrokenFiles, SalesFiles
from exchange.rules.sales_files import parse


def read_folder(folder: Path, *, today: dt.date, encoding: str = "utf-8-sig") -> SalesFiles:
    """Read and check everything before anything is written.

    Raises:
        BrokenFiles: the folder or a file in it cannot be read; ``args`` say what is wrong, one complaint per file.
    """
    try:
        if codecs.lookup(encoding).name == "utf-8":
            encoding = "utf-8-sig"  # a byte order mark may be there or not
    except LookupError:
        raise BrokenFiles(f"{encoding!r} is no encoding; try utf-8 or cp1251.") from None
    if not folder.is_dir():
        raise BrokenFiles(f"{folder}: there is no such folder.")
    files: dict[str, bytes] = {}
    for name in COLUMNS:
        path = folder / name
        if not path.is_file():
            continue  # said by the parser, together with everything else that is wrong
        try:
            files[name] = path.read_bytes()
        except OSError as error:
            raise BrokenFiles(f"{path}: {error.strerror}.") from None
    return parse(files, today=today, encoding=encoding, fields=custom_fields.readers())
