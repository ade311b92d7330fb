"""The corpus of planted blockers: its cases, and what the text of each becomes when its repair is applied."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "corpus" / "blockers"
FILES = {"model.py", "repair.diff", "case.json"}
KEYS = {"kind", "backend", "stage", "class", "about"}

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True)
class Case:
    folder: Path
    kind: str
    backend: str
    stage: str  # where the model fails as it is
    failure: str  # the class of that failure
    about: str

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def model(self) -> Path:
        return self.folder / "model.py"

    @property
    def repair(self) -> Path:
        return self.folder / "repair.diff"

    def repaired(self) -> str:
        return applied(self.model.read_text("utf-8"), self.repair.read_text("utf-8"))


def folders() -> list[Path]:
    return sorted(path for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__")


def read_case(folder: Path) -> Case:
    told = json.loads((folder / "case.json").read_text("utf-8"))
    if set(told) != KEYS:
        raise ValueError(f"{folder.name}/case.json has the keys {sorted(told)}, not {sorted(KEYS)}")
    return Case(folder, told["kind"], told["backend"], told["stage"], told["class"], told["about"])


def cases() -> list[Case]:
    return [read_case(folder) for folder in folders()]


def applied(before: str, diff: str) -> str:
    """`before` with the hunks of a unified diff of one file applied where they say; ValueError where one does not fit."""
    lines, after, at = before.splitlines(), [], 0
    rows = diff.splitlines()
    if rows[:2] != ["--- a/model.py", "+++ b/model.py"]:
        raise ValueError("the diff is not one of model.py")
    old_left = new_left = 0
    for row in rows[2:]:
        if old_left == new_left == 0:
            hunk = _HUNK.match(row)
            if hunk is None:
                raise ValueError(f"no hunk begins with {row!r}")
            start, old, _, new = (int(number) if number else 1 for number in hunk.groups())
            old_left, new_left = old, new
            after += lines[at : start - 1]
            at = start - 1
            continue
        sign, text = row[:1], row[1:]
        if sign in (" ", "-"):
            if at >= len(lines) or lines[at] != text:
                raise ValueError(f"line {at + 1} is not {text!r}")
            at, old_left = at + 1, old_left - 1
        if sign in (" ", "+"):
            after.append(text)
            new_left -= 1
        if sign not in (" ", "-", "+"):
            raise ValueError(f"a hunk cannot hold {row!r}")
    if old_left or new_left:
        raise ValueError("the last hunk is not whole")
    return "\n".join(after + lines[at:]) + "\n"
