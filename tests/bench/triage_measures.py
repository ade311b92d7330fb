#!/usr/bin/env python3
"""Measures of `agent triage`: how often it is right, against the first match of tt-xla's own table, and how fast it reads.

    python tests/bench/triage_measures.py --agent build/release/bin/agent [--labels FILE] [--write-weights] [--no-speed]

`bench_triage` has to lie beside the agent. What the figures are:

- cross-validated: weights of words are learned on four fifths of the groups of reasons and judged on the last; rows that
  say the same but for numbers are in one group. The signatures are written by people who had read the reasons, so only
  what is learned is held out; the figure without learning says how much the signatures do alone.
- history: reasons of older files; the weights come from the other rows only.
- words alone: the same learner where no signature speaks. This one is held out altogether.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from triage_baseline import FirstMatch
from triage_learning import LABELS, WEIGHTS, Row, ask, learn, read_rows

FOLDS = 5
LOG_BYTES = 200_000_000
BARS = {"stage": 0.90, "macro_f1": 0.80, "seconds": 2.0, "mib": 64.0}


def fold_of(rows: list[Row]) -> dict[str, int]:
    """Groups over folds, so that each category's groups are spread as evenly as they go."""
    by_category: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.group not in by_category[row.category]:
            by_category[row.category].append(row.group)
    out: dict[str, int] = {}
    turn = 0
    for category in sorted(by_category):
        for group in sorted(by_category[category]):
            if group not in out:
                out[group] = turn % FOLDS
                turn += 1
    return out


def judge(program: Path, rows: list[Row], weights: str, mode: str = "judge") -> list[dict]:
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        file.write(weights)
        file.flush()
        return ask(program, [mode, file.name], [row.reason for row in rows])


def cross_validated(program: Path, rows: list[Row], seen: dict[str, dict], mode: str = "judge") -> list[dict]:
    folds = fold_of(rows)
    out: dict[int, dict] = {}
    for fold in range(FOLDS):
        known = [row for row in rows if folds[row.group] != fold]
        held = [index for index, row in enumerate(rows) if folds[row.group] == fold]
        weights = learn(known, seen)
        for index, said in zip(held, judge(program, [rows[index] for index in held], weights, mode)):
            out[index] = said
    return [out[index] for index in range(len(rows))]


def macro_f1(truth: list[str], said: list[str]) -> float:
    """Mean over the categories that occur in the truth."""
    scores = []
    for name in sorted(set(truth)):
        right = sum(t == s == name for t, s in zip(truth, said))
        scores.append(2 * right / (truth.count(name) + said.count(name)))
    return sum(scores) / len(scores)


def stage_accuracy(rows: list[Row], said: list[str]) -> float:
    pairs = [(row.bringup, word) for row, word in zip(rows, said) if row.bringup]
    return sum(a == b for a, b in pairs) / len(pairs)


def report(name: str, rows: list[Row], said: list[dict]) -> None:
    categories = [one["category"] for one in said]
    truth = [row.category for row in rows]
    accuracy = sum(a == b for a, b in zip(truth, categories)) / len(rows)
    groups = {row.group: (row.category, one["category"]) for row, one in zip(rows, said)}
    distinct = sum(a == b for a, b in groups.values()) / len(groups)
    stage = f"{stage_accuracy(rows, [one['bringup_status'] for one in said]):.3f}" if any(r.bringup for r in rows) else "-"
    print(f"{name:34} rows {len(rows):4}  stage {stage:>5}  macro-F1 {macro_f1(truth, categories):.3f}  "
          f"category {accuracy:.3f}  (distinct reasons {distinct:.3f} of {len(groups)})")


def confusion(rows: list[Row], said: list[dict]) -> None:
    pairs = Counter((row.category, one["category"] or "UNKNOWN") for row, one in zip(rows, said))
    print("\nconfusion: truth, what was said, rows; the diagonal in brackets")
    for name in sorted({row.category for row in rows}):
        wrong = ", ".join(f"{said_as} {count}" for (truth, said_as), count in sorted(pairs.items())
                          if truth == name and said_as != name)
        print(f"  {name:26} [{pairs[(name, name)]}] {wrong}")
    stages = Counter((row.bringup, one["bringup_status"]) for row, one in zip(rows, said) if row.bringup)
    print("\nstages")
    for name in sorted({row.bringup for row in rows if row.bringup}):
        wrong = ", ".join(f"{said_as} {count}" for (truth, said_as), count in sorted(stages.items())
                          if truth == name and said_as != name)
        print(f"  {name:26} [{stages[(name, name)]}] {wrong}")


