"""`agent emit` from the command line: what it writes for runs of every ending, and what becomes of the files."""

from __future__ import annotations

import json
from pathlib import Path

import emitted_forms as forms
import pytest
from agent_program import AGENT, BRANCHING, SOAK, WITHOUT_AGENT, WITHOUT_SOAK, WORKING, Ended, Program, model_text
from test_sources_forge import LOADERS

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

# No capture can follow it, and no repair of ours knows it.
BLOCKED = model_text("y = self.linear(x)\nwhile y.abs().max().item() > 0.5:\n    y = y * 0.7\nreturn y")
CONFIGURATION = """# Inference single-device test configuration

test_config:
  # The first of all models.
  t5/pytorch-Small-single_device-inference:
    status: EXPECTED_PASSING
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("emit"))


def adapt(program: Program, model: object, backend: str = "export") -> Ended:
    return program("adapt", model, "--backend", backend, "--json", "--quiet", seconds=600)


@pytest.fixture(scope="module")
def adapted(program: Program) -> Path:
    """The run folder of a file model that a pattern repaired."""
    return Path(adapt(program, program.write("branching.py", BRANCHING)).json["out"]).parent


@pytest.fixture(scope="module")
def of_the_library(program: Program) -> Path:
    """The run folder of a model of an installed library that a pattern repaired."""
    ended = adapt(program, "transformers:PatchTSTModel", "openvino").json
    assert ended["outcome"] == "adapted", ended["reason"]
    return Path(ended["out"]).parent


@pytest.fixture(scope="module")
def working(program: Program) -> Path:
    return Path(adapt(program, program.write("working.py", WORKING)).json["out"]).parent


def emitted(program: Program, run: Path, *more: object) -> dict:
    ended = program("emit", run.name, "--json", *more)
    assert ended.code == 0, ended.stderr
    return ended.json


def paths(told: dict, folder: Path) -> list[str]:
    return [f"{file['form']}: {Path(file['path']).relative_to(folder)}" for file in told["files"]]


def test_every_form_of_an_adapted_run_runs(program: Program, of_the_library: Path):
    told = emitted(program, of_the_library)
    out = of_the_library / "out" / "emit"
    assert [path for path in paths(told, out) if not path.startswith("pytest: pytest/") or "/patterns/" in path] == [
        "tt-torch: tt-torch/tests/models/patchtst/test_patchtst.py",
        "tt-torch: tt-torch/tests/models/patchtst/patchtst_adaptation.py",
        "tt-torch: tt-torch/tests/models/patchtst/patchtst_config.json",
        "tt-forge-models: tt-forge-models/patchtst/pytorch/__init__.py",
        "tt-forge-models: tt-forge-models/patchtst/pytorch/loader.py",
        "tt-forge-models: tt-forge-models/patchtst/pytorch/src/__init__.py",
        "tt-forge-models: tt-forge-models/patchtst/pytorch/src/adaptation.py",
        "tt-forge-models: tt-forge-models/patchtst/pytorch/src/config.json",
        "tt-xla: tt-xla/tests/runner/test_config/torch/test_config_inference_single_device.yaml",
        "tt-xla: tt-xla/tests/torch/ops/test_unfold.py",
        "pytest: pytest/patterns/test_sliding_windows_by_index.py",
    ]
    assert forms.unclean(out) == []
    assert forms.ran_tests(out / "pytest") == ""
    assert forms.ran_tests(out / "pytest" / "patterns") == ""
    why, loaded = forms.ran_loader(forms.loader_folder(out), forms.recorded_outputs(of_the_library))
    assert why == "" and loaded["difference"] is not None


def test_a_file_is_handed_over_with_the_repair_in_it(program: Program, adapted: Path):
    told = emitted(program, adapted, "--as", "tt-forge-models", "--as", "pytest", "--out", program.root / "here")
    loader = program.root / "here" / "tt-forge-models" / "branching" / "pytorch"
    assert "torch.where" in (loader / "src" / "modeling.py").read_text()
    assert {file["form"] for file in told["files"]} == {"tt-forge-models", "pytest"}
    assert forms.unclean(program.root / "here") == []
    why, _ = forms.ran_loader(loader, forms.recorded_outputs(adapted))
    assert why == ""
    again = adapt(program, f"forge:{loader}").json
    assert again["outcome"] == "works", "what was emitted needs no repair"


def test_equal_runs_are_emitted_as_equal_bytes(program: Program, adapted: Path):
    first = {path["path"]: Path(path["path"]).read_bytes() for path in emitted(program, adapted)["files"]}
    second = {path["path"]: Path(path["path"]).read_bytes() for path in emitted(program, adapted)["files"]}
    assert first == second


def test_a_run_that_works_has_a_loader_and_an_entry_that_claim_nothing(program: Program, working: Path):
    told = emitted(program, working)
    assert {file["form"] for file in told["files"]} == {"tt-torch", "tt-forge-models", "tt-xla"}
    assert any("works as it is" in note for note in told["notes"])
    loader = forms.loader_folder(working / "out" / "emit")
    assert not (loader / "src" / "adaptation.py").exists()
    assert forms.ran_loader(loader, forms.recorded_outputs(working))[0] == ""
    [entry] = (working / "out" / "emit" / "tt-xla").rglob("*.yaml")
    assert "status: UNSPECIFIED" in entry.read_text() and "not run on Tenstorrent hardware" in entry.read_text()
    refused = program("emit", working.name, "--as", "pytest")
    assert refused.code == 2 and "works as it is" in refused.said


def test_a_repaired_loader_is_handed_over_as_its_own_files(program: Program):
    run = Path(adapt(program, f"forge:{LOADERS / 'branching'}").json["out"]).parent
    told = emitted(program, run)
    assert [path for path in paths(told, run / "out" / "emit") if not path.startswith("pytest: ")] == [
        "tt-forge-models: tt-forge-models/branching/pytorch/src/model.py",
        "tt-xla: tt-xla/tests/runner/test_config/torch/test_config_inference_single_device.yaml"]
    [entry] = (run / "out" / "emit" / "tt-xla").rglob("*.yaml")
    assert "\n  branching/pytorch-" in entry.read_text()


def test_what_cannot_be_emitted_is_one_error(program: Program, adapted: Path):
    blocked = adapt(program, program.write("blocked.py", BLOCKED))
    assert blocked.json["outcome"] == "not_adapted"
    for arguments, words in [
        ((blocked.json["run"],), ["not_adapted", "adapted, or works"]),
        (("nothing",), ["nothing"]),
        ((adapted.name, "--as", "tt-forge-model"), ["tt-forge-model", "tt-forge-models"]),
        ((adapted.name, "--into", program.root / "absent"), ["absent"]),
        ((adapted.name, "--into", program.root), ["checkout"]),
        ((adapted.name, "--into", program.root, "--out", program.root), ["--out"]),
    ]:
        ended = program("emit", *arguments)
        assert ended.code == 2 and ended.stdout == "", ended.stdout + ended.stderr
        assert all(word in ended.said for word in words) and ended.said.count("\n") == 0, ended.said


def checkout(folder: Path) -> Path:
    """The files by which a checkout of tt-xla, with its submodule, is known; nothing in them runs."""
    for name in ("base.py", "config.py"):
        (folder / "third_party" / "tt_forge_models").mkdir(parents=True, exist_ok=True)
        (folder / "third_party" / "tt_forge_models" / name).write_text("")
    configuration = folder / "tests" / "runner" / "test_config" / "torch"
    configuration.mkdir(parents=True)
    (configuration / "test_config_inference_single_device.yaml").write_text(CONFIGURATION)
    return folder


def test_files_go_to_their_places_in_a_checkout_and_nothing_else_is_touched(program: Program, adapted: Path, tmp_path: Path):
    root = checkout(tmp_path / "tt-xla")
    told = emitted(program, adapted, "--into", root)
    assert paths(told, root) == [
        "tt-forge-models: third_party/tt_forge_models/branching/pytorch/__init__.py",
        "tt-forge-models: third_party/tt_forge_models/branching/pytorch/loader.py",
        "tt-forge-models: third_party/tt_forge_models/branching/pytorch/src/__init__.py",
        "tt-forge-models: third_party/tt_forge_models/branching/pytorch/src/modeling.py",
        "tt-xla: tests/runner/test_config/torch/test_config_inference_single_device.yaml"]
    written = (root / "tests/runner/test_config/torch/test_config_inference_single_device.yaml").read_text()
    assert written.startswith(CONFIGURATION) and "  branching/pytorch-Base-single_device-inference:\n" in written
    assert emitted(program, adapted, "--into", root) == told, "a second time changes nothing"

    loader = root / "third_party" / "tt_forge_models" / "branching" / "pytorch" / "loader.py"
    loader.write_text("# somebody's own\n")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    refused = program("emit", adapted.name, "--into", root)
    assert refused.code == 2 and str(loader) in refused.said
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_no_file_leaves_a_checkout_by_a_link(program: Program, adapted: Path, tmp_path: Path):
    root = checkout(tmp_path / "tt-xla")
    (tmp_path / "elsewhere").mkdir()
    (root / "third_party" / "tt_forge_models" / "branching").symlink_to(tmp_path / "elsewhere")
    refused = program("emit", adapted.name, "--into", root)
    assert refused.code == 2 and "leads out of" in refused.said
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_an_entry_that_says_something_else_is_left_alone(program: Program, adapted: Path, tmp_path: Path):
    root = checkout(tmp_path / "tt-xla")
    file = root / "tests/runner/test_config/torch/test_config_inference_single_device.yaml"
    theirs = CONFIGURATION + "\n  branching/pytorch-Base-single_device-inference:\n    status: EXPECTED_PASSING\n"
    file.write_text(theirs)
    refused = program("emit", adapted.name, "--into", root)
    assert refused.code == 2 and "another entry for branching/pytorch-Base" in refused.said
    assert file.read_text() == theirs and not (root / "third_party/tt_forge_models/branching").exists()


@pytest.mark.parametrize("model", ["Qwen3VLVisionModel", "FSMTModel"])
def test_more_of_the_library_is_emitted_in_order(model: str, program: Program):
    if not SOAK:
        pytest.skip(WITHOUT_SOAK)
    run = Path(adapt(program, f"transformers:{model}").json["out"]).parent
    emitted(program, run)
    out = run / "out" / "emit"
    assert forms.unclean(out) == [] and forms.ran_tests(out / "pytest") == ""
    assert forms.ran_loader(forms.loader_folder(out), forms.recorded_outputs(run))[0] == ""


def test_the_kept_facts_name_no_secret_and_are_read_back(adapted: Path):
    kept = json.loads((adapted / "out" / "hand_over.json").read_text())
    assert kept["class"] == "Model" and kept["model_text"] == BRANCHING and kept["changes"][0]["file"] == "branching.py"
