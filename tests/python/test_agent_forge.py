"""`agent forge validate`, `agent models list --forge` and `agent config-update`, on small checkouts written here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from agent_program import AGENT, WITHOUT_AGENT

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

CONFIG = "tests/runner/test_config"
TORCH = f"{CONFIG}/torch/test_config_inference_single_device.yaml"

LOADER = """
from enum import StrEnum
from ...base import ForgeModel
from ...config import ModelConfig

raise RuntimeError("nobody may run this")


class ModelVariant(StrEnum):
    SMALL = "org/small-1.0"
    LARGE = "Large"


class ModelLoader(ForgeModel):
    _VARIANTS = {v: ModelConfig(pretrained_model_name=v.value) for v in ModelVariant}
"""
YAML = """# Header stays.

test_config:
  net/pytorch-org/small-1.0-single_device-inference:
    status: KNOWN_FAILURE_XFAIL # since May
    reason: "DRAM OOM"
    bringup_status: FAILED_RUNTIME

  net/pytorch-Large-single_device-inference:
    required_pcc: 0.98
    status: EXPECTED_PASSING
"""
# What tt-xla's runner records, told by pytest itself. The ids and tags are those of its documentation.
RUN = """
import pytest

CASES = {cases!r}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_all_models_torch(case, record_property):
    record_property("tags", {{"bringup_status": case["bringup"], "arch": case["arch"], "pcc": case.get("pcc"),
                             "pcc_threshold": 0.98, "guidance": [], "failing_reason": {{"summary": None}}}})
    if case.get("error"):
        record_property("error_message", case["error"])
        pytest.fail(case["error"])
    if case.get("xfail"):
        pytest.xfail("known")
