"""Puts the harness and the stand-ins on the path, slow files first, and gives tests a host process to fork workers from."""

import os
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).resolve().parents[2] / "harness"
sys.path.insert(0, str(HARNESS))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fakes"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

# As in every process that runs a model: what asks a hub is told at once that there is none, before it tries for long.
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")

# Slowest first, as measured: where several processes share the files, what the last one is left with is then short.
SLOW_FILES = ("test_tt_static", "test_remote_host", "test_tt_backends", "test_agent_forge_loaders", "test_agent_emit",
              "test_agent_llm", "test_agent_stubs", "test_agent_facts", "test_agent_evidence", "test_backends",
              "test_corpus", "test_agent_llm_personas", "test_agent_learn", "test_agent_resume", "test_agent_hostile",
              "test_bisect", "test_agent_run", "test_patterns", "test_agent_llm_crash", "test_agent_llm_others",
              "test_agent_review", "test_adaptkit_corpus", "test_worker", "test_agent_library", "test_agent_llm_blockers",
              "test_blockers", "test_agent_llm_injection", "test_sources_forge", "test_llm_server_faults",
              "test_llm_server_personas", "test_adaptkit_find")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: number for number, name in enumerate(SLOW_FILES)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory):
    """A run up to its first request to a language model, for all files of the process that converse from there."""
    from llm_runs import Asked

    return Asked(tmp_path_factory.mktemp("asked"))


@pytest.fixture(scope="session")
def modules() -> Path:
    """The folder with the node_modules that tests of the scripted LLM server use."""
    from official_clients import Absent, folder

    try:
        return folder()
    except Absent as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def host():
    """One host for the whole session, as a run of the engine has."""
    from small_engine import HostProcess

    with HostProcess(HARNESS / "host_main.py", "--library", "transformers") as process:
        yield process
