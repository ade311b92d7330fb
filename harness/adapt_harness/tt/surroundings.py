"""What a process needs around Tenstorrent's compiler and runtime: a folder of its own, a card, and marks of how far it came."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Iterator

from adapt_harness.stages import Stages
from adapt_harness.tt import evidence
from adapt_harness.tt.lease import leased

MARKER = "._bringup_stage.txt"  # in the working folder; the plugin replaces its text at each stage
LOG_BYTES = 64 << 20
_VISIBLE = "TT_VISIBLE_DEVICES"


def _address(card: str) -> str | None:
    """PCI address: the runtime counts cards in another order than their nodes are numbered."""
    path = f"/sys/class/tenstorrent/tenstorrent!{card}/device"
    return os.path.basename(os.path.realpath(path)) if os.path.exists(path) else None


@contextlib.contextmanager
def _card(stages: Stages) -> Iterator[None]:
    cards = [node.name for node in evidence.device_nodes()]

    def say(text: str) -> None:
        stages.note(text)
        stages.again()  # waiting is nobody's fault, and bounded by itself

    chosen = os.environ.get(_VISIBLE)
    addresses = {card: _address(card) for card in cards}
    # Somebody who chose cards, or cards that cannot be told apart: then all of them, so that nobody else has one.
    every = bool(chosen) or (len(cards) > 1 and None in addresses.values() and evidence.stand_in() is None)
    with leased(cards, every, say) as held:
        if not every and len(cards) > 1:
            os.environ[_VISIBLE] = ",".join(addresses[card] or card for card in held)
        yield


@contextlib.contextmanager
def surroundings(folder: Path, stages: Stages, settings: dict[str, Any]) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text("FE_COMPILATION_START\n", encoding="utf-8")
    os.environ["ENABLE_BRINGUP_STAGE_LOGGING"] = "1"
    os.environ.setdefault("XLA_HLO_DEBUG", "1")  # places of the Python source in the compiler's messages
    before = os.getcwd()
    os.chdir(folder)
    try:
        with contextlib.nullcontext() if os.environ.get(evidence.DESCRIPTOR_VARIABLE) else _card(stages):
            yield
    finally:
        os.chdir(before)
