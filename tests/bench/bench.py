#!/usr/bin/env python3
"""Prints one line a measure, `name value unit baseline ratio bar ok|short`, and appends them to results.md.

`ratio` is value over baseline (value over bar where there is no baseline), `bar` the largest that is ok, in the same
terms. What is to be large says so behind a `#` (search_measures.py). The two sides of a ratio alternate within one run, and the median of each is taken, so that a machine that is
busy slows both. Nothing here is asserted by a test: the figures are read by people.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from llm_measures import llm
from mining_measures import mining
from search_measures import SearchMeasures

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.md"
SCHEMA = HERE.parents[1] / "agent" / "store" / "schema"
RUNS_IN_INDEX = 10_000

BRANCHING = '''import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x):
        y = self.linear(x)
{branch}
        return torch.tanh(y)


def load_model():
    torch.manual_seed(0)
    return Model()


def load_inputs(seed=0):
    return {{"x": torch.randn(2, 8, generator=torch.Generator().manual_seed(seed))}}
'''
FAILS = BRANCHING.format(branch="        if x.sum() > 0:\n            y = y * 2")
REPAIRED = BRANCHING.format(branch="        y = torch.where(x.sum() > 0, y * 2, y)")


@dataclass(frozen=True)
class Measure:
    name: str
    value: float
    unit: str
    baseline: float | None
    bar: float

    @property
    def ratio(self) -> float:
        return self.value / (self.bar if self.baseline is None else self.baseline)

    def line(self) -> str:
        good = self.ratio <= (1 if self.baseline is None else self.bar)
        base = "-" if self.baseline is None else f"{self.baseline:.3g}"
        return f"{self.name} {self.value:.3g} {self.unit} {base} {self.ratio:.2f} {self.bar:g} {'ok' if good else 'short'}"


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, subprocess.CompletedProcess]:
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    return time.monotonic() - start, done


class Bench:
    def __init__(self, agent: str, rounds: int, data: Path):
        self.agent, self.rounds, self.data = agent, rounds, data
        self.environment = {**os.environ, "ADAPT_DATA_FOLDER": str(data), "ADAPT_PYTHON": sys.executable, "OMP_NUM_THREADS": "1"}
        self.harness = Path(agent).resolve().parents[1] / "share" / "adapt" / "harness"

    def beside_plain_script(self, name: str, model: str, plain: tuple[str, str], backend: str, outcome: str, bar: float) -> Measure:
        """`agent adapt` of `model` against the plain script over `plain` (kind, name)."""
        ours, theirs = [], []
        script = [sys.executable, "-B", str(HERE / "plain_script.py"), str(self.harness), *plain, backend]
        for _ in range(self.rounds):
            seconds, done = timed(script, self.environment)
            if done.returncode != 0:
                raise SystemExit(f"{name}: the plain script fails: {done.stderr[-800:]}")
            theirs.append(seconds)
            seconds, done = timed([self.agent, "adapt", model, "--backend", backend, "--json", "--quiet"], self.environment)
            if done.returncode != 0 or json.loads(done.stdout)["outcome"] != outcome:
                raise SystemExit(f"{name}: not {outcome}: {done.stdout[-400:]}{done.stderr[-400:]}")
            ours.append(seconds)
        return Measure(name, statistics.median(ours), "s", statistics.median(theirs), bar)

    def own_memory(self, model: Path) -> Measure:
        """Peak of the engine's process alone; what models need is their own."""
        command = [self.agent, "adapt", str(model), "--backend", "export", "--json", "--quiet"]
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # VmHWM begins anew at exec; ru_maxrss would still hold what this script had when it forked.
        peak = 0.0
        while process.poll() is None:
            try:
                status = Path(f"/proc/{process.pid}/status").read_text()
            except OSError:
                break
            if f"\nPid:\t{process.pid}\n" in status and "VmHWM" in status and status.startswith("Name:\tagent"):
                peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
            time.sleep(0.02)
        if process.wait() != 0:
            raise SystemExit(f"engine_rss: the run ended with {process.returncode}")
        return Measure("engine_rss", peak, "MiB", None, 64)

    def first_line_of_a_long_list(self) -> Measure:
        data = self.data / "long"
        data.mkdir()
        fill_index(data / "index.sqlite")
        command = [self.agent, "runs", "list", "--limit", "0", "--data-folder", str(data)]
        times = []
        for _ in range(max(self.rounds, 9)):
            start = time.monotonic()
            process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            first = process.stdout.readline()
            times.append((time.monotonic() - start) * 1000)
            rest = process.stdout.read()
            process.wait()
            if not first or rest.count(b"\n") != RUNS_IN_INDEX - 1:
                raise SystemExit("runs_list_first_line: the list is not whole")
        return Measure("runs_list_first_line", statistics.median(times), "ms", None, 20)


def fill_index(path: Path) -> None:
    scripts = sorted(SCHEMA.glob("*.sql"))
    with sqlite3.connect(path) as index:
        index.execute("PRAGMA journal_mode = WAL")
        for script in scripts:
            index.executescript(script.read_text())
        index.execute(f"PRAGMA user_version = {len(scripts)}")
        index.execute("INSERT INTO model VALUES ('transformers:SomeModel', 0)")
        result = json.dumps({"reason": "x" * 4000})  # as long as a real one
        index.executemany(
            "INSERT INTO run VALUES (?, 'transformers:SomeModel', 'export', 'works', 'L5', ?, 1000, ?, ?)",
            ((f"run-{n:06}", n * 1000, f"runs/run-{n:06}", result) for n in range(RUNS_IN_INDEX)))


def machine() -> str:
    text = Path("/proc/cpuinfo").read_text()
    cpu = next((line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} x {cpu}, {memory:.0f} GiB, {platform.system()} {platform.release()}, load {load:.1f} at the start"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="part of a measure's name")
    parser.add_argument("--dry", action="store_true", help="do not append to results.md")
    arguments = parser.parse_args()
    start = machine()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        fails, repaired = root / "branching.py", root / "repaired.py"
        fails.write_text(FAILS)
        repaired.write_text(REPAIRED)
        bench = Bench(str(Path(arguments.agent).resolve()), arguments.rounds, root / "data")
        bench.data.mkdir()
        search = SearchMeasures(bench.agent, arguments.rounds)
        bert = ("transformers", "BertModel")
        measures = {
            "index_rate": search.index,
            "thousand_patterns": search.many,
            "wildcards": search.wildcards,
            "search": search.search,
            "mining": lambda: mining(bench.agent),
            "llm": lambda: llm(bench.agent),
            "runs_list_first_line": bench.first_line_of_a_long_list,
            "engine_rss": lambda: bench.own_memory(fails),
            "works_export": lambda: bench.beside_plain_script(
                "works_export", "transformers:BertModel", bert, "export", "works", 1.25),
            "works_onnxruntime": lambda: bench.beside_plain_script(
                "works_onnxruntime", "transformers:BertModel", bert, "onnxruntime", "works", 1.25),
            "repair_by_pattern": lambda: bench.beside_plain_script(
                "repair_by_pattern", str(fails), ("file", str(repaired)), "export", "adapted", 3),
        }
        lines = []
        for name, measure in measures.items():
            if arguments.only in name:
                made = measure()
                for one in made if isinstance(made, list) else [made]:
                    lines.append(one.line())
                    print(lines[-1], flush=True)
    if not arguments.dry:
        when = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        with RESULTS.open("a") as file:
            file.write(f"\n## {when}\n\n{start}; {arguments.rounds} rounds\n\n```\n" + "\n".join(lines) + "\n```\n")


if __name__ == "__main__":
    main()
