"""Known failing models fail where they were seen to: stage, operator and source line. Needs the measured list."""

import csv
import os
from pathlib import Path

import pytest

# The list of measured failures is data about one set of releases and is not part of this repository.
_LIST = Path(os.environ.get("ADAPT_TARGETS", ""))
SAMPLE = (
    ("FSMTModel", "export"),
    ("DeepseekV2Model", "openvino"),
    ("PhimoeModel", "iree"),
    ("PatchTSTModel", "openvino"),
)

pytestmark = pytest.mark.skipif(not _LIST.is_file(), reason="ADAPT_TARGETS does not name the list of measured failures")


def _rows():
    with open(_LIST, encoding="utf-8") as file:
        return {(row["class"], row["backend"]): row for row in csv.DictReader(file)}


@pytest.mark.parametrize("name, backend", SAMPLE)
def test_a_known_failure_is_located(host, tmp_path, name, backend):
    row = _rows()[name, backend]
    spec = {"kind": "transformers", "name": name, "size": "tiny", "factory": None, "seed": 0}
    base = host.ask(
        "reference",
        {
            "model": spec,
            "draws": [{"seed": 1, "variant": "base"}],
            "out": str(tmp_path),
            "fp64": False,
            "sensitivity": False,
            "repeat": False,
        },
    ).ok()
    assert base["ok"], base["failure"]
    built = host.ask(
        "build",
        {
            "model": spec,
            "backend": backend,
            "overlay": None,
            "options": [],
            "inputs": base["draws"][0]["inputs"],
            "out": str(tmp_path / "b"),
            "until": "compile",
        },
        300,
    ).ok()
    failure = built["failure"]
    assert failure and failure["stage"] == row["stage"]
    assert f"{failure['file']}:{failure['line']}" == row["location"]
    assert failure["source"].startswith(row["source_line"][:60])
