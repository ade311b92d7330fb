"""docs/ADAPTKIT.md is run as it stands."""

import doctest
from pathlib import Path

import adaptkit_module

adaptkit_module.load()

TOUR = Path(__file__).resolve().parents[2] / "docs" / "ADAPTKIT.md"


def test_the_tour_prints_what_it_says():
    result = doctest.testfile(str(TOUR), module_relative=False)
    assert result.attempted > 25 and result.failed == 0
