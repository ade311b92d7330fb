"""Where tests find adaptkit: in the folder that ADAPTKIT_PATH names, else in the build tree of the program they run."""

import importlib
import os
import sys
from pathlib import Path

import pytest


def folder() -> Path:
    """What a Python process needs on its path to import it."""
    if given := os.environ.get("ADAPTKIT_PATH"):
        return Path(given).resolve()
    agent = os.environ.get("ADAPT_AGENT")
    build = Path(agent).resolve().parents[1] if agent else Path(__file__).resolve().parents[2] / "build" / "dev"
    return build / "python"


def load():
    if not list((folder() / "adaptkit").glob("_core.*.so")):
        pytest.skip(f"{folder()} has no adaptkit: Python's headers or pybind11 were missing when it was built",
                    allow_module_level=True)
    if str(folder()) not in sys.path:
        sys.path.insert(0, str(folder()))
    return importlib.import_module("adaptkit")
