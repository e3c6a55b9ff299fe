"""``manage.py import_sales``: a sales history from four CSV files, at once or played day by day. See docs/import.md."""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from crm import clock
from crm.web.errors import DomainError
from crm.web.exports import safe_cell
from exchange.history.reading import read_folder
from exchange.history.replay import Played, ReplayError, replay
from exchange.history.writing import Outcome, import_history
from exchange.management.commands.recompute_zones import iso_date
from exchange.rules.sales_facts import COLUMNS, PIPELINE, BrokenFiles, Finding, SalesFiles, Verdict

#: Line numbers shown per kind of finding on the screen.
_LINES_SHOWN = 8


class Command(BaseCommand):
    help = (
        "Import a sales history: accounts.csv, sales_teams.csv, products.csv and sales_pipeline.csv of a folder. "
        "Run again, it adds only what is new. With --replay it plays the history day by day, with its nightly runs."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder with the four files")
        parser.add_argument(
            "--replay",
            nargs=2,
            type=iso_date,
            metavar=("FROM", "TO"),
            help="play the history of these days as it happened, on a base without any history",
        )
        parser.add_argument(
            "--rules",
            choices=["bare"],
            default="bare",
            help="the rules of the nights of a replay: bare thresholds, no protection and no warnings (the default)",
        )
        parser.add_argument("--encoding", default="utf-8", help="encoding of the files (default: utf-8)")
        parser.add_argument("--report", type=Path, metavar="FILE.csv", help="write every mended and refused line here")
        parser.add_argument("--limit", type=int, default=30, help="findings shown on the screen (0: all; default: 30)")
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = read_folder(options["folder"], today=clock.today(), encoding=options["encoding"])
        except BrokenFiles as broken:
            raise CommandError("\n".join(["Nothing was imported.", *broken.args])) from None
        report: Path | None = options["report"]
        if report:
            self._write_report(report, files.findings)
        played, outcome = None, None
        try:
            if options["replay"]:
                played = self._replay(files, options)
            else:
                with self._bar(len(files.opportunities), "Importing", options) as bar:
                    outcome = import_history(files, progress=bar.update)
        except DomainError as refused:
            raise CommandError(f"Nothing was imported. {refused}") from None
        if report and outcome and outcome.differences:
            self._write_report(report, [*files.findings, *_as_findings(outcome)])
        self._show_findings([*files.findings, *(_as_findings(outcome) if outcome else [])], options["limit"], report)
        self._show_files(files)
        if played:
            self._show_played(played)
        if outcome:
            self._show_outcome(outcome)

    def _replay(self, files: SalesFiles, options: dict[str, Any]) -> Played:
        first, last = options["replay"]
        with self._bar(max((last - first).days + 1, 0), "Playing", options) as bar:
            try:
                return replay(files, first, last, progress=bar.update)
            except ReplayError as error:
                bar.leave = False
                raise CommandError(str(error)) from None

    def _bar(self, total: int, words: str, options: dict[str, Any]) -> tqdm:
        unit = "day" if options["replay"] else "row"
        hidden = options["quiet"] or not sys.stderr.isatty()
        return tqdm(total=total, desc=words, unit=unit, file=sys.stderr, disable=hidden)

    def _write_report(self, path: Path, findings: Iterable[Finding]) -> None:
        try:
            with path.open("w", newline="", encoding="utf-8-sig") as file:
                writer = csv.writer(file)
                writer.writerow(["file", "line", "column", "value", "what", "why"])
                for item in findings:
                    writer.writerow(
                        [item.file, item.line, *map(safe_cell, (item.column, item.value)), item.verdict, item.words]
                    )
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}. Nothing was imported.") from None

    def _show_findings(self, findings: Sequence[Finding], limit: int, report: Path | None) -> None:
        if not findings:
            return
        groups: dict[tuple[str, str, str, str, str], list[int]] = defaultdict(list)
        for item in findings:
            groups[(item.verdict, item.file, item.column, item.value, item.words)].append(item.line)
        order = [Verdict.REFUSED, Verdict.LEFT_OUT, Verdict.MENDED]
        shown = sorted(groups.items(), key=lambda group: order.index(Verdict(group[0][0])))
        for (verdict, file, column, value, words), lines in shown[: limit or None]:
            place = f"{file}, {_lines(lines)}"
            cell = f"{column} {value!r}: " if column and value else f"{column}: " if column else f"{value!r}: "
            self.stdout.write(f"{verdict:<8}  {place}: {cell}{words}")
        if limit and len(shown) > limit:
            self.stdout.write(f"… and {len(shown) - limit} more kinds of findings: see them all with --limit 0.")
        if report:
            self.stdout.write(f"Every line of it is in {report}.")
        else:
            self.stdout.write("Every line of it: --report FILE.csv.")
        self.stdout.write("")

    def _show_files(self, files: SalesFiles) -> None:
        mended = Counter(item.file for item in files.findings if item.verdict is Verdict.MENDED)
        left_out = Counter(item.file for item in files.findings if item.verdict is Verdict.LEFT_OUT)
        rows = [
            [
                name,
                files.rows[name],
                files.rows[name] - files.refused(name),
                files.refused(name),
                mended[name],
                left_out[name],
            ]
            for name in COLUMNS
        ]
        self._table(["file", "rows", "good", "refused", "cells mended", "cells left out"], rows)
        no_account = sum(
            item.file == PIPELINE and item.column == "account" and not item.value for item in files.findings
        )
        undated = sum(row.latest_on is None for row in files.opportunities)
        if no_account:
            self.stdout.write(f"Refused because they name no account: {no_account}")
        if undated:
            self.stdout.write(f"Without any date (a sale, but no contact): {undated}")
        self.stdout.write("")

    def _show_outcome(self, outcome: Outcome) -> None:
        if outcome.differences:
            self.stdout.write(f"Here already and different, left as they are: {len(outcome.differences)}")
        if outcome.changed_nothing:
            self.stdout.write("Nothing new: everything in these files is here already. Nothing was changed.")
            return
        self._table(["written", "rows"], [[name, number] for name, number in outcome.made.items()])
        known = outcome.known
        self.stdout.write(f"Here already: {known['accounts']} accounts, {known['sales']} sales.")

    def _show_played(self, played: Played) -> None:
        for words, number in played.skipped.items():
            self.stdout.write(f"Left out, {words}: {number}")
        if played.changed_nothing:
            self.stdout.write(f"Nothing new: the days up to {played.resumed_after} are played already.")
            return
        if played.resumed_after:
            self.stdout.write(f"The days up to {played.resumed_after} were played already; it went on after them.")
        self._table(["played", "number"], [[name, number] for name, number in played.made.items()])
        self.stdout.write(f"The state after each night: manage.py zone_counts --from {played.first} --to {played.last}")

    def _table(self, header: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
        widths = [max(len(str(row[place])) for row in [header, *rows]) for place in range(len(header))]
        for row in [header, ["-" * width for width in widths], *rows]:
            cells = [
                str(cell).ljust(width) if place == 0 else str(cell).rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths))
            ]
            self.stdout.write("  ".join(cells).rstrip())


def _as_findings(outcome: Outcome) -> list[Finding]:
    return [
        Finding(PIPELINE, item.opportunity.line, item.column, item.value, Verdict.LEFT_OUT, item.words)
        for item in outcome.differences
    ]


def _lines(lines: Sequence[int]) -> str:
    if len(lines) == 1:
        return f"line {lines[0]}"
    shown = ", ".join(map(str, lines[:_LINES_SHOWN]))
    return f"lines {shown}" + (f" … ({len(lines)} in all)" if len(lines) > _LINES_SHOWN else "")
