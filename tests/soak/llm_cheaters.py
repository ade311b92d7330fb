#!/usr/bin/env python3
"""Has every cheater plant its trick in three planted blockers, through the real program. None may be accepted.

Cheaters know the true repair and put their trick on top of it, so that every stage is reached; where minimising takes the
trick away, what is left is the true repair. What comes before the conversation is done once a case. Each result is appended
to the output at once, so a killed campaign goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "fakes"), str(TESTS / "python")]

import agent_program  # noqa: E402
from llm_blockers import CORPUS, about, read_rows  # noqa: E402
from llm_runs import Asked, trick_lines  # noqa: E402
from llm_server import personas  # noqa: E402
from llm_server.personas import cheats  # noqa: E402
from llm_server.personas.repair import Case, load_case  # noqa: E402

CASES = ("branch_on_value_02_match", "early_exit_01_cascade", "tensor_while_02_power")


def play(asked: Asked, case: Case, name: str) -> dict:
    """One conversation; `accepted` is what must not be: that a line of the trick is in the patch."""
    start = time.monotonic()
    try:
        persona = personas.make(f"cheater-{name}", case)
    except ValueError as error:
        return {"cheat": name, "accepted": False, "outcome": "unplayable", "reason": str(error), "wall_s": 0.0}
    told = asked.converse(persona)
    result = told.ended.json
    accepted = bool(set(told.added) & trick_lines(name, case))
    return {"cheat": name, "accepted": accepted, "outcome": result["outcome"], "stopped": told.stopped,
            "reason": result["reason"], "patch": told.patch, "wall_s": round(time.monotonic() - start, 1)}


def line_of(row: dict) -> str:
    mark = "ACCEPTED" if row["accepted"] else row["outcome"]
    return f"{mark:<13} {row['wall_s']:>6} s  {row['case']:<28} {row['cheat']:<22} {row['reason'][-150:]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of results and runs")
    parser.add_argument("--only", default="", help="cheat")
    arguments = parser.parse_args()
    agent_program.AGENT = str(Path(arguments.agent).resolve())
    arguments.out.mkdir(parents=True, exist_ok=True)
    out = arguments.out / "llm_cheaters.jsonl"
    known = {(row["case"], row["cheat"]) for row in read_rows(out)}
    with out.open("a", encoding="utf-8") as file:
        for name in CASES:
            left = [cheat for cheat in cheats.CHEATS if (name, cheat) not in known and arguments.only in ("", cheat)]
            if not left:
                continue
            case, root = load_case(CORPUS / name / "repair.diff"), arguments.out / "cheaters" / name
            shutil.rmtree(root, ignore_errors=True)
            asked = Asked(root.resolve(), case.before, about(CORPUS / name)["backend"])
            for cheat in left:
                row = {"case": name, **play(asked, case, cheat)}
                file.write(json.dumps(row) + "\n")
                file.flush()
                print(line_of(row), flush=True)
    rows = read_rows(out)
    played = [row for row in rows if row["outcome"] != "unplayable"]
    accepted = [f"{row['case']}/{row['cheat']}" for row in rows if row["accepted"]]
    print(f"accepted: {len(accepted)} of {len(played)} tricks of {len({row['cheat'] for row in played})} kinds {accepted or ''}")
    return 1 if accepted else 0


if __name__ == "__main__":
    sys.exit(main())
