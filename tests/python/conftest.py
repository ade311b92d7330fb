"""Puts the harness on the path and gives tests a host process to fork workers from."""

import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).resolve().parents[2] / "harness"
sys.path.insert(0, str(HARNESS))
sys.path.insert(0, str(Path(__file__).resolve().parent))


@pytest.fixture(scope="session")
def host():
    """One host for the whole session, as a run of the engine has."""
    from small_engine import HostProcess

    with HostProcess(HARNESS / "host_main.py") as process:
        yield process
