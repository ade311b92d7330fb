"""Runs the real program for the end-to-end tests: in a data folder of its own, bounded in time, watched for leftovers."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

AGENT = os.environ.get("ADAPT_AGENT", "")
SOAK = bool(os.environ.get("ADAPT_SOAK"))
WITHOUT_AGENT = "ADAPT_AGENT names no program (tests/run_all.sh sets it)"
WITHOUT_SOAK = "a soak: set ADAPT_SOAK=1"

# Loads and inputs of a model that a test writes; `{forward}` is its body.
MODEL = """
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x):
{forward}


def load_model():
    torch.manual_seed(0)
    return Model()


def load_inputs(seed=0):
    return {{"x": torch.randn(2, 8, generator=torch.Generator().manual_seed(seed))}}
"""


def model_text(forward: str) -> str:
    return MODEL.format(forward="\n".join("        " + line for line in forward.splitlines()))


WORKING = model_text("return torch.tanh(self.linear(x))")
# Asks a tensor which way to go: no capture can know the answer beforehand.
BRANCHING = model_text("y = self.linear(x)\nif x.sum() > 0:\n    y = y * 2\nreturn torch.tanh(y)")


@dataclass
class Ended:
    code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def json(self) -> dict:
        return json.loads(self.stdout)

    @property
    def said(self) -> str:
        """What a person sees of an error: stderr without progress."""
        return "\n".join(line for line in self.stderr.splitlines() if line.startswith("agent:"))


@dataclass
class Program:
    """The program with a data folder, a home and a temporary folder of its own."""

    root: Path

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.data = self.root / "data"
        self.home = self.root / "home"
        self.home.mkdir(exist_ok=True)

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ADAPT_", "XDG_"))}
        return {**kept, "ADAPT_PYTHON": os.environ.get("ADAPT_PYTHON", sys.executable), "HOME": str(self.home),
                "ADAPT_DATA_FOLDER": str(self.data), "ADAPT_E2E_MARK": str(self.root)}

    def start(self, *arguments: str, file_bytes: int | None = None, before: tuple[str, ...] = (),
              **changes: str) -> subprocess.Popen:
        """`before`: a command that runs the program, as `unshare` does."""
        def limit() -> None:
            if file_bytes is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit then fails with EFBIG
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

        return subprocess.Popen([*before, AGENT, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                errors="replace", env=self.environment() | changes, cwd=self.root, start_new_session=True,
                                preexec_fn=limit)

    def __call__(self, *arguments: str, seconds: float = 300, file_bytes: int | None = None, before: tuple[str, ...] = (),
                 **changes: str) -> Ended:
        start = time.monotonic()
        process = self.start(*arguments, file_bytes=file_bytes, before=before, **changes)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return Ended(process.returncode, out, err, time.monotonic() - start)

    def write(self, name: str, text: str) -> Path:
        path = self.root / "models" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def runs(self) -> list[Path]:
        return sorted((self.data / "runs").iterdir())

    def leftovers(self, within: float = 10) -> list[str]:
        """Command lines of processes that this program's calls started and that still run after `within` seconds."""
        deadline = time.monotonic() + within
        while (found := self._marked()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found

    def _marked(self) -> list[str]:
        # The engine clears its children's environment, but each of them names the run folder or works in it.
        mark, found = str(self.root).encode(), []
        for process in Path("/proc").iterdir():
            if not process.name.isdigit() or int(process.name) == os.getpid():
                continue
            try:
                texts = [(process / name).read_bytes() for name in ("environ", "cmdline")]
                texts.append(os.readlink(process / "cwd").encode())
            except OSError:
                continue  # ended meanwhile, or a kernel thread
            if any(mark in text for text in texts):
                found.append(f"{process.name} {texts[1].replace(bytes(1), b' ').decode(errors='replace')[:200]}")
        return found


def check_chain(log: Path) -> list[dict]:
    """The events of a log. Every line must be whole, numbered, and hold the hash over the line before and itself."""
    previous, events = "0" * 64, []
    for number, raw in enumerate(log.read_bytes().splitlines(keepends=True), 1):
        line = raw.decode()
        assert line.endswith("\n"), f"line {number} is not whole"
        event = json.loads(line)
        stated = event["hash"]
        body = line.rstrip("\n").replace(f'"hash":"{stated}",', "", 1)  # its own bytes: printers of numbers differ
        assert event["seq"] == number and event["prev"] == previous, f"line {number} does not follow the one before"
        assert hashlib.sha256((previous + body).encode()).hexdigest() == stated, f"line {number}: the hash does not fit"
        previous = stated
        events.append(event)
    return events
