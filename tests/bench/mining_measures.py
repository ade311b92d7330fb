"""Measures of mining: held-out edits of the mass edits of tests/corpus/mining, and stray places in untouched files."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import tempfile
import time
from pathlib import Path

from search_measures import Line, at_least, at_most

ROOT = Path(__file__).resolve().parents[2]
DRAWS = 8
BARS = {"5": (0.98, 0.85), "1": (0.95, 0.65)}  # examples: precision, recall
MEAN = re.compile(r"macro mean of \d+ families, (\d) example\(s\): precision ([\d.]+) recall ([\d.]+), mining ([\d.]+) s")
STRAY = re.compile(r"stray (\d+) places in (\d+) untouched files of (\d+) rules")
MAX_STRAYS = 0.01  # places a rule and file


KEPT = 10_000  # repairs


def keep_repairs(folder: Path) -> None:
    """As `patterns learn` keeps them: the files of the corpus again and again, a family as a failure."""
    pairs = [(case.parent.name.replace("_", "-"), (case / "before.py").read_text("utf-8"),
              (case / "after.py").read_text("utf-8")) for case in sorted((ROOT / "tests/corpus/mining").glob("*/*/"))
             if (case / "after.py").exists()]
    for index in range(KEPT):
        failure, before, after = pairs[index % len(pairs)]
        for side, text in (("before", before), ("after", after)):
            file = folder / "patterns/examples" / failure / side / f"{index:016d}" / "model.py"
            file.parent.mkdir(parents=True)
            file.write_text(f"# {index}\n{text}", "utf-8")


def replay(agent: str) -> Line:
    """Seconds to mine one repair with KEPT others kept, the index of their words ready."""
    case = ROOT / "tests/corpus/mining/mask_fill_finfo/03_local_window"
    with tempfile.TemporaryDirectory() as folder:
        keep_repairs(Path(folder) / "data")
        seconds = []
        for _ in range(4):
            begin = time.perf_counter()
            subprocess.run([agent, "patterns", "mine", case / "before.py", case / "after.py", "--failure", "mask-fill-finfo",
                            "--set", f"data_folder={folder}/data", "--set", f"cache_folder={folder}/cache"],
                           capture_output=True, check=True)
            seconds.append(time.perf_counter() - begin)
    return at_most("mining_replay_10000", min(seconds[1:]), "s", 1)


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
    lines.append(replay(agent))
    return [*lines, at_most("mining_strays", places / max(rules, 1) / files, "-", MAX_STRAYS)]
