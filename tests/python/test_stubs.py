"""Stub modules: what can be imported, what raises, and that none ever stands in front of something real."""

import importlib
import importlib.util
import json
import sys
from pathlib import Path

import pytest

from adapt_harness.protocol import BadRequest, stubs_of
from adapt_harness.stubs import StubCalled, StubRefused, Stubs

DATA = Path(__file__).resolve().parents[1] / "data" / "stubs"
ABSENT = "adapt_absent_package"
FLASH = [
    {"module": "flash_attn", "functions": ["flash_attn_func"], "spec": False},
    {"module": "flash_attn.bert_padding", "functions": ["pad_input", "unpad_input"], "spec": False},
]


def stub(module: str = ABSENT, *functions: str, spec: bool = False) -> dict:
    return {"module": module, "functions": list(functions), "spec": spec}


@pytest.fixture
def installed():
    """Installs stubs and takes them back."""
    made = []

    def install(*stubs: dict) -> Stubs:
        made.append(Stubs(list(stubs)))
        made[-1].install()
        return made[-1]

    finders, find_spec = list(sys.meta_path), importlib.util.find_spec
    yield install
    for one in made:
        one.remove()
    assert sys.meta_path == finders and importlib.util.find_spec is find_spec
    assert not [name for name in sys.modules if name.startswith(ABSENT)]


def test_a_stub_is_imported_and_its_functions_raise(installed):
    stubs = installed(stub(f"{ABSENT}.deep.down", "f"), stub(ABSENT, "g"))
    down = importlib.import_module(f"{ABSENT}.deep.down")
    assert importlib.import_module(ABSENT).deep.down is down
    with pytest.raises(StubCalled, match=rf"{ABSENT}\.deep\.down\.f is not available on this backend"):
        down.f(1, two=2)
    with pytest.raises(StubCalled):
        stubs.refuse_calls()
    assert stubs.called == [f"{ABSENT}.deep.down.f"]


def test_nothing_else_of_the_package_is_there(installed):
    installed(stub(ABSENT, "f"))
    with pytest.raises(ImportError, match="cannot import name 'g'"):
        exec(f"from {ABSENT} import g")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"{ABSENT}.other")


@pytest.mark.parametrize("spec", [False, True])
def test_a_probe_is_told_what_is_asked_for(installed, spec: bool):
    installed(stub(ABSENT, spec=spec))
    for _ in range(2):
        assert (importlib.util.find_spec(ABSENT) is not None) == spec
        importlib.import_module(ABSENT)
    assert importlib.util.find_spec("json") is not None
    if not spec:
        with pytest.raises(ModuleNotFoundError):
            importlib.util.find_spec(f"{ABSENT}.below")


@pytest.mark.parametrize("name", ["os", "os.path", "torch", "torch.adapt_absent", "sys", "safetensors", "tomllib", "this"])
def test_what_is_there_is_never_stubbed(installed, name: str):
    with pytest.raises(StubRefused, match="stands only for a package that is absent"):
        installed(stub(ABSENT), stub(name))


def test_the_standard_library_is_never_stubbed_even_where_it_is_incomplete(installed):
    for name in sys.stdlib_module_names:  # msilib is not there on Linux
        with pytest.raises(StubRefused):
            installed(stub(name))


