"""A real host and real workers: the thin path, and models that misbehave."""

import os
import signal
from pathlib import Path

import pytest

import models_for_tests as models
from adapt_harness import arrays
from small_engine import HostProcess

HOST = Path(__file__).resolve().parents[2] / "harness" / "host_main.py"


@pytest.fixture
def model(tmp_path):
    """Writes a model file and gives its value on the wire."""

    def make(text: str) -> dict:
        path = tmp_path / "net.py"
        path.write_text(text)
        return {"kind": "file", "name": str(path), "size": "tiny", "factory": None, "seed": 0}

    return make


def reference(host, model, tmp_path, seconds=120, fork=None, draws=({"seed": 1, "variant": "base"},), **params):
    asked = {
        "model": model,
        "draws": list(draws),
        "out": str(tmp_path / "out"),
        "fp64": True,
        "sensitivity": True,
        "repeat": True,
    }
    return host.ask("reference", {**asked, **params}, seconds, fork)


def test_the_host_greets_with_its_versions(host):
    assert (
        host.greeting["protocol"] == 1 and "torch" in host.greeting["packages"] and "build" in host.greeting["methods"]
    )


def test_a_library_that_the_host_did_not_import_is_found_by_a_worker(host, tmp_path):
    with HostProcess(HOST) as bare:
        assert bare.greeting["modules"] < host.greeting["modules"] - 500
        bert = {"kind": "transformers", "name": "BertModel", "size": "tiny", "factory": None, "seed": 0}
        assert reference(bare, bert, tmp_path).ok()["deterministic"]


def test_the_packages_that_a_file_imports_are_told_as_pip_names_them(host, model, tmp_path):
    text = """
import json
import sympy.core
import yaml
from torch import nn
try:
    import absent_package
except ImportError:
    absent_package = None
"""
    spec = model(text + models.PLAIN)
    told = reference(host, spec, tmp_path).ok()
    names = [one.partition("==")[0] for one in told["requirements"]]
    assert names == ["PyYAML", "sympy", "torch"] and all("==" in one for one in told["requirements"])
    draw = told["draws"][0]
    asked = {"model": spec, "backend": "export", "inputs": draw["inputs"], "expected": draw["fp32"], "out": str(tmp_path / "p")}
    pinned = [one.partition("==")[0] for one in host.ask("package", asked).ok()["requirements"]]
    assert sorted(pinned) == ["PyYAML", "pytest", "safetensors", "sympy", "torch"]  # each once: pip refuses a second pin


def test_a_model_passes_from_reference_to_execution(host, model, tmp_path):
    spec = model(models.PLAIN)
    told = reference(host, spec, tmp_path, draws=[{"seed": 1, "variant": "base"}, {"seed": 2, "variant": "base"}])
    result = told.ok()
    assert told.greeting["protocol"] == 1 and told.stages == ["resolve", "load", "inputs", "eager"]
    assert result["ok"] and result["deterministic"] and result["parameters"] == 67
    assert [s["role"] for s in result["sources"]] == ["model"] and result["sources"][0]["file"] == "net.py"
    inputs = [draw["inputs"] for draw in result["draws"]]
    outputs = [str(tmp_path / f"{i}.safetensors") for i in range(2)]
    built = host.ask(
        "build",
        {
            "model": spec,
            "backend": "export",
            "overlay": None,
            "options": [],
            "inputs": inputs[0],
            "out": str(tmp_path / "build"),
            "until": "compile",
        },
    ).ok()
    assert built["ok"] and built["reached"] == "compile" and built["weights"] == result["weights"]
    ran = host.ask(
        "execute",
        {"backend": "export", "artefact": built["artefact"], "options": [], "inputs": inputs, "outputs": outputs},
    ).ok()
    assert ran["ok"] and ran["placement"]["on_backend"] > 0
    for draw, path in zip(result["draws"], outputs):
        expected, got = arrays.read(draw["fp32"]), arrays.read(path)
        assert (got.tree, got.leaves) == (expected.tree, expected.leaves)
        assert all((got.tensors[key] - expected.tensors[key]).abs().max() < 1e-6 for key in expected.tensors)


