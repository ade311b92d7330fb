"""A Python environment in which stand-ins take the place of Tenstorrent's packages, over the one that tests run in."""

from __future__ import annotations

import json
import os
import shutil
import site
import sys
from dataclasses import dataclass
from pathlib import Path

FAKES = Path(__file__).resolve().parents[1] / "fakes" / "tenstorrent"


@dataclass
class StandIn:
    """`kind`: xla or legacy. Its interpreter is `python`."""

    root: Path
    kind: str

    def __post_init__(self) -> None:
        self.packages = self.root / "packages"
        for part in (self.kind, "common"):
            shutil.copytree(FAKES / part, self.packages, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        base = Path(os.path.realpath(sys.executable))
        self.python = self.root / "bin" / "python"
        self.python.parent.mkdir(parents=True)
        self.python.symlink_to(base)
        (self.root / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
        ours = self.root / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
        ours.mkdir(parents=True)
        (ours / "stand_in.pth").write_text("\n".join([str(self.packages), *site.getsitepackages()]) + "\n")

    def cards(self, *numbers: int) -> "StandIn":
        folder = self.packages / "tt_torch" / "devices"
        folder.mkdir()
        for number in numbers:
            (folder / str(number)).touch()
        return self

    def fails(self, **order: object) -> "StandIn":
        (self.packages / "tt_stand_in.json").write_text(json.dumps(order))
        return self

    def claims_to_be_real(self) -> "StandIn":
        (self.packages / "tt_torch" / "STAND_IN").unlink()
        return self


def calls(run: Path) -> list[dict]:
    """What the stand-ins of a run wrote down, in the order of its attempts."""
    files = sorted(run.glob("attempts/*/*/private/stand_in_calls.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]
