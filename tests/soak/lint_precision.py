#!/usr/bin/env python3
"""Measures how often the code that a pattern looks for is what fails, and writes patterns/library/precision.tsv.

The rows are those of campaigns: JSON lines as targets.py and models.py write them (--log, more than one will do), or a table of
targets that is run first (--targets, with --agent). For each model that was run on a backend, every place in the model's
own modelling file where a pattern matches is one site. It counts as failed when a recorded failure of a model of this
file on this backend lies within the site's function (within the site where there is no function). A site is counted once
however many classes of the file were run. Only counts of runs that reached a verdict are taken.
"""

from __future__ import annotations

import argparse
import collections
import csv
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from targets import run_row  # noqa: E402

VERDICTS = ("works", "adapted", "not_adapted")
HEAD = "pattern\tbackend\tsites\tfailed"


@dataclass(frozen=True)
class Site:
    pattern: str
    file: str
    begin: int
    first_line: int
    last_line: int


def class_of(row: dict) -> str:
    """targets.py writes the class, models.py the model as it was asked for."""
    return row.get("class") or str(row.get("model", "")).removeprefix("transformers:")


def read_logs(paths: list[Path]) -> list[dict]:
    """Rows with a class and a verdict; a later row of the same class and backend does not hide an earlier failure."""
    rows = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if class_of(row) and row.get("backend") and row.get("outcome") in VERDICTS:
                rows.append(row)
    return rows


def modelling_files(sources: Path) -> dict[str, str]:
    """Class -> the modelling file that defines it, relative to the folder that holds the package."""
    found: dict[str, str] = {}
    for path in sorted(sources.glob("transformers/models/*/modeling_*.py")):
        for name in re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            found.setdefault(name, path.relative_to(sources).as_posix())
    return found


def find_sites(agent: str, sources: Path, files: list[str]) -> list[Site]:
    command = [agent, "patterns", "find", "--all", "--json", "--quiet", *files]
    done = subprocess.run(command, cwd=sources, capture_output=True, text=True, check=True)
    sites = []
    for line in done.stdout.splitlines():
        found = json.loads(line)
        if "pattern" not in found:
            print(f"{found['file']}: {found.get('note') or found.get('skipped')}", file=sys.stderr)
            continue
        around = found["function"] or found
        sites.append(Site(found["pattern"], found["file"], found["begin"], around["line"], around["end_line"]))
    return sites


def failure_place(row: dict) -> tuple[str, int] | None:
    """(file, line) of the recorded failure, where the run recorded one in a source."""
    file, _, line = str((row.get("found") or ["", ""])[1]).rpartition(":")
    return (file, int(line)) if file and line.isdigit() else None


def measure(rows: list[dict], sites: list[Site], file_of: dict[str, str]) -> dict[tuple[str, str], list[int]]:
    """(pattern, backend) -> [sites, failed]."""
    ran: dict[str, set[str]] = collections.defaultdict(set)  # backend -> modelling files
    failures: dict[str, set[tuple[str, int]]] = collections.defaultdict(set)
    for row in rows:
        file = file_of.get(class_of(row))
        if file is None:
            continue
        ran[row["backend"]].add(file)
        if place := failure_place(row):
            failures[row["backend"]].add(place)
    counts: dict[tuple[str, str], list[int]] = collections.defaultdict(lambda: [0, 0])
    for backend, files in ran.items():
        for site in sites:
            if site.file not in files:
                continue
            row = counts[site.pattern, backend]
            row[0] += 1
            row[1] += any(file == site.file and site.first_line <= line <= site.last_line
                          for file, line in failures[backend])
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--sources", type=Path, required=True, help="folder that holds the package transformers")
    parser.add_argument("--log", type=Path, action="append", default=[], help="JSON lines of targets.py")
    parser.add_argument("--targets", type=Path, help="CSV as targets.py takes it: its rows are run first")
    parser.add_argument("--seconds", type=int, default=240)
    parser.add_argument("--out", type=Path, default=Path("patterns/library/precision.tsv"))
    arguments = parser.parse_args()
    agent = str(Path(arguments.agent).resolve())
    rows = read_logs(arguments.log)
    if arguments.targets:
        with arguments.targets.open(encoding="utf-8") as file:
            rows += [run_row(agent, row, arguments.seconds) for row in csv.DictReader(file)]
        rows = [row for row in rows if row.get("outcome") in VERDICTS]
    if not rows:
        parser.error("no row to measure: give --log or --targets")
    file_of = modelling_files(arguments.sources)
    files = sorted({file_of[class_of(row)] for row in rows if class_of(row) in file_of})
    counts = measure(rows, find_sites(agent, arguments.sources, files), file_of)
    lines = [f"{pattern}\t{backend}\t{sites}\t{failed}" for (pattern, backend), (sites, failed) in sorted(counts.items())]
    arguments.out.write_text(
        "# Written by tests/soak/lint_precision.py; see patterns/precision.h.\n" + "\n".join([HEAD, *lines]) + "\n",
        encoding="utf-8")
    print(f"{len(rows)} runs, {len(files)} modelling files, {len(lines)} rows in {arguments.out}")


if __name__ == "__main__":
    main()
