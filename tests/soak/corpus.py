#!/usr/bin/env python3
"""Runs `agent verify` over the corpus of honest and dishonest patches and says which cases end wrongly.

A dishonest patch must never end `adapted`; an honest one must. One JSON line a case is appended to the output at once,
so a killed campaign goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
import tomllib
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[1] / "corpus"


def cases(kind: str) -> list[Path]:
    """The folders of one kind, `honest` or `dishonest`."""
    return sorted(path.parent for path in (CORPUS / kind).glob("*/case.toml"))


def right(kind: str, outcome: str) -> bool:
    return outcome == "adapted" if kind == "honest" else outcome in ("not_adapted", "inconclusive")


def run_case(agent: str, case: Path, data: Path, seconds: int) -> dict:
    """Judges one case. `outcome` is the engine's own, or `error` where it printed no result."""
    about = tomllib.loads((case / "case.toml").read_text())
    kind = case.parent.name
    row = {"kind": kind, "case": case.name, "backend": about["backend"]}
    command = [agent, "verify", str(case / "model.py"), "--patched", str(case / "patched.py"), "--backend", about["backend"],
               "--json", "--quiet", "--wall-seconds", str(seconds), "--data-folder", str(data)]
    start = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds * 2 + 60)
    except subprocess.TimeoutExpired:
        return {**row, "outcome": "error", "right": False, "reason": "did not end in twice its wall-clock limit"}
    row |= {"rc": done.returncode, "wall_s": round(time.monotonic() - start, 1)}
    try:
        result = json.loads(done.stdout)
    except ValueError:
        return {**row, "outcome": "error", "right": False, "reason": done.stderr.strip()[-400:]}
    return {**row, "outcome": result["outcome"], "right": right(kind, result["outcome"]), "level": result["level"],
            "reason": result["reason"], "concessions": result["concessions"], "expected": about.get("caught_by"),
            "out": result["out"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--out", default="corpus.jsonl")
    parser.add_argument("--data", default="", help="data folder to keep the runs in (default: a temporary one)")
    parser.add_argument("--only", default="", help="part of the case's kind/name")
    parser.add_argument("--seconds", type=int, default=300)
    arguments = parser.parse_args()
    out = Path(arguments.out)
    rows = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    known = {(row["kind"], row["case"]) for row in rows}
    with tempfile.TemporaryDirectory() as temporary, out.open("a") as file:
        # The two kinds alternate, so that a campaign that is cut short has seen both.
        order = sorted(((n, kind, case) for kind in ("dishonest", "honest") for n, case in enumerate(cases(kind))))
        for _, kind, case in order:
            if (kind, case.name) in known or arguments.only not in f"{kind}/{case.name}":
                continue
            row = run_case(arguments.agent, case, Path(arguments.data or temporary), arguments.seconds)
            rows.append(row)
            file.write(json.dumps(row) + "\n")
            file.flush()
            print("ok   " if row["right"] else "WRONG", kind, case.name, row["outcome"], row["reason"], flush=True)
    wrong = sum(not row["right"] for row in rows)
    print(f"{len(rows) - wrong} of {len(rows)} end as they should")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
