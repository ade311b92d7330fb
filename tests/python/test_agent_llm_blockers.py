"""Planted blockers, repaired through the tools by who knows their repair, and verified by the judge."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from agent_program import AGENT, SOAK, WITHOUT_AGENT, WITHOUT_SOAK

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "soak"))
import llm_blockers  # noqa: E402

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

IN_EVERY_TEST = ("item_loop_01_lengths", "statistics_call_01_whiten")


@pytest.mark.parametrize("folder", llm_blockers.folders(), ids=lambda folder: folder.name)
def test_the_oracle_repairs_a_planted_blocker(folder: Path, tmp_path: Path):
    if folder.name not in IN_EVERY_TEST and not SOAK:
        pytest.skip(WITHOUT_SOAK)
    row = llm_blockers.repair(AGENT, folder, tmp_path / "data")
    assert row["verified"] and row["stopped"] == "repaired" and row["booked"] == row["billed"], row


def test_every_case_that_make_test_runs_is_there():
    assert set(IN_EVERY_TEST) <= {folder.name for folder in llm_blockers.folders()}