def test_an_overlay_is_what_runs_and_what_tracebacks_show(host, model, tmp_path):
    spec = model(models.BRANCHES)
    result = reference(host, spec, tmp_path).ok()
    ask = {
        "model": spec,
        "backend": "export",
        "options": [],
        "inputs": result["draws"][0]["inputs"],
        "out": str(tmp_path / "b"),
        "until": "compile",
    }
    broken = host.ask("build", {**ask, "overlay": None}).ok()["failure"]
    assert (broken["stage"], broken["class"], broken["source"]) == ("capture", "data-dependent", "if h.sum() > 0:")
    module = result["sources"][0]["module"]
    (tmp_path / "overlay").mkdir()
    patched = tmp_path / "overlay" / f"{module}.py"
    patched.write_text("# moved down by one line\n" + models.BRANCHES)
    moved = host.ask("build", {**ask, "overlay": str(patched.parent)}).ok()
    assert moved["overlaid"] == [module]
    assert (moved["failure"]["source"], moved["failure"]["line"]) == ("if h.sum() > 0:", broken["line"] + 1)
    assert moved["failure"]["fingerprint"] == broken["fingerprint"]
    patched.write_text(models.BRANCHES.replace("if h.sum() > 0:", "if True:"))
    fixed = host.ask("build", {**ask, "overlay": str(patched.parent)}).ok()
    assert fixed["ok"] and fixed["sources"][0]["path"] == str(patched)


def test_sizes_made_constants_are_guarded(host, model, tmp_path):
    spec = model(models.SIZES)
    inputs = reference(host, spec, tmp_path, fp64=False).ok()["draws"][0]["inputs"]
    ask = {
        "model": spec,
        "backend": "export",
        "overlay": None,
        "inputs": inputs,
        "out": str(tmp_path / "b"),
        "until": "compile",
    }
    assert host.ask("build", {**ask, "options": []}).ok()["failure"]["class"] == "data-dependent"
    option = {"id": "fixed-sizes", "scope": "capture", "set": {"fixed_sizes": True}}
    built = host.ask("build", {**ask, "options": [option]}).ok()
    assert built["ok"], built["failure"]
    saved = arrays.read(inputs).tensors
    arrays.write_inputs(tmp_path / "other.safetensors", {**saved, "sizes": saved["sizes"] - 1})
    run = {"backend": "export", "artefact": built["artefact"], "options": [option], "outputs": [str(tmp_path / "o")]}
    assert host.ask("execute", {**run, "inputs": [inputs]}).ok()["ok"]
    refused = host.ask("execute", {**run, "inputs": [str(tmp_path / "other.safetensors")]}).ok()
    assert refused["failure"]["class"] == "shape-mismatch" and "sizes" in refused["failure"]["message"]


def test_an_overlay_of_an_imported_module_starts_a_fresh_interpreter(host, model, tmp_path):
    pytest.importorskip("transformers")
    import transformers.activations as library

    spec = {"kind": "transformers", "name": "BertModel", "size": "tiny", "factory": None, "seed": 0}
    inputs = reference(host, spec, tmp_path, sensitivity=False).ok()["draws"][0]["inputs"]
    (tmp_path / "overlay").mkdir()
    text = open(library.__file__, encoding="utf-8").read() + "\nraise RuntimeError('the overlay runs')\n"
    (tmp_path / "overlay" / "transformers.activations.py").write_text(text)
    told = host.ask(
        "build",
        {
            "model": spec,
            "backend": "export",
            "overlay": str(tmp_path / "overlay"),
            "options": [],
            "inputs": inputs,
            "out": str(tmp_path / "b"),
            "until": "capture",
        },
        seconds=240,
    )
    assert "the overlay runs" in told.ok()["failure"]["message"]
    assert sum('"protocol"' in line for line in told.lines) == 1  # one greeting, though two interpreters served