def write_log(path: Path, size: int) -> None:
    """A compile log: passes, dumps of modules, timings; what went wrong stands in the last tenth."""
    block = "".join(
        f"2026-08-01 10:00:{i % 60:02}.123 (  12.{i:03}s) [        7F0A12] module_builder.cc:{i % 900}  1| MLIR Module ttnn:\n"
        f"    %{i} = \"ttnn.matmul\"(%{i - 1}, %arg{i % 9}) <{{transpose_a = false}}> : (tensor<1x{i}x768xbf16, #ttnn_layout{i % 30}>) -> tensor<1x{i}x3072xbf16> loc(#loc{i})\n"
        f"// -----// IR Dump After Canonicalizer (canonicalize) ('builtin.module' operation: @SyncTensorsGraph.{i}) //----- //\n"
        f"                  Metal |     INFO | Allocating buffer of {i * 64} B on bank {i % 12}\n" for i in range(1, 700)).encode()
    failure = (b"2026-08-01 10:09:00 | critical | Always | TT_THROW: Out of Memory: Not enough space to allocate 157286400 B DRAM "
               b"buffer across 12 banks, where each bank needs to store 13107200 B, but bank size is 1073741792 B\n"
               b"E   RuntimeError: Bad StatusOr access: INTERNAL: Error code: 13\n")
    with path.open("wb") as file:
        while file.tell() < size * 9 // 10:
            file.write(block)
        file.write(failure)
        while file.tell() < size:
            file.write(block)


def speed(agent: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "compile.log"
        write_log(log, LOG_BYTES)
        seconds, mib, stdout = [], 0.0, ""
        for _ in range(3):
            begin = time.perf_counter()
            child = subprocess.Popen([agent, "triage", log, "--json"], stdout=subprocess.PIPE, text=True)
            stdout = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            seconds.append(time.perf_counter() - begin)
            mib = max(mib, usage.ru_maxrss / 1024)
            if status != 0:
                sys.exit(f"agent triage ended with {os.waitstatus_to_exitcode(status)}")
        size = log.stat().st_size
        best = min(seconds)
        print(f"\nreads {size / 1e6:.0f} MB in {best:.2f} s (of {', '.join(f'{s:.2f}' for s in seconds)}), "
              f"{size / 1e6 / best:.0f} MB/s, {mib:.1f} MiB at most; bars {BARS['seconds']} s, {BARS['mib']} MiB")
        print("  found " + ("OOM_DRAM" if '"OOM_DRAM"' in stdout else "something else: " + stdout[:200]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", type=Path, required=True)
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--write-weights", action="store_true", help="learn from all rows and write the table")
    parser.add_argument("--no-speed", action="store_true")
    arguments = parser.parse_args()
    program = arguments.agent.resolve().with_name("bench_triage")
    everything = [row for row in read_rows(arguments.labels) if row.category]
    seen = dict(zip((row.reason for row in everything), ask(program, ["features"], [row.reason for row in everything])))
    rows = [row for row in everything if row.origin != "history"]
    history = [row for row in everything if row.origin == "history"]
    if arguments.write_weights:
        WEIGHTS.write_text(learn(everything, seen), "utf-8")
        return print(f"wrote {WEIGHTS}: build again")

    baseline = FirstMatch()
    report("first match of tt-xla's table", rows, [baseline.judge(row.reason) for row in rows])
    report("signatures, nothing learned", rows, judge(program, rows, ""))
    blind = {reason: {**what, "categories": {}, "bringups": {}} for reason, what in seen.items()}
    report("cross-validated, words alone", rows, cross_validated(program, rows, blind, "words"))
    said = cross_validated(program, rows, seen)
    report("cross-validated, as shipped", rows, said)
    if history:
        report("history: first match", history, [baseline.judge(row.reason) for row in history])
        report("history: signatures", history, judge(program, history, ""))
        report("history: words alone", history, judge(program, history, learn(rows, blind), "words"))
        report("history: learned on the other rows", history, judge(program, history, learn(rows, seen)))
    print(f"bars: stage {BARS['stage']}, macro-F1 {BARS['macro_f1']}")
    confusion(rows, said)
    if not arguments.no_speed:
        speed(arguments.agent)


if __name__ == "__main__":
    main()
