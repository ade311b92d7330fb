#!/usr/bin/env python3
"""Runs `agent adapt` over a table of (class, backend) rows and says how each ended.

The table is a CSV with the columns class, backend, stage, family, location and fixable, as ADAPT_TARGETS names it. Each
result is appended to the output at once, so a killed campaign goes on where it was.
"""

from __future__ import annotations

import argparse
import collections
import csv
import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def adapt(agent: str, model: str, backend: str, seconds: int) -> dict:
    """One run: its outcome (`error` where the engine printed no result), repairs, failure and wall time in seconds."""
    start = time.monotonic()
    command = [agent, "adapt", model, "--backend", backend, "--json", "--quiet", "--wall-seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds * 3)
    ended = {"rc": done.returncode, "wall_s": round(time.monotonic() - start, 1)}
    try:
        result = json.loads(done.stdout)
    except ValueError:
        return {**ended, "outcome": "error", "reason": done.stderr.strip()[-300:]}
    failure = result["failure"] or {}
    place = f"{failure.get('file')}:{failure.get('line')}"
    return {**ended, "outcome": result["outcome"], "level": result["level"], "reason": result["reason"],
            "found": [failure.get("stage"), place], "op": failure.get("op"), "attempts": result["attempts"],
            "repairs": [f"{r['kind']}:{r['id']}" for r in result["repairs"]], "concessions": result["concessions"],
            "run": result["run"]}


def run_row(agent: str, row: dict[str, str], seconds: int) -> dict:
    about = {"class": row["class"], "backend": row["backend"], "family": row["family"], "fixable": row["fixable"],
             "expected": [row["stage"], row["location"]]}
    return {**about, **adapt(agent, f"transformers:{row['class']}", row["backend"], seconds)}


def summary(rows: list[dict]) -> str:
    repaired = [row for row in rows if row["outcome"] == "adapted"]
    by_backend = collections.Counter((row["backend"], row["outcome"]) for row in rows)
    lines = [f"{backend:<12} {outcome:<14} {count}" for (backend, outcome), count in sorted(by_backend.items())]
    families = sorted({row["family"] for row in repaired})
    placed = sum(row["found"] == row["expected"] for row in rows if "found" in row and row["expected"][1])
    lines.append(f"adapted: {len(repaired)} rows, {len(families)} families ({', '.join(families)})")
    lines.append(f"over 120 s: {sum(row['wall_s'] > 120 for row in repaired)} of the adapted")
    lines.append(f"stage and place as in the table: {placed} of {sum('found' in r and bool(r['expected'][1]) for r in rows)}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--targets", default=os.environ.get("ADAPT_TARGETS"))
    parser.add_argument("--out", default="targets.jsonl")
    parser.add_argument("--every", type=int, default=1, help="take every n-th row of each backend and family")
    parser.add_argument("--only", default="", help="backend, or family")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=240)
    arguments = parser.parse_args()
    if not arguments.targets or not Path(arguments.targets).is_file():
        print("skipped: no table of targets (ADAPT_TARGETS)")
        return
    seen: collections.Counter = collections.Counter()
    rows = []
    for row in csv.DictReader(open(arguments.targets, encoding="utf-8")):
        key = (row["backend"], row["family"])
        if (not arguments.only or arguments.only in key) and seen[key] % arguments.every == 0:
            rows.append(row)
        seen[key] += 1
    out = Path(arguments.out)
    ended = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    known = {(row["class"], row["backend"]) for row in ended}
    left = [row for row in rows if (row["class"], row["backend"]) not in known]
    with ThreadPoolExecutor(arguments.jobs) as pool, out.open("a") as file:
        for row in pool.map(lambda r: run_row(arguments.agent, r, arguments.seconds), left):
            ended.append(row)
            file.write(json.dumps(row) + "\n")
            file.flush()
            print(f"{row['outcome']:<13} {row['wall_s']:>6} s  {row['backend']:<12} {row['class']:<40} {row.get('repairs') or row['reason'][:120]}", flush=True)
    print(summary(ended))


if __name__ == "__main__":
    main()
