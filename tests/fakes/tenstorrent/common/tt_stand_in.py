"""What a stand-in for Tenstorrent's packages writes down, and the ways in which a test lets it fail like the real ones.

`tt_stand_in.json` beside this file: {"at": "open|compile|run", "how": HOW, "text": T, "card": N, "depth": D}. `text`
goes to descriptor 2, `card` and `depth` (of tt-torch) are the only ones that fail.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

_ORDER = Path(__file__).with_name("tt_stand_in.json")
_CALLS = "stand_in_calls.jsonl"  # in the working folder
_MARKS = {"compile": "TTMLIR_COMPILATION_START", "run": "RUNTIME_EXECUTION_START"}


def note(call: str, **values: object) -> None:
    with open(_CALLS, "a", encoding="utf-8") as file:
        file.write(json.dumps({"call": call, **values}, default=str, sort_keys=True) + "\n")


def reach(at: str, depth: str | None = None) -> None:
    """The stand-in has come so far: marks it as the plugin does, and fails where it was told to."""
    if at in _MARKS and os.environ.get("ENABLE_BRINGUP_STAGE_LOGGING") == "1":
        Path("._bringup_stage.txt").write_text(_MARKS[at] + "\n", encoding="utf-8")
    note("reach", at=at, card=os.environ.get("TT_VISIBLE_DEVICES"))
    order = json.loads(_ORDER.read_text(encoding="utf-8")) if _ORDER.exists() else {}
    here = {"at": at, "card": os.environ.get("TT_VISIBLE_DEVICES"), "depth": depth}
    if any(order.get(key) not in (None, value) for key, value in here.items()) or "how" not in order:
        return
    os.write(order.get("descriptor", 2), order.get("text", "").encode() * order.get("copies", 1))
    how = order["how"]
    if how == "error-13":
        raise ValueError("Error code: 13")
    if how == "abort":
        os.abort()
    if how == "hang":
        time.sleep(order["seconds"])
    if how not in ("error-13", "abort", "hang", "print"):
        sys.exit(f"the stand-in does not know how to '{how}'")
