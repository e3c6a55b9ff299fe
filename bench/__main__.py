"""``make bench``, and single pages: how many times the time of a page of one line they take."""

import argparse
import contextlib
import fcntl
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bench import base, kept, web
from bench.bars import NIGHT_SIZES, SIZES, SQLITE
from crm.testing.servers import Servers, clean_environment

if TYPE_CHECKING:
    from bench.night import Nights
    from bench.run import Run


def main() -> int:
    """The command line; returns the exit code: 1 when a bar is missed."""
    asked = _parser().parse_args()
    clean_environment()
    code: int = asked.does(asked)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(name: str, does: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words)
        made.set_defaults(does=does)
        return made

    whole = command("run", _everything, "load a base of a size and measure everything; JSON goes to var/bench")
    whole.add_argument("--on", choices=["postgresql", SQLITE], default="postgresql", help="(%(default)s)")
    whole.add_argument(
        "--nights", action="store_true", help="run missed nights first, also on a base named by --database"
    )
    rush = command("rush", _rushes, "many people at once, on a copy: claiming, and registering contacts in the night")
    for each in (whole, rush):
        each.add_argument("--size", choices=SIZES, default="20k", help="clients (%(default)s)")
        each.add_argument(
            "--database",
            default=os.environ.get("BENCH_DATABASE_URL", ""),
            help="DATABASE_URL of a base that is there already, instead of one of our own (or BENCH_DATABASE_URL)",
        )
    night = command("night", _nights, "the nightly run on copies, at three sizes, against raw SQL of the same effect")
    night.add_argument("--sizes", default=",".join(NIGHT_SIZES), help="(%(default)s)")
    night.add_argument("--database", default="", help="DATABASE_URL of a base to copy instead")
    sizes = command(
        "sizes", _sizes, "measure all sizes, the rush and the nights, one after the other; keep them in docs/"
    )
    sizes.add_argument("--sizes", default=",".join(kept.NAMES), help="(%(default)s)")
    sizes.add_argument("--bases", default="", help="of bases that are there already: postgresql://…/bench_{size}")
    command("document", _document, "write tables and picture of the runs kept in docs/ once more")
    pages = command("pages", _pages, "measure pages of a base that is there already")
    for each in (whole, pages):
        each.add_argument("--only", default="", help="names of pages, with commas: list,card,report")
    profile = command("profile", _profile, "where the time of one page goes: the call tree of its requests")
    explain = command("explain", _explain, "what PostgreSQL does for one page: time, buffers, rows by query")
    for each in (pages, profile, explain):
        each.add_argument("--database", required=True, help="DATABASE_URL")
    for each in (profile, explain):
        each.add_argument("page", help="its name")
    return parser


def _everything(asked: argparse.Namespace) -> int:
    with _kept_servers() as servers:
        url = asked.database or (
            base.in_sqlite(web.VAR, asked.size) if asked.on == SQLITE else base.in_postgresql(servers, asked.size)
        )
        redis_url = "" if url.startswith("sqlite") else f"{servers.start_redis()}/0"
        _set_up(url, redis_url)
        from bench.run import run_all

        only = _names(asked.only)
        run = run_all(servers, only, catch_up=asked.nights or not asked.database)
    if not only:
        _keep(run, run.size)
    return _report(run)


def _rushes(asked: argparse.Namespace) -> int:
    with _kept_servers() as servers, base.copy_of(asked.database or base.in_postgresql(servers, asked.size)) as copy:
        _set_up(copy, f"{servers.start_redis()}/0")
        from bench.run import run_rushes

        run = run_rushes(servers)
    _keep(run, kept.RUSH)
    return _report(run)


def _nights(asked: argparse.Namespace) -> int:
    with _passing_servers() if asked.database else _kept_servers() as servers:
        from bench import night

        nights = night.run(servers, _names(asked.sizes), asked.database)
    if not asked.database:
        _keep(nights, kept.NIGHT)
    return 0 if nights.held else 1


def _sizes(asked: argparse.Namespace) -> int:
    return kept.measure(_names(asked.sizes), asked.bases)


def _document(_asked: argparse.Namespace) -> int:
    kept.write_documents()
    return 0


def _pages(asked: argparse.Namespace) -> int:
    with _passing_servers() as servers:
        _set_up(asked.database)
        from bench.run import run_pages

        return _report(run_pages(servers, _names(asked.only)))


def _profile(asked: argparse.Namespace) -> int:
    _set_up(asked.database)
    from bench.profiling import profile

    print(profile(asked.page))
    return 0


def _explain(asked: argparse.Namespace) -> int:
    _set_up(asked.database)
    from bench.plans import explain_page

    print(explain_page(asked.page))
    return 0


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _keep(run: "Run | Nights", name: str) -> None:
    path = kept.fresh(name)
    path.write_text(json.dumps(run.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{path.relative_to(web.ROOT)} has it all.")


def _set_up(database_url: str, redis_url: str = "") -> None:
    """For this database; before anything that needs Django is imported."""
    web.lay_out_environment(database_url, redis_url)
    import django

    django.setup()


def _report(run: "Run") -> int:
    print(run.outcome)
    return 0 if run.held else 1


@contextlib.contextmanager
def _passing_servers() -> Iterator[Servers]:
    """In a folder that goes with them."""
    with tempfile.TemporaryDirectory(prefix="svetofor-bench-") as folder:
        Path(folder).chmod(0o711)  # the servers may run as another user
        servers = Servers(Path(folder))
        try:
            yield servers
        finally:
            servers.stop()


@contextlib.contextmanager
def _kept_servers() -> Iterator[Servers]:
    """In a folder that stays, with the bases in it; one bench at a time."""
    folder = base.folder()
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"Another bench runs already (it holds {folder / 'lock'}).")
        servers = Servers(folder)
        try:
            yield servers
        finally:
            servers.stop()


if __name__ == "__main__":
    sys.exit(main())
