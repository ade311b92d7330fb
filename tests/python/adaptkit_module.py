"""Where tests find adaptkit: in the build tree of the program they run, or installed where ADAPTKIT_INSTALLED is set."""

import importlib
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def build_folder() -> Path:
    agent = os.environ.get("ADAPT_AGENT")
    return Path(agent).resolve().parents[1] if agent else ROOT / "build" / "dev"


def module_path() -> list[str]:
    """What a Python process needs on its path to import it."""
    return [] if os.environ.get("ADAPTKIT_INSTALLED") else [str(build_folder() / "python")]


def load():
    for folder in module_path():
        if not list((Path(folder) / "adaptkit").glob("_core.*.so")):
            pytest.skip("the build has no adaptkit: Python's headers or pybind11 are missing", allow_module_level=True)
        if folder not in sys.path:
            sys.path.insert(0, folder)
    return importlib.import_module("adaptkit")
