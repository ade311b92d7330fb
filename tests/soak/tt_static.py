#!/usr/bin/env python3
"""What tt-static finds in the models of tests/data/tt_static/models.txt, a row each in findings.tsv beside it.

A model that has a row is left out, so a killed campaign goes on where it was; --fresh begins anew.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data" / "tt_static"
COLUMNS = ("model", "outcome", "level", "illegal", "repairs", "found besides", "reason")
_ALSO = re.compile(r"^also (\S+) at (.*?): (.*)$")


def short(place: str) -> str:
    """A place without the folder that this machine keeps packages in."""
    return place.partition("site-packages/")[2] or place


def illegal(failure: dict) -> list[str]:
    """Each operation that the table refuses, with the line of Python that made it and why."""
    lines = failure["message"].split("\n")
    why = lines[0].partition("': ")[2]
    found = [f"{failure['op']} at {short(str(failure['file']))}:{failure['line']}: {why}"]
    also = [match.groups() for match in map(_ALSO.match, lines) if match]
    return found + [f"{op} at {short(place)}: {why}" for op, place, why in also]


def row(agent: str, model: str, seconds: int) -> dict[str, str]:
    # A machine that runs several models at once is slow, which says nothing about any of them.
    patient = [word for stage in ("eager", "run") for word in ("--set", f"limits.stage_seconds.{stage}=300")]
    command = [agent, "adapt", f"transformers:{model}", "--backend", "tt-static", "--json", "--quiet",
               "--wall-seconds", str(seconds), *patient]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds * 4)
    except subprocess.TimeoutExpired:
        return dict(zip(COLUMNS, (model, "error", "", "", "", "", f"did not end in {seconds * 4} s")))
    try:
        result = json.loads(done.stdout)
    except ValueError:
        return dict(zip(COLUMNS, (model, "error", "", "", "", "", done.stderr.strip()[-300:])))
    failure = result["failure"]
    refused = illegal(failure) if failure and failure["class"] == "legalize-failed" else []
    reason = result["reason"]
    if failure and not refused:  # the table refuses nothing there: something else does
        told = failure["message"].split("\n")[0]
        reason = f"{failure['stage']} ({failure['class']}) {failure['op'] or ''} {failure['file']}:{failure['line']}: {told}"
    repairs = [f"{repair['kind']} {repair['id']}" for repair in result["repairs"]]
    return dict(zip(COLUMNS, (model, result["outcome"], result["level"], " | ".join(refused), ", ".join(repairs),
                              " | ".join(result["placement"][1:]), short(reason)[:300])))


def cell(text: str) -> str:
    # Where an object lay says nothing.
    return re.sub(r"\b(?:0x[0-9a-f]{6,}|[0-9]{15})\b", "0x..", re.sub(r"\s+", " ", text))


def read(table: Path) -> list[dict[str, str]]:
    lines = table.read_text(encoding="utf-8").splitlines()
    return [dict(zip(COLUMNS, line.split("\t"))) for line in lines[1:]]


def summary(rows: list[dict[str, str]]) -> str:
    outcomes = collections.Counter(row["outcome"] for row in rows)
    ops = collections.Counter(op for row in rows for op in {one.split(" at ")[0] for one in row["illegal"].split(" | ") if one})
    repairs = collections.Counter(one for row in rows if row["outcome"] == "adapted" for one in row["repairs"].split(", "))
    untraced = sum(" at model.mlir:" in one or "None" in one for row in rows for one in row["illegal"].split(" | "))
    return "\n".join([
        f"{len(rows)} models: " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()),
        "refused operations, by models: " + ", ".join(f"{op} {count}" for op, count in ops.most_common()),
        f"of them without a line of Python: {untraced}",
        "repairs: " + ", ".join(f"{repair} {count}" for repair, count in repairs.most_common())])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--out", type=Path, default=DATA / "findings.tsv")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--fresh", action="store_true")
    arguments = parser.parse_args()
    models = [line for line in (DATA / "models.txt").read_text().split() if line]
    if arguments.fresh or not arguments.out.exists():
        arguments.out.write_text("\t".join(COLUMNS) + "\n", encoding="utf-8")
    known = {row["model"] for row in read(arguments.out)}
    left = [model for model in models if model not in known]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for done in pool.map(lambda model: row(arguments.agent, model, arguments.seconds), left):
            with arguments.out.open("a", encoding="utf-8") as file:
                file.write("\t".join(cell(done[column]) for column in COLUMNS) + "\n")
            print(f"{done['model']:<36} {done['outcome']:<12} {done['illegal'][:120] or done['reason'][:120]}", flush=True)
    rows = read(arguments.out)
    print(summary(rows))
    sys.exit(any(row["outcome"] == "error" for row in rows))


if __name__ == "__main__":
    main()
