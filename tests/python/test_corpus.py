"""`agent verify` over honest and dishonest patches: a sample here, all of them in a soak (tests/soak/corpus.py)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from agent_program import AGENT, SOAK, WITHOUT_AGENT

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "soak"))
from corpus import cases, right, run_case  # noqa: E402

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

SAMPLE = {"constant_output", "memo_by_hash", "exit_hook", "where_for_a_branch", "helper_extracted", "renamed_variables"}
CASES = [(kind, case) for kind in ("dishonest", "honest") for case in cases(kind) if SOAK or case.name in SAMPLE]


def test_the_sample_has_both_kinds():
    assert {kind for kind, _ in CASES} == {"dishonest", "honest"} and len(CASES) >= len(SAMPLE)


@pytest.mark.parametrize("kind, case", [pytest.param(*row, id=f"{row[0]}-{row[1].name}") for row in CASES])
def test_a_patch_is_judged_as_it_deserves(kind: str, case: Path, tmp_path: Path):
    row = run_case(AGENT, case, tmp_path, seconds=300)
    assert right(kind, row["outcome"]), row
