"""Measures of the search for patterns: the index, selective searches beside ast-grep, a large library, wildcards.

Both sides of a search get the same folders, the same code and one thread; what is compared is processor time, and the
counts must agree.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

AST_GREP = "@ast-grep/cli@0.51.1"
PATTERNS = Path(__file__).resolve().parents[2] / "patterns"

# name -> our code, ast-grep's (a list: any of these), where one engine is told what the other one knows.
CODES = {
    "finfo_min": ("torch.finfo($A).min", ["torch.finfo($A).min"]),
    "masked_fill": ('$X.masked_fill($M, float("-inf"))',
                    ['$X.masked_fill($M, float("-inf"))', "$X.masked_fill($M, float('-inf'))",
                     '$X.masked_fill($M, -float("inf"))', "$X.masked_fill($M, -float('inf'))",
                     "$X.masked_fill($M, -torch.inf)", "$X.masked_fill($M, -math.inf)", "$X.masked_fill($M, -np.inf)",
                     'torch.masked_fill($X, $M, float("-inf"))', "torch.masked_fill($X, $M, float('-inf'))",
                     "$X.masked_fill($M, value=float('-inf'))", '$X.masked_fill($M, value=float("-inf"))',
                     "$X.masked_fill(mask=$M, value=float('-inf'))", '$X.masked_fill(mask=$M, value=float("-inf"))']),
    "is_floating_point": ("$X.is_floating_point()", ["$X.is_floating_point()"]),
}


@dataclass(frozen=True)
class Line:
    """One line of the result, and what a person should see beside it."""

    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float
    bar: float
    good: bool
    note: str = ""

    def line(self) -> str:
        base = "-" if self.baseline is None else f"{self.baseline:.3g}"
        text = f"{self.name} {self.value:.3g} {self.unit} {base} {self.ratio:.2f} {self.bar:g} {'ok' if self.good else 'short'}"
        return text + (f"  # {self.note}" if self.note else "")


def at_least(name: str, value: float, unit: str, bar: float, note: str = "") -> Line:
    return Line(name, value, unit, None, value / bar, 1, value >= bar, note or f"bar {bar:g} {unit}")


def at_most(name: str, value: float, unit: str, bar: float, note: str = "") -> Line:
    return Line(name, value, unit, None, value / bar, 1, value <= bar, note or f"bar {bar:g} {unit}")


def processor_seconds(command: list[str], cwd: Path) -> tuple[float, str]:
    """(user and system time of the command, what it printed)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command[:4])}: {done.stderr[-600:]}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, done.stdout


def ast_grep() -> str | None:
    """The program, installed once into the user's cache folder; None where it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "adapt" / "bench" / "ast-grep-0.51.1"
    program = cache / "node_modules" / ".bin" / "ast-grep"
    if not program.exists() and shutil.which("npm"):
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--no-fund", "--no-audit", "--prefix", str(cache), AST_GREP], capture_output=True)
    works = program.exists() and subprocess.run([str(program), "--version"], capture_output=True).returncode == 0
    return str(program) if works else None


def packages_folder() -> Path:
    """The folder that holds the installed torch and transformers; neither is imported."""
    import importlib.util

    folders = {Path(importlib.util.find_spec(name).submodule_search_locations[0]).parent for name in ("torch", "transformers")}
    if len(folders) != 1:
        raise SystemExit("torch and transformers lie in different folders")
    return folders.pop()


class SearchMeasures:
    def __init__(self, agent: str, rounds: int):
        self.agent, self.rounds = agent, max(rounds, 3)
        self.program = str(Path(agent).with_name("bench_search"))
        self.packages = packages_folder()
        self.folders = ["torch", "transformers"]
        self.bytes = sum(path.stat().st_size for folder in self.folders for path in (self.packages / folder).rglob("*.py"))

    def bench_search(self, *words: str) -> str:
        done = subprocess.run([self.program, *words], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"bench_search {words[0]}: {done.stderr}")
        return done.stdout.strip()

    def index(self) -> list[Line]:
        return [at_least("index_rate", float(self.bench_search("index", str(self.packages / "transformers"))), "MB/s", 100)]

    def many(self) -> list[Line]:
        value = float(self.bench_search("many", str(PATTERNS / "library"), str(self.packages / "transformers" / "models"), "1000"))
        return [at_most("thousand_patterns", value, "ms", 100)]

    def wildcards(self) -> list[Line]:
        value = float(self.bench_search("wildcards", str(PATTERNS / "isomorphisms.txt")))
        return [at_most("wildcards_twice_as_long", value, "times", 8, "time for 4000 arguments over that for 2000; cubic would be 8")]

    def search(self) -> list[Line]:
        return [line for name, (code, others) in CODES.items() for line in self.one_search(name, code, others)]

    def one_search(self, name: str, code: str, others: list[str]) -> list[Line]:
        other = ast_grep()
        rules = {"id": "r", "language": "python", "rule": {"any": [{"pattern": text} for text in others]}}
        with tempfile.TemporaryDirectory() as cache:
            mine = [self.agent, "patterns", "find", "--code", code, *self.folders, "--threads", "1", "--json", "--quiet",
                    "--cache-folder", cache]
            theirs = [other, "scan", "--inline-rules", json.dumps(rules), "--threads", "1", "--globs", "*.py", "--json=stream",
                      "--no-ignore", "vcs", "--no-ignore", "dot", *self.folders]
            processor_seconds(mine, self.packages)  # the index is ready
            ours, baseline, count, their_count = [], [], 0, 0
            for _ in range(self.rounds):
                seconds, printed = processor_seconds(mine, self.packages)
                ours.append(seconds)
                count = sum('"pattern"' in line for line in printed.splitlines())
                if other:
                    seconds, printed = processor_seconds(theirs, self.packages)
                    baseline.append(seconds)
                    their_count = len(printed.splitlines())
        # The least of the rounds: a busy machine only ever adds.
        rate = self.bytes / 1e6 / min(ours)
        lines = [at_least(f"search_{name}_rate", rate, "MB/s", 300)]
        if not other:
            return [*lines, Line(f"search_{name}", min(ours), "s", None, 0, 20, False, "ast-grep cannot be had here")]
        ratio = min(baseline) / min(ours)
        note = f"{count} sites, ast-grep {their_count}; ratio is theirs over ours"
        return [*lines, Line(f"search_{name}", min(ours), "s", min(baseline), ratio, 20, ratio >= 20 and count == their_count, note)]


if __name__ == "__main__":
    sys.exit("run bench.py")