"""


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run([AGENT, *words], capture_output=True, text=True, cwd=cwd, timeout=120,
                          env={**os.environ, "XDG_CONFIG_HOME": "/nonexistent"})


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def checkouts(tmp_path: Path) -> Path:
    write(tmp_path, {f"xla/{TORCH}": YAML, "forge/net/pytorch/loader.py": LOADER,
                     "forge/net/pytorch/requirements.txt": "timm==1.0.9  # pinned\n",
                     "forge/odd/pytorch/loader.py": "class ModelLoader(made_up()):\n    pass\n"})
    return tmp_path


def junit(folder: Path, cases: list[dict]) -> Path:
    write(folder, {"run/test_run.py": RUN.format(cases=cases)})
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_run.py", "--junitxml=junit.xml"],
                   cwd=folder / "run", capture_output=True, timeout=120, check=False)
    return folder / "run" / "junit.xml"


def test_a_sound_configuration_has_no_fault(checkouts: Path) -> None:
    done = run("forge", "validate", "xla", "--forge", "forge", cwd=checkouts)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "odd/pytorch/loader.py:1:1: warning: the variants of ModelLoader are not known without running it: a call of "
        "'made_up'",
        "2 entries and 0 placeholders in 1 files: 0 errors, 1 warnings, 0 notes",
        "2 loaders (1 not read) make 12 tests by the names of tt-xla's validator; 10 have no entry",
    ]


@pytest.mark.parametrize(("text", "code", "line"), [
    (YAML + "  net/pytorch-Large-single_device-inference:\n    status: EXPECTED_PASSING\n", "duplicate_key", 12),
    (YAML.replace("0.98", "*none"), "not_yaml", 10),
    (YAML.replace("required_pcc", "required_pc"), "unknown_field", 10),
    (YAML.replace("EXPECTED_PASSING", "EXPECTED_PASING"), "bad_value", 11),
    (YAML.replace("pytorch-Large", "pytorch-Lage"), "unknown_test", 9),
    (YAML[:YAML.index("OOM")], "not_yaml", 6),
    (bytes(range(256)) * 64, "not_yaml", 1),
    ("a: " + "[" * 100_000, "not_yaml", 1),
    ("x: &a [" + "1," * 9 + "]\n" + "".join(f"x{i}: &a{i} [{'*a,' * 9}]\n" for i in range(2000)) + "- b\n", "not_yaml", 2002),
])
def test_faults_are_named_with_line_and_code(checkouts: Path, text: str | bytes, code: str, line: int) -> None:
    write(checkouts, {f"xla/{TORCH}": text})
    done = run("forge", "validate", "xla", "--forge", "forge", "--json", cwd=checkouts)
    assert done.returncode == 1, done.stderr
    errors = [finding for finding in json.loads(done.stdout)["findings"] if finding["severity"] == "error"]
    assert [(one["code"], one["file"], one["line"]) for one in errors] == [(code, TORCH, line)]


def test_loaders_are_listed_without_running_them(checkouts: Path) -> None:
    done = run("models", "list", "--forge", "forge", "--mode", "inference", cwd=checkouts)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"test_all_models_torch[net/pytorch-{variant}-{parallelism}-inference]"
        for variant in ("org/small-1.0", "Large") for parallelism in ("single_device", "data_parallel", "tensor_parallel")]
    assert "not read: odd/pytorch/loader.py:1:1: " in done.stderr
    assert "6 tests of 2 variants of 2 loaders; 1 loaders not read; 0 folders of other frameworks" in done.stderr


def test_loaders_come_with_their_requirements(checkouts: Path) -> None:
    done = run("models", "list", "net", "--forge", "forge", "--parallelism", "data_parallel", "--json", cwd=checkouts)
    said = json.loads(done.stdout)
    assert said["counts"] == {"loaders": 2, "variants": 2, "tests": 4, "not_read": 1}
    assert said["loaders"][0]["variants"] == [{"name": "org/small-1.0", "pretrained": "org/small-1.0"},
                                             {"name": "Large", "pretrained": "Large"}]
    assert said["loaders"][0]["requirements"] == [
        {"file": "requirements.txt", "requirements": [{"text": "timm==1.0.9", "name": "timm", "line": 1}]}]
    assert run("models", "list", "--forge", "forge", "--mode", "inferense", cwd=checkouts).returncode == 2
    assert run("models", "list", "--forge", "nowhere", cwd=checkouts).returncode == 2


def test_results_that_pytest_wrote_promote_and_demote(checkouts: Path) -> None:
    report = junit(checkouts, [
        {"id": "net/pytorch-org/small-1.0-single_device-inference", "bringup": "PASSED", "arch": "n150", "pcc": 0.999, "xfail": True},
        {"id": "net/pytorch-org/small-1.0-single_device-inference", "bringup": "PASSED", "arch": "p150", "pcc": 0.999, "xfail": True},
        {"id": "net/pytorch-Large-single_device-inference", "bringup": "FAILED_TTMLIR_COMPILATION", "arch": "p150",
         "error": "error: failed to legalize operation 'stablehlo.fft' that was explicitly marked illegal"},
        {"id": "net/pytorch-Large-single_device-inference", "bringup": "FAILED_FE_COMPILATION", "arch": "n150",
         "error": "OSError: We couldn't connect to 'https://huggingface.co' to load the files"},
    ])
    # pytest numbers ids that occur twice, as no run of one architecture has them: each report gets the names back.
    report.write_text(report.read_text().replace("inference0]", "inference]").replace("inference1]", "inference]"))
    before = (checkouts / "xla" / TORCH).read_text()
    dry = run("config-update", "xla", "--results", "run", cwd=checkouts)
    assert dry.returncode == 0, dry.stderr
    assert (checkouts / "xla" / TORCH).read_text() == before
    assert "what failed was not the model: DATA_ACCESS" in dry.stderr
    done = run("config-update", "xla", "--results", str(report), "--write", "--json", cwd=checkouts)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["diff"] == dry.stdout
    assert (said["results"], said["written"], len(said["changes"]), len(said["ignored"])) == (4, True, 2, 1)
    assert (checkouts / "xla" / TORCH).read_text() == """# Header stays.

test_config:
  net/pytorch-org/small-1.0-single_device-inference:
    status: EXPECTED_PASSING # since May

  net/pytorch-Large-single_device-inference:
    required_pcc: 0.98
    status: EXPECTED_PASSING
    arch_overrides:
      p150:
        status: KNOWN_FAILURE_XFAIL
        bringup_status: FAILED_TTMLIR_COMPILATION
        reason: "error: failed to legalize operation 'stablehlo.fft' that was explicitly marked illegal"
"""
    assert run("forge", "validate", "xla", "--forge", "forge", cwd=checkouts).returncode == 0
    again = run("config-update", "xla", "--results", str(report), "--json", cwd=checkouts)
    assert json.loads(again.stdout)["changes"] == []


def test_results_that_are_none_end_with_a_reason(checkouts: Path) -> None:
    write(checkouts, {"bad.xml": "<testsuite><testcase", "empty/x.txt": ""})
    bad = run("config-update", "xla", "--results", "bad.xml", cwd=checkouts)
    assert (bad.returncode, bad.stdout) == (0, "")
    assert "not read: bad.xml: error: line 1: " in bad.stderr
    assert run("config-update", "xla", "--results", "empty", cwd=checkouts).returncode == 2
    assert run("config-update", "xla", "--results", "bad.xml", "--arch", "n1500", cwd=checkouts).returncode == 2
    assert run("config-update", "forge", "--results", "bad.xml", cwd=checkouts).returncode == 2
