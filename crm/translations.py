"""Compiles the message catalogues (``crm/locale/*/LC_MESSAGES/*.po``) to ``.mo``: ``python -m crm.translations``.

By Babel, because gettext's ``msgfmt`` is not on every machine. The ``.mo`` files are not committed.
Catalogues that are older than their ``.mo`` are left alone; ``--force`` compiles all.
"""

import os
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

LOCALE_DIR = Path(__file__).resolve().parent / "locale"


def compile_catalogues(folder: Path = LOCALE_DIR, *, force: bool = False) -> list[Path]:
    """Compile the catalogues under ``folder`` that changed; returns the ``.mo`` files written.

    Fuzzy entries (guesses of a merge tool) are left out, as gettext does.

    Raises:
        ValueError: a catalogue cannot be read, or a translation's placeholders differ from its original's;
            with the file and line. A wrong placeholder would be an error page for one language only.
    """
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not force and target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            try:
                catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
            except PoFileError as error:
                raise ValueError(f"{source}: {error}") from error
        problems = [
            f"{source}:{message.lineno}: {error}"
            for message, errors in catalogue.check()
            if not message.fuzzy
            for error in errors
        ]
        if problems:
            raise ValueError("\n".join(problems))
        # Through a second file, so that a running server never reads half a catalogue.
        unfinished = target.with_suffix(".mo.new")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        os.replace(unfinished, target)
        written.append(target)
    return written


def main() -> int:
    """The command line; returns the exit code."""
    try:
        for path in compile_catalogues(force="--force" in sys.argv[1:]):
            print(f"compiled {path.relative_to(LOCALE_DIR)}")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
