"""What is asked of the files of `agent emit`: each form is run as far as this machine can, and read where it cannot."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Copies of the harness's own files, and of the model's: they keep the layout of where they come from.
KEPT_AS_THEY_ARE = ("compile_original.py", "compile_adapted.py", "flat_model.py", "modeling.py", "forge_checkout.py",
                    "forge_contract.py")
SECONDS = 900

# Loads the loader as tt-xla's runner calls it, and runs the adapted and the unmodified model on its inputs.
LOADER_CHECK = '''
import json, sys
import torch
from adapt_harness.flat import FlatModel, unfold
from adapt_harness.sources import open_source

folder, recorded = sys.argv[1], json.loads(sys.argv[2])
source = open_source({"kind": "forge", "name": folder, "size": "full", "factory": None, "seed": 0})
source.resolve()
loaded = source.load({})
drawn = source.inputs(loaded, {"seed": 1, "variant": "base"})
torch.set_grad_enabled(False)

def outputs(model):
    torch.manual_seed(0)
    return unfold(model(**drawn.kwargs()))[0]

adapted = outputs(loaded.model)
# Inputs that share no batch, or that the model's own file makes, have no rows to repeat.
allowed = "contract: load_inputs takes no batch_size"
told = {"contract": [note for note in loaded.notes if note.startswith("contract") and note != allowed],
        "finite": all(bool(torch.isfinite(t).all()) for _, t in adapted if t.is_floating_point()),
        "outputs": [[name, list(t.shape)] for name, t in adapted], "difference": None}
changed = [module for name, module in sys.modules.items() if name.endswith(".adaptation") and hasattr(module, "undo")]
if changed:
    changed[0].undo()
    worst = 0.0
    for (_, mine), (_, theirs) in zip(adapted, outputs(loaded.model), strict=True):
        scale = float(theirs.double().abs().max()) if theirs.numel() else 1.0
        worst = max(worst, float((mine.double() - theirs.double()).abs().max()) / (scale or 1.0) if mine.numel() else 0.0)
    told["difference"] = worst
print("TOLD " + json.dumps(told))
'''


def _run(command: list[str], folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", **changes}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace",
                          timeout=SECONDS)


def ran_tests(folder: Path) -> str:
    """Runs the tests that lie in `folder`: "" when all pass, else what pytest said last."""
    done = _run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, sorted(folder.glob("test_*.py")))],
                folder)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()[-800:]


def loader_folder(emitted: Path) -> Path:
    """The folder with loader.py below what `agent emit` wrote for tt-forge-models."""
    return next((emitted / "tt-forge-models").rglob("loader.py")).parent


def ran_loader(folder: Path, recorded: list[list]) -> tuple[str, dict]:
    """Loads and runs a loader on the CPU: "" and what it told when its outputs are finite and have the names and the
    shapes that the run recorded, up to the number of rows, and the adaptation changes none of the numbers."""
    done = _run([sys.executable, "-c", LOADER_CHECK, str(folder), json.dumps(recorded)], folder,
                PYTHONPATH=str(ROOT / "harness"))
    line = next((row for row in reversed(done.stdout.splitlines()) if row.startswith("TOLD ")), None)
    if line is None:
        return (done.stderr or done.stdout).strip()[-800:], {}
    told = json.loads(line.removeprefix("TOLD "))
    if told["contract"]:
        return "; ".join(told["contract"]), told
    if not told["finite"]:
        return "outputs are not finite", told
    if [name for name, _ in told["outputs"]] != [name for name, _ in recorded]:
        return f"outputs {told['outputs']}, recorded {recorded}", told
    for (name, got), (_, want) in zip(told["outputs"], recorded):
        # The run fed several rows, which lie along one axis: the first, or the one that a model packs its images along.
        differ = [axis for axis, (g, w) in enumerate(zip(got, want)) if g != w]
        if len(got) != len(want) or len(differ) > 1 or any(want[axis] % max(got[axis], 1) for axis in differ):
            return f"output {name} has the shape {got}, recorded {want}", told
    if (told["difference"] or 0.0) > 1e-4:
        return f"the adaptation changes the numbers by {told['difference']:.1e}", told
    return "", told


def recorded_outputs(run: Path) -> list[list]:
    """Names and shapes of the outputs that the run's reference wrote."""
    kept = json.loads((run / "out" / "hand_over.json").read_text())
    file = (run / kept["outputs_file"]).read_bytes()
    header = json.loads(file[8 : 8 + int.from_bytes(file[:8], "little")])
    return [[leaf["name"], leaf["shape"]] for leaf in json.loads(header["__metadata__"]["leaves"])]


def unclean(emitted: Path) -> list[str]:
    """Python that is no Python, imports twice or for nothing, or that black (where there is one) would lay out anew."""
    complaints = []
    files = [path for path in sorted(emitted.rglob("*.py")) if not path.name.endswith(KEPT_AS_THEY_ARE)]
    for path in files:
        text = path.read_text("utf-8")
        name = path.relative_to(emitted)
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            complaints.append(f"{name}: {error}")
            continue
        if path.name != "__init__.py":
            complaints += [f"{name}: {what}" for what in unused_imports(tree)]
        if text.endswith("\n\n") or not (text.endswith("\n") or not text):
            complaints.append(f"{name}: does not end with one newline")
        complaints += [f"{name}:{number}: blanks at the end" for number, line in enumerate(text.split("\n"), 1)
                       if line != line.rstrip() and "pytest" not in name.parts]
    if black := os.environ.get("ADAPT_BLACK"):
        done = _run([black, "--check", "-q", "--diff", "-l", "88", *map(str, files)], emitted)
        if done.returncode != 0:
            complaints.append("black: " + (done.stdout + done.stderr)[:1500])
    return complaints


def unused_imports(tree: ast.Module) -> list[str]:
    bound: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                continue
            for alias in node.names:
                bound[(alias.asname or alias.name).partition(".")[0]] = node.lineno
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return [f"line {line} imports {name} for nothing" for name, line in bound.items() if name not in read]
