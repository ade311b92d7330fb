"""{{title}}

The original model must still fail with the recorded failure, and the adapted one must
pass with the recorded numbers. The files beside this one are all it needs: the model's
builder, weights, inputs and expected outputs, the override, and how the backend is
driven. Run it with: pytest {{file_name}}
Needs: {{requirements}}
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

OVERRIDE = {{override_module}}

# Options that act while the model is built or called.
{{load_options}}
{{forward_options}}

# What the unmodified model does on this backend.
{{failure}}

# Largest relative error (L2 norm) of one output that still counts as the same numbers.
TOLERANCE = {{tolerance}}


{{builder}}


def load_arrays(name: str) -> list:
    from safetensors.torch import load_file

    arrays = load_file(str(HERE / name))
    return [arrays[key] for key in sorted(arrays)]


def run(adapted: bool) -> list:
    """Builds the model, compiles it for the backend, runs it on the stored inputs."""
    # First, because it sets the environment that libraries read when they are imported.
    if adapted:
        from compile_adapted import compile_and_run
    else:
        from compile_original import compile_and_run
    import torch
    from flat_model import FlatModel
    from safetensors.torch import load_file

    torch.set_grad_enabled(False)
    side = "adapted" if adapted else "original"
    override = contextlib.nullcontext()
    if adapted and OVERRIDE:
        override = __import__(OVERRIDE).applied()
    with override:
        model = build_model(LOAD_OPTIONS[side]).eval()
        if adapted and OVERRIDE:
            getattr(__import__(OVERRIDE), "configure", lambda _: None)(model)
        if (HERE / "weights.safetensors").is_file():
            model.load_state_dict(
                load_file(str(HERE / "weights.safetensors")), strict=False
            )
        call = json.loads((HERE / "inputs.json").read_text())
        tensors = load_file(str(HERE / "inputs.safetensors"))
        constants = {**call["constants"], **FORWARD_OPTIONS[side]}
        flat = FlatModel(model, call["names"], constants).eval()
        return compile_and_run(flat, [tensors[name] for name in call["names"]])


def relative_errors(outputs: list) -> list[float]:
    import torch

    expected = load_arrays("expected.safetensors")
    assert len(outputs) == len(expected)
    errors = []
    for got, want in zip(outputs, expected):
        got = torch.as_tensor(got)
        shapes = tuple(got.shape), tuple(want.shape)
        assert shapes[0] == shapes[1], shapes
        if not want.is_floating_point():
            errors.append(0.0 if torch.equal(got.to(want.dtype), want) else 1.0)
            continue
        finite = torch.isfinite(want)
        assert torch.equal(torch.isfinite(got), finite), "other values are not finite"
        scale = want[finite].double().norm().item()
        error = (got[finite].double() - want[finite].double()).norm().item()
        errors.append(error / (scale or 1.0))
    return errors


def folded(text: str) -> str:
    """Numbers, addresses and paths differ between runs and machines."""
    text = re.sub(r"0x[0-9a-fA-F]+|(?:/[\w.\-]+)+", "_", text)
    return re.sub(r"\s+", " ", re.sub(r"\d+", "#", text))


def in_fresh_process(which: str) -> dict:
    """One run in a process of its own: a crash is an outcome, and nothing leaks."""
    done = subprocess.run(
        [sys.executable, __file__, which],
        capture_output=True,
        text=True,
        timeout=900,
        cwd=HERE,
        errors="replace",
    )
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("OUTCOME "):
            return {
                **json.loads(line.removeprefix("OUTCOME ")),
                "log": done.stderr[-20000:],
            }
    return {
        "error": f"the process ended with {done.returncode}",
        "text": "",
        "log": done.stdout[-4000:] + done.stderr[-20000:],
    }


def test_the_original_fails_as_recorded():
    outcome = in_fresh_process("original")
    if RECORDED["stage"] == "compare":
        assert max(outcome["errors"]) > TOLERANCE, outcome
        return
    assert "error" in outcome, f"the original passes now: {outcome}"
    said = folded(" ".join([outcome["error"], outcome["text"], outcome["log"]]))
    assert any(folded(mark) in said for mark in RECORDED["marks"]), outcome


def test_the_adapted_model_passes_with_the_same_numbers():
    outcome = in_fresh_process("adapted")
    assert "errors" in outcome, outcome
    assert max(outcome["errors"]) <= TOLERANCE, outcome


def main() -> None:
    import traceback

    try:
        outcome = {"errors": relative_errors(run(sys.argv[1] == "adapted"))}
    except Exception as error:
        outcome = {
            "error": f"{type(error).__name__}: {error}"[:20000],
            "text": traceback.format_exc()[-20000:],
        }
    print("\nOUTCOME " + json.dumps(outcome), flush=True)
    # Some runtimes crash in their destructors, after all that matters has been printed.
    os._exit(0)


if __name__ == "__main__":
    main()
