"""Soak campaign: builds every auto class of the installed library tiny, with inputs, and runs it eagerly.

One forked process a class, bounded in time and memory. Prints one line a class that fails and a summary; `--csv`
keeps the table, and a campaign that was interrupted goes on from it. Run it from the repository root:

    python tests/bench/sweep_sources.py [--classes FILE|NAME,...] [--csv OUT] [--jobs 2] [--draws]
"""

from __future__ import annotations

import argparse
import collections
import csv
import json
import logging
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

FIELDS = ["class", "status", "failure_class", "message", "parameters", "seconds", "peak_mb", "notes", "draws"]
VARIANTS = ("padded", "left-padded", "shorter", "batch1")


def auto_classes() -> list[str]:
    """Every class that one of the library's auto mappings names."""
    from transformers.models.auto import modeling_auto

    found: set[str] = set()
    for name, mapping in vars(modeling_auto).items():
        if name.startswith("MODEL_") and name.endswith("_MAPPING_NAMES"):
            for value in mapping.values():
                found.update(value if isinstance(value, (tuple, list)) else [value])
    return sorted(found)


def try_class(name: str, draws: bool) -> dict:
    """Resolve, load, draw and run one class; what the child process does."""
    import torch

    from adapt_harness.sources import DrawUnavailable, SourceError, open_source

    torch.set_num_threads(1)
    row: dict = {"class": name, "status": "fail"}
    try:
        source = open_source({"kind": "transformers", "name": name, "size": "tiny", "seed": 0})
        source.resolve()
        loaded = source.load({})
        inputs = source.inputs(loaded, {"seed": 1, "variant": "base"})
        with torch.no_grad():
            loaded.model(**inputs.kwargs())
        row.update(
            status="ok", parameters=sum(p.numel() for p in loaded.model.parameters()), notes=" | ".join(loaded.notes)
        )
        given = []
        for variant in VARIANTS if draws else ():
            try:
                source.inputs(loaded, {"seed": 2, "variant": variant})
                given.append(variant)
            except DrawUnavailable as error:
                given.append(f"-{variant} ({error.reason[:80]})")
        row["draws"] = " ".join(given)
    except SourceError as error:
        row.update(failure_class=error.failure_class, message=error.message)
    except Exception as error:  # a model that fails outside the source's own handling is a finding
        row.update(failure_class="exception", message=f"{type(error).__name__}: {error}"[:400])
    return row


def sweep(names: list[str], args: argparse.Namespace, keep: Callable[[dict], None]) -> None:
    """One forked child a class; `keep` gets each row as it is known."""
    _preload()
    waiting, running, done = list(names), {}, 0
    with tempfile.TemporaryDirectory() as scratch:
        while waiting or running:
            while waiting and len(running) < args.jobs:
                name = waiting.pop(0)
                path = Path(scratch) / f"{name}.json"
                pid = os.fork()
                if pid == 0:
                    _child(name, path, args)
                running[pid] = (name, path, time.monotonic())
            pid, status = os.wait()
            name, path, started = running.pop(pid)
            row = json.loads(path.read_text()) if path.exists() else _ended(name, status)
            row["seconds"] = round(time.monotonic() - started, 2)
            done += 1
            keep(row)
            _report(row, done, len(names))


def _preload() -> None:
    """What every class needs, imported once: children share it."""
    import transformers.generation.utils
    import transformers.models.auto.modeling_auto
    import transformers.models.bert.modeling_bert
    import transformers.models.wav2vec2.modeling_wav2vec2  # noqa: F401

    import adapt_harness.sources.transformers_class  # noqa: F401
    from adapt_harness.sources.catalogue import defining_modules

    defining_modules()


def _child(name: str, path: Path, args: argparse.Namespace) -> None:
    # CPU time, so that a busy machine changes no outcome; wall time only for a child that sleeps.
    resource.setrlimit(resource.RLIMIT_CPU, (args.timeout, args.timeout + 5))
    signal.alarm(10 * args.timeout)
    resource.setrlimit(resource.RLIMIT_AS, (args.memory_gb << 30, args.memory_gb << 30))
    row = try_class(name, args.draws)
    row["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    path.write_text(json.dumps(row))
    os._exit(0)


def _ended(name: str, status: int) -> dict:
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGALRM, signal.SIGXCPU):
        return {"class": name, "status": "fail", "failure_class": "hang", "message": "over the time limit"}
    what = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit {os.waitstatus_to_exitcode(status)}"
    return {"class": name, "status": "fail", "failure_class": "crash", "message": what}


def _report(row: dict, done: int, total: int) -> None:
    if row["status"] != "ok":
        print(f"{done}/{total} {row['class']}: {row['failure_class']}: {row['message'][:160]}", flush=True)
    elif done % 25 == 0:
        print(f"{done}/{total}", flush=True)


def _known(path: Path | None) -> list[dict]:
    """Rows of an earlier, interrupted campaign: those classes are not tried again."""
    if path is None or not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _append(path: Path | None, row: dict) -> None:
    if path is None:
        return
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, restval="")
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def main() -> int:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "harness"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--classes", help="a file with one class a line, or names with commas; default: every auto class"
    )
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=60)
    parser.add_argument("--memory-gb", type=int, default=12)
    parser.add_argument("--draws", action="store_true", help="also try every draw variant")
    args = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    logging.disable(logging.WARNING)
    names = auto_classes()
    if args.classes:
        names = Path(args.classes).read_text().split() if Path(args.classes).is_file() else args.classes.split(",")
    rows = _known(args.csv)
    names = [n for n in names if n not in {r["class"] for r in rows}]
    sweep(names, args, lambda row: (rows.append(row), _append(args.csv, row)))
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    counts = collections.Counter(r["status"] if r["status"] == "ok" else r["failure_class"] for r in rows)
    rest = ", ".join(f"{n} {kind}" for kind, n in counts.most_common() if kind != "ok")
    print(f"{counts['ok']} of {len(rows)} classes build and run eagerly; the rest: {rest or 'none'}")
    print(f"{cpu.ru_utime + cpu.ru_stime:.0f} s of CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main())
