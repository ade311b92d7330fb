#!/usr/bin/env python3
"""Has the scripted oracle repair every planted blocker through the real program, one after the other.

No model is behind the oracle: it knows the repair beforehand and makes it with the tools, so what is measured is the way
from an answer to a verified repair. Each result is appended to the output at once, so a killed campaign goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "fakes"), str(TESTS / "python")]

from llm_server import FakeServer, personas  # noqa: E402
from llm_server.personas.repair import load_case  # noqa: E402

CORPUS = TESTS / "corpus" / "blockers"
SECONDS = 900


def folders(only: str = "") -> list[Path]:
    """The cases, or those of one kind."""
    found = sorted(path.parent for path in CORPUS.glob("*/case.json"))
    return [folder for folder in found if only in ("", about(folder)["kind"])]


def about(folder: Path) -> dict[str, str]:
    return json.loads((folder / "case.json").read_text("utf-8"))


def repair(agent: str, folder: Path, data: Path) -> dict:
    """One run with the oracle of the case; `verified` is what counts."""
    case = about(folder)
    start = time.monotonic()
    with FakeServer(personas.make("oracle", load_case(folder / "repair.diff")), idle_seconds=SECONDS) as server:
        command = [agent, "adapt", str(folder / "model.py"), "--backend", case["backend"], "--json", "--quiet", "--set", "llm.learn=false",
                   "--llm", f"openai@{server.url}/v1#scripted-1"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS,
                              env={**os.environ, "ADAPT_DATA_FOLDER": str(data)})
        row = {"case": folder.name, "kind": case["kind"], "backend": case["backend"], "rc": done.returncode,
               "wall_s": round(time.monotonic() - start, 1), "requests": len(server.exchanges),
               "violations": [violation.what for violation in server.violations]}
        try:
            result = json.loads(done.stdout)
        except ValueError:
            return {**row, "verified": False, "outcome": "error", "reason": done.stderr.strip()[-300:]}
        booked, billed = result["spend"], server.ledger.total()
    by_llm = "llm" in [entry["kind"] for entry in result["repairs"]]
    verified = result["outcome"] == "adapted" and by_llm and not row["violations"]
    return {**row, "verified": verified, "outcome": result["outcome"], "level": result["level"], "stopped": booked["stopped"],
            "turns": booked["turns"], "booked": booked["input_tokens"] + booked["output_tokens"], "billed": billed.prompt + billed.output,
            "reason": result["reason"], "run": result["run"]}


def line_of(row: dict) -> str:
    how = "" if row["verified"] else f" {row.get('stopped')}: {row['reason'][:160]}"
    return f"{row['outcome']:<13} {row['wall_s']:>6} s  {row['backend']:<12} {row['case']:<40}{how}"


def total_of(rows: list[dict]) -> str:
    verified = [row for row in rows if row["verified"]]
    kinds, all_kinds = {row["kind"] for row in verified}, {row["kind"] for row in rows}
    return f"repaired and verified: {len(verified)} of {len(rows)} cases, {len(kinds)} of {len(all_kinds)} kinds"


def read_rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of results and runs")
    parser.add_argument("--only", default="", help="kind")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    wanted = folders(arguments.only)
    if not wanted:
        parser.error(f"no cases of kind '{arguments.only}' in {CORPUS}")
    out = arguments.out / "llm_blockers.jsonl"
    known = {row["case"] for row in read_rows(out)}
    with out.open("a", encoding="utf-8") as file:
        for folder in wanted:
            if folder.name in known:
                continue
            row = repair(arguments.agent, folder, arguments.out / "data")
            file.write(json.dumps(row) + "\n")
            file.flush()
            print(line_of(row), flush=True)
    rows = [row for row in read_rows(out) if row["case"] in {folder.name for folder in wanted}]
    print(total_of(rows))
    return 0 if all(row["verified"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
