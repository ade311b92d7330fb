"""The golden transcripts against the real harness: every request is accepted, every reply has the shape they show."""

import json
from pathlib import Path

import pytest

import models_for_tests as models
from adapt_harness.protocol import METHODS, PROTOCOL, Request, options_of

GOLDEN = Path(__file__).resolve().parents[2] / "harness" / "golden"
FILES = sorted(GOLDEN.glob("*.jsonl"))
# Objects whose keys are data, not shape.
FREE = {"config", "constants", "seconds", "set", "packages", "ops"}


def _messages(path: Path, sender: str) -> list[dict]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [line["message"] for line in lines if line["from"] == sender]


def shape(value):
    """Keys of objects all the way down; of a list, the shape of its first item."""
    if isinstance(value, dict):
        return {key: "free" if key in FREE else shape(item) for key, item in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else "leaf"


def agree(real, golden) -> bool:
    """Whether two shapes have the same keys wherever both have an object (either may be null or empty)."""
    if isinstance(real, dict) and isinstance(golden, dict):
        return real.keys() == golden.keys() and all(agree(real[key], golden[key]) for key in real)
    if isinstance(real, list) and isinstance(golden, list):
        return agree(real[0], golden[0])
    return True


def _result(name: str) -> dict:
    return next(m["result"] for m in _messages(GOLDEN / name, "worker") if "result" in m)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_request_of_the_engine_is_accepted(path):
    for message in _messages(path, "engine"):
        if message["method"] == "fork":
            continue
        request = Request.parse(json.dumps(message).encode())
        assert request.method in METHODS and isinstance(options_of(request.params), list)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_greeting_has_this_protocol_and_this_shape(host, path):
    for message in _messages(path, "worker") + _messages(path, "host"):
        if "protocol" in message:
            assert message["protocol"] == PROTOCOL and message.keys() == host.greeting.keys()


def test_replies_have_the_shape_of_the_transcripts(host, tmp_path):
    path = tmp_path / "net.py"
    path.write_text(models.BRANCHES)
    spec = {"kind": "file", "name": str(path), "size": "tiny", "factory": None, "seed": 0}
    about = host.ask("describe", {"model": spec, "out": str(tmp_path)}).ok()
    base = host.ask(
        "reference",
        {
            "model": spec,
            "draws": [{"seed": 1, "variant": "base"}],
            "out": str(tmp_path),
            "fp64": True,
            "sensitivity": True,
            "repeat": True,
        },
    ).ok()
    inputs = base["draws"][0]["inputs"]
    failed = host.ask(
        "build",
        {
            "model": spec,
            "backend": "export",
            "overlay": None,
            "options": [],
            "inputs": inputs,
            "out": str(tmp_path / "b"),
            "until": "compile",
        },
    ).ok()
    ran = host.ask(
        "eager",
        {
            "model": spec,
            "overlay": None,
            "options": [],
            "inputs": [inputs],
            "outputs": [str(tmp_path / "o")],
            "sensitivity": str(tmp_path / "s"),
            "effects": True,
        },
    ).ok()
    assert base["ok"] and ran["ok"] and not failed["ok"] and failed["failure"]["frames"] is not None
    told = host.ask(
        "facts",
        {
            "model": spec,
            "overlay": None,
            "options": [],
            "draws": [{"seed": 1, "variant": "base"}],
            "places": [{"module": "net", "lines": [12]}],
        },
    ).ok()
    assert told["facts"], told
    path.write_text(models.NESTED)
    apart = host.ask(
        "bisect",
        {
            "model": spec,
            "backend": "export",
            "overlay": None,
            "options": [],
            "inputs": inputs,
            "out": str(tmp_path / "bisect"),
            "limit": 10,
            "seconds": 100,
        },
    ).ok()
    assert apart["culprit"]["module"] == "net", apart
    pairs = (
        (told, "facts.jsonl"),
        (apart, "bisect.jsonl"),
        (about, "describe.jsonl"),
        (base, "reference.jsonl"),
        (failed, "build_failed.jsonl"),
        (failed, "build.jsonl"),
        (ran, "eager.jsonl"),
        (host.ask("probe", {"backends": None}).ok(), "probe.jsonl"),
        (host.ask("models", {"prefix": "Bert", "near": None, "limit": 3}).ok(), "models.jsonl"),
    )
    for real, name in pairs:
        assert agree(shape(real), shape(_result(name))), f"{name}: {shape(real)} against {shape(_result(name))}"