@pytest.mark.parametrize("name", models.HOSTILE)
def test_a_hostile_model_neither_forges_nor_breaks_the_answer(host, model, tmp_path, name):
    told = reference(host, model(models.HOSTILE[name]), tmp_path, sensitivity=False)
    assert told.ok()["ok"] and told.status == 0
    assert sum('"id":1' in line for line in told.lines) == 1


def test_what_a_model_leaves_behind_is_killed_and_counted(host, model, tmp_path):
    told = reference(host, model(models.HOSTILE["leaves children"]), tmp_path, sensitivity=False)
    assert told.strays >= 3
    with open(f"/proc/{host.process.pid}/task/{host.process.pid}/children", encoding="ascii") as children:
        assert children.read().split() == []


@pytest.mark.parametrize("text, status", [(models.EXITS, 0), (models.RAISES_EXIT, 0)])
def test_a_model_that_exits_gives_no_answer(host, model, tmp_path, text, status):
    told = reference(host, model(text), tmp_path)
    assert told.result is None and told.error is None and told.status == status


def test_a_model_that_raises_is_a_result_with_a_place(host, model, tmp_path):
    failure = reference(host, model(models.RAISES), tmp_path).ok()["failure"]
    assert (failure["stage"], failure["class"], failure["file"]) == ("eager", "exception", "net.py")
    assert failure["source"] == "raise KeyError('missing thing')"


def test_a_hang_leaves_a_stack_and_is_killed(host, model, tmp_path):
    told = reference(
        host, model(models.LOOPS), tmp_path, seconds=6, stage_seconds={s: 3 for s in ("load", "inputs", "eager")}
    )
    assert told.result is None and os.WIFSIGNALED(told.status) and "net.py" in told.stderr


def test_a_crash_leaves_its_signal_and_a_stack(host, model, tmp_path):
    told = reference(host, model(models.KILLED), tmp_path)
    assert told.result is None and os.WTERMSIG(told.status) == signal.SIGSEGV and "net.py" in told.stderr


def test_memory_over_the_limit_is_out_of_memory(host, model, tmp_path):
    failure = reference(host, model(models.ALLOCATES), tmp_path, fork={"memory_bytes": 4 << 30}).ok()["failure"]
    assert failure["class"] == "out-of-memory"


def test_nan_in_every_draw_is_a_failure(host, model, tmp_path):
    assert reference(host, model(models.NAN), tmp_path).ok()["failure"]["class"] == "nan-output"


def test_random_numbers_in_the_forward_are_noticed(host, model, tmp_path):
    result = reference(host, model(models.RANDOM), tmp_path, sensitivity=False).ok()
    assert result["deterministic"] is False and any("draws random numbers" in note for note in result["notes"])


@pytest.mark.parametrize(
    "raw, kind",
    [
        (b"not json\n", "bad-request"),
        (b'{"id":1,"method":"dance","params":{}}\n', "unknown-method"),
        (b'{"id":1,"method":"reference","params":{}}\n', "bad-request"),
        (
            b'{"id":1,"method":"build","params":{"model":{"kind":"file","name":"/none"},"backend":"nobody","out":"/tmp"}}\n',
            "bad-request",
        ),
    ],
)
def test_a_request_that_cannot_be_served_is_an_error(host, raw, kind):
    told = host.ask("", {}, raw=raw)
    line = told.lines[-1]
    assert f'"kind":"{kind}"' in line and told.status == 0


def test_probe_tells_available_from_unavailable_with_evidence(host):
    rows = {row["name"]: row for row in host.ask("probe", {"backends": None}).ok()["backends"]}
    assert rows["export"]["available"] and rows["eager"]["available"]
    assert all(row["evidence"] for row in rows.values())
    assert not rows["tt"]["available"] and "not found" in rows["tt"]["evidence"]
    assert {option["scope"] for row in rows.values() for option in row["options"]} <= {
        "env",
        "load",
        "forward",
        "capture",
        "lower",
        "compile",
    }
