"""One process a card: whoever wants to use a card locks its file first, and waits while somebody else has it.

The kernel holds the lock and lets go of it when its owner ends, however that happens, so no lock outlives its owner. The
file's text says who had the card last and how that ended: a card whose last owner died or failed is taken last.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

_FOLDER_VARIABLE, _WAIT_VARIABLE = "ADAPT_DEVICE_LEASES", "ADAPT_DEVICE_WAIT_SECONDS"
_LOOK_SECONDS, _SAY_SECONDS = 0.2, 5.0
_MOST_BYTES = 4096

Say = Callable[[str], None]


class DeviceBusy(Exception):
    """Says nothing about the model: somebody else has every card."""

    failure_class = "device"


@dataclass
class Lease:
    """Locked card files, held until the process ends: a client of the device cannot be closed before."""

    files: dict[str, int]  # card -> descriptor

    def write(self, state: str) -> None:
        owner = {
            "pid": os.getpid(), "machine": socket.gethostname(), "since": int(time.time()), "state": state,
            "folder": os.getcwd(),
        }  # fmt: skip
        for descriptor in self.files.values():
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(owner).encode(), 0)


def _owner(path: Path) -> dict[str, object]:
    """What the file says, as far as it can be read: anybody may have written it."""
    try:
        with open(path, "rb") as file:
            said = json.loads(file.read(_MOST_BYTES) or b"{}")
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _described(path: Path) -> str:
    owner = _owner(path)
    since = owner.get("since")
    ago = f"for {max(0, int(time.time()) - since)} s" if isinstance(since, int) else "since when is not known"
    return f"process {owner.get('pid', '?')} on {owner.get('machine', '?')}, {ago}, in {owner.get('folder', '?')}"


def _lock(path: Path) -> int | None:
    """A descriptor that holds the lock; None while another process does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _try(cards: list[str], every: bool, folder: Path, say: Say) -> Lease | None:
    """The first free card, or all of them; those whose last use ended well come first."""
    paths = {card: folder / f"card-{card}" for card in cards}
    order = sorted(cards, key=lambda card: _owner(paths[card]).get("state", "ended") != "ended")
    held: dict[str, int] = {}
    for card in order:
        before = _owner(paths[card])
        descriptor = _lock(paths[card])
        if descriptor is None:
            if every:
                break
            continue
        held[card] = descriptor
        if before.get("state") == "held":  # it could not say that it ended, and the lock was free
            say(f"card {card} is taken over: its owner, process {before.get('pid', '?')}, ended without giving it back")
        if not every:
            break
    if held and (not every or len(held) == len(cards)):
        return Lease(held)
    for descriptor in held.values():
        os.close(descriptor)
    return None


def acquire(
    cards: list[str],
    every: bool,
    say: Say,
    folder: Path | None = None,
    wait_seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Lease:
    """Waits, and says for whom; raises DeviceBusy when that takes too long. `every`: all cards and not just one."""
    folder = folder or Path(os.environ.get(_FOLDER_VARIABLE) or os.path.join(tempfile.gettempdir(), "adapt-leases"))
    folder.mkdir(parents=True, exist_ok=True)
    limit = float(os.environ.get(_WAIT_VARIABLE, "300")) if wait_seconds is None else wait_seconds
    start, said = clock(), -_SAY_SECONDS
    while True:
        lease = _try(cards, every, folder, say)
        if lease is not None:
            lease.write("held")
            return lease
        waited = clock() - start
        holders = ", ".join(f"card {card}: {_described(folder / f'card-{card}')}" for card in cards)
        if waited >= limit:
            raise DeviceBusy(f"no card was free for {limit:.0f} s; {holders}")
        if waited - said >= _SAY_SECONDS:
            said = waited
            say(f"waiting for a card, {waited:.0f} of {limit:.0f} s; {holders}")
        sleep(min(_LOOK_SECONDS, max(0.0, limit - waited)))


_held: Lease | None = None  # of this process: parts of a model that are tried one after the other share it


@contextlib.contextmanager
def leased(cards: list[str], every: bool, say: Say) -> Iterator[list[str]]:
    """The cards that this process may use; how it went is written down for the next owner."""
    global _held
    if _held is None:
        _held = acquire(cards, every, say)
    _held.write("held")
    try:
        yield list(_held.files)
    except BaseException:
        _held.write("failed")
        raise
    _held.write("ended")
