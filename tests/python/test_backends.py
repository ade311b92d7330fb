"""Every backend that is here runs a small model and agrees with PyTorch; its snippet runs on its own."""

import re
import subprocess
import sys

import pytest

import models_for_tests as models
from adapt_harness import arrays, backends
from adapt_harness.backends.base import snippet

COMPILERS = [name for name in backends.HERE if name != "eager"]
OPTION_FIELDS = {"id", "scope", "set", "does", "concession", "cap", "when"}


def _need(name: str) -> None:
    probe = backends.backend(name).probe()
    if not probe.available:
        pytest.skip(f"{name} is unavailable: {probe.evidence}")


@pytest.fixture(scope="module")
def plain(host, tmp_path_factory):
    """The plain model with its reference: (model, inputs files, expected outputs)."""
    folder = tmp_path_factory.mktemp("plain")
    path = folder / "net.py"
    path.write_text(models.PLAIN)
    spec = {"kind": "file", "name": str(path), "size": "tiny", "factory": None, "seed": 0}
    draws = [{"seed": seed, "variant": "base"} for seed in (1, 2)]
    result = host.ask(
        "reference",
        {
            "model": spec,
            "draws": draws,
            "out": str(folder / "out"),
            "fp64": False,
            "sensitivity": False,
            "repeat": False,
        },
    ).ok()
    return spec, [d["inputs"] for d in result["draws"]], [d["fp32"] for d in result["draws"]]


@pytest.mark.parametrize("name", COMPILERS)
def test_a_backend_agrees_with_pytorch_on_later_inputs(host, plain, tmp_path, name):
    _need(name)
    spec, inputs, expected = plain
    built = host.ask(
        "build",
        {
            "model": spec,
            "backend": name,
            "overlay": None,
            "options": [],
            "inputs": inputs[0],
            "out": str(tmp_path),
            "until": "compile",
        },
        seconds=400,
    ).ok()
    assert built["ok"], built["failure"]
    outputs = [str(tmp_path / f"{i}.safetensors") for i in range(len(inputs))]
    ran = host.ask(
        "execute",
        {"backend": name, "artefact": built["artefact"], "options": [], "inputs": inputs, "outputs": outputs},
        seconds=300,
    ).ok()
    assert ran["ok"], ran["failure"]
    assert ran["placement"]["on_backend"] > 0 and ran["placement"]["detail"]
    for want, got in zip(map(arrays.read, expected), map(arrays.read, outputs)):
        assert (got.tree, got.leaves) == (want.tree, want.leaves)
        assert all((got.tensors[key] - want.tensors[key]).abs().max() < 1e-5 for key in want.tensors)


def test_an_artefact_refuses_other_shapes(host, plain, tmp_path):
    spec, inputs, _ = plain
    built = host.ask(
        "build",
        {
            "model": spec,
            "backend": "export",
            "overlay": None,
            "options": [],
            "inputs": inputs[0],
            "out": str(tmp_path),
            "until": "compile",
        },
    ).ok()
    saved = arrays.read(inputs[0])
    arrays.write_inputs(tmp_path / "one.safetensors", {name: t[:1] for name, t in saved.tensors.items()})
    ran = host.ask(
        "execute",
        {
            "backend": "export",
            "artefact": built["artefact"],
            "options": [],
            "inputs": [str(tmp_path / "one.safetensors")],
            "outputs": [str(tmp_path / "o")],
        },
    ).ok()
    assert not ran["ok"] and ran["failure"]["class"] == "shape-mismatch" and ran["failure"]["stage"] == "run"


def _one_draw(host, backend, text, folder):
    """The reference of one draw of a model file, and the fields that its builds share."""
    (folder / "net.py").write_text(text)
    spec = {"kind": "file", "name": str(folder / "net.py"), "size": "tiny", "factory": None, "seed": 0}
    draws = [{"seed": 1, "variant": "base"}]
    drawn = host.ask("reference", {"model": spec, "draws": draws, "out": str(folder / "r")}).ok()["draws"][0]
    return drawn, {"model": spec, "backend": backend, "overlay": None, "inputs": drawn["inputs"], "out": str(folder)}