def test_a_module_beside_the_model_comes_first(installed, tmp_path, monkeypatch):
    installed(stub(ABSENT, "f"), stub(f"{ABSENT}.below", "f"))
    (tmp_path / f"{ABSENT}.py").write_text("f = 'real'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        assert importlib.import_module(ABSENT).f == "real"
        with pytest.raises(ModuleNotFoundError):  # nor is something put below it
            importlib.import_module(f"{ABSENT}.below")
    finally:
        sys.modules.pop(ABSENT, None)


@pytest.mark.parametrize("bad", [
    "flash_attn", {"module": "flash_attn"}, stub(".."), stub("a b"), stub(""), stub("a."), stub(".a"), stub("a..b"), stub("_x"),
    stub("a-b"), stub("/etc/passwd"), stub("a\n"), stub("ä"), stub("a", "f g"), stub("a", ""), stub("a", "__path__"), stub("a.__init__"), {**stub("a"), "spec": "yes"},
    {**stub("a"), "functions": "f"}, {**stub("a"), "module": 3},
])  # fmt: skip
def test_a_stub_that_cannot_be_meant_is_a_bad_request(bad):
    with pytest.raises(BadRequest, match="not a stub"):
        stubs_of({"stubs": [bad]})


def model(name: str, stubs: list[dict] | None = None) -> dict:
    return {"kind": "file", "name": str(DATA / name), "size": "tiny", "factory": None, "seed": 0, "stubs": stubs or []}


def reference(host, tmp_path, spec: dict) -> dict:
    draws = [{"seed": 1, "variant": "base"}, {"seed": 2, "variant": "base"}]
    return host.ask("reference", {"model": spec, "draws": draws, "out": str(tmp_path), "fp64": True, "sensitivity": True,
                                  "repeat": True}).ok()  # fmt: skip


def test_a_model_that_only_imports_is_a_reference_with_stubs_alone(host, tmp_path):
    without = reference(host, tmp_path, model("only_imports.py"))["failure"]
    assert (without["stage"], without["class"]) == ("load", "missing-package")
    assert "No module named 'flash_attn'" in without["message"] and without["file"] == "only_imports.py"
    told = reference(host, tmp_path, model("only_imports.py", FLASH))
    assert told["ok"] and told["deterministic"] and len(told["draws"]) == 2, told["failure"]


@pytest.mark.parametrize("name", ["really_calls.py", "catches_the_call.py"])
def test_a_model_that_calls_a_stub_is_no_reference(host, tmp_path, name: str):
    failure = reference(host, tmp_path, model(name, FLASH))["failure"]
    assert (failure["stage"], failure["class"], failure["exception"]) == ("eager", "missing-package", "StubCalled")
    assert "flash_attn.flash_attn_func is not available" in failure["message"]
    if name == "really_calls.py":
        assert "flash_attn_func(q, k, v)" in failure["source"] and failure["function"] == "forward"


def test_a_call_while_loading_is_a_failure_or_the_models_own_question(host, tmp_path):
    text = (DATA / "only_imports.py").read_text()
    asks = "try:\n    flash_attn_func()\nexcept Exception:\n    pass\n\n\nclass Attention"
    for body, stage in ((asks, None), ("flash_attn_func()\n\n\nclass Attention", "load")):
        path = tmp_path / f"asks_{stage}.py"
        path.write_text(text.replace("class Attention", body, 1))
        failure = reference(host, tmp_path, {**model("only_imports.py", FLASH), "name": str(path)})["failure"]
        assert (failure and (failure["stage"], failure["exception"])) == (stage and (stage, "StubCalled")), failure


def test_a_stub_of_what_is_installed_ends_before_the_model_is_loaded(host, tmp_path):
    failure = reference(host, tmp_path, model("only_imports.py", [*FLASH, stub("safetensors.extra")]))["failure"]
    assert (failure["stage"], failure["class"]) == ("resolve", "bad-config") and "'safetensors' is installed" in failure["message"]


def test_stubs_are_tried_without_a_model(host):
    assert host.ask("stubs", {"stubs": FLASH}).ok() == {"ok": True, "failure": None}
    assert host.ask("stubs", {"stubs": [stub(ABSENT, "f", spec=True)]}).ok()["ok"]
    refused = host.ask("stubs", {"stubs": [stub("json")]}).ok()
    assert not refused["ok"] and refused["failure"]["class"] == "bad-config"
    assert host.ask("stubs", {"stubs": []}).error["kind"] == "bad-request"


def test_the_text_stands_alone():
    """Overrides carry it: it may use the standard library only, and begin anywhere in a file."""
    import adapt_harness.stubs as module

    text = Path(module.__file__).read_text()
    assert "from __future__" not in text and "adapt_harness" not in text
    names: dict = {"__name__": "somewhere"}
    exec(compile("x = 1\n" + text, "override", "exec"), names)
    json.dumps(names["Stubs"]([stub()]).packages)
