"""Measures of mining: held-out edits of the mass edits of tests/corpus/mining, and stray places in untouched files."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

from search_measures import Line, at_least, at_most

ROOT = Path(__file__).resolve().parents[2]
DRAWS = 8
BARS = {"5": (0.98, 0.85), "1": (0.95, 0.65)}  # examples: precision, recall
MEAN = re.compile(r"macro mean of \d+ families, (\d) example\(s\): precision ([\d.]+) recall ([\d.]+), mining ([\d.]+) s")
STRAY = re.compile(r"stray (\d+) places in (\d+) untouched files of (\d+) rules")
MAX_STRAYS = 0.01  # places a rule and file


def mining(agent: str) -> list[Line]:
    program = Path(agent).with_name("bench_mining")
    library = Path(importlib.util.find_spec("transformers").submodule_search_locations[0])
    done = subprocess.run([program, ROOT / "patterns" / "isomorphisms.txt", ROOT / "patterns" / "background.tsv",
                           ROOT / "tests" / "corpus" / "mining", str(DRAWS), library],
                          capture_output=True, text=True, check=True)
    lines = []
    for examples, precision, recall, seconds in MEAN.findall(done.stdout):
        lines += [at_least(f"mining_precision_{examples}", float(precision), "-", BARS[examples][0]),
                  at_least(f"mining_recall_{examples}", float(recall), "-", BARS[examples][1]),
                  at_most(f"mining_time_{examples}", float(seconds), "s", 1)]
    places, files, rules = map(int, STRAY.search(done.stdout).groups())
    return [*lines, at_most("mining_strays", places / max(rules, 1) / files, "-", MAX_STRAYS)]