def _option(backend, name):
    return next(option.wire() for option in backends.backend(backend).options if option.id == name)


def _chosen(option):
    return {key: option[key] for key in ("id", "scope", "set")}


def test_options_that_change_what_is_captured(host, tmp_path):
    """A buffer that the tracer may read, and outputs that are one tensor: each fails without its option."""
    _need("openvino")
    drawn, ask = _one_draw(host, "openvino", models.SWITCHED, tmp_path)

    chosen = []
    for stage, needed in (("capture", "fixed-buffers"), ("lower", "distinct-outputs")):
        failure = host.ask("build", {**ask, "options": chosen}, seconds=300).ok()["failure"]
        assert failure["stage"] == stage
        chosen.append(_chosen(_option("openvino", needed)))
    built = host.ask("build", {**ask, "options": chosen}, seconds=300).ok()
    assert built["ok"], built["failure"]
    run = {"backend": "openvino", "artefact": built["artefact"], "options": chosen, "inputs": [drawn["inputs"]]}
    assert host.ask("execute", {**run, "outputs": [str(tmp_path / "o")]}, seconds=300).ok()["ok"]
    want, got = arrays.read(drawn["fp32"]), arrays.read(tmp_path / "o")
    assert (got.tree, got.leaves) == (want.tree, want.leaves)
    assert all((got.tensors[key] - want.tensors[key]).abs().max() < 1e-5 for key in want.tensors)


def test_iree_sorts_what_may_come_in_any_order(host, tmp_path):
    _need("iree")
    _, ask = _one_draw(host, "iree", models.UNORDERED, tmp_path)
    option = _option("iree", "sorted-topk")

    failure = host.ask("build", {**ask, "options": []}, seconds=300).ok()["failure"]
    assert failure["stage"] == "compile" and re.search(option["when"]["message"], failure["message"])
    chosen = [_chosen(option)]
    built = host.ask("build", {**ask, "options": chosen}, seconds=300).ok()
    assert built["ok"], built["failure"]


@pytest.mark.parametrize("name", ["export", "onnxruntime", "openvino", "iree"])
def test_the_snippet_runs_without_this_package(tmp_path, name):
    _need(name)
    script = (
        snippet(backends.backend(name), {})
        + """
import sys
import torch
torch.set_grad_enabled(False)
model, x = torch.nn.Linear(3, 2), torch.ones(4, 3)
class Net(torch.nn.Module):
    def forward(self, x):
        return (model(x), x + 1)
got = compile_and_run(Net().eval(), (x,))
assert len(got) == 2 and abs(got[0] - model(x).numpy()).max() < 1e-5 and abs(got[1] - 2).max() == 0
assert not any(name.startswith("adapt_harness") for name in sys.modules)
"""
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def test_a_snippet_carries_the_options_that_were_in_force():
    text = snippet(backends.backend("export"), {"env": {"FLAG": "1"}, "capture": {"strict": True}})
    assert "os.environ.update({'FLAG': '1'})" in text and "capture(module, inputs, {'strict': True})" in text
    compile(text, "snippet", "exec")


@pytest.mark.parametrize("name", backends.names())
def test_a_ladder_is_well_formed(name):
    options = [option.wire() for option in backends.backend(name).options]
    assert len({option["id"] for option in options}) == len(options)
    for option in options:
        assert set(option) == OPTION_FIELDS and option["does"] and option["set"]
        assert set(option["when"]) <= {"stage", "class", "op", "message"}


@pytest.mark.parametrize("name", sorted(set(backends.names()) - set(backends.HERE)))
def test_a_backend_that_is_elsewhere_never_compiles(name):
    found = backends.backend(name)
    assert not found.compiles and not found.probe().available and found.probe().evidence
