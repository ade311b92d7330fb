#!/usr/bin/env python3
"""Adapts models that fail, emits every form of each run, and asks of each form what this machine can.

The generated tests are run, the loaders are loaded and run on the CPU through the harness's own loader contract, the
configuration is read, and the Python is looked over (with black where ADAPT_BLACK names one). Each model is a line of
the output at once, so a killed campaign goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "python"))

import emitted_forms as forms  # noqa: E402

# Class or planted blocker, and the backend on which it fails.
MODELS = [
    ("blocker:tensor_while_01_halting", "export"), ("PatchTSTModel", "openvino"), ("blocker:branch_on_value_01_router", "export"),
    ("FSMTModel", "export"), ("blocker:distance_kind_01_manhattan", "onnxruntime"),
    ("PatchTSMixerModel", "openvino"), ("MimiModel", "export"), ("blocker:python_builtin_01_margin", "export"),
    ("Qwen3VLVisionModel", "export"), ("SwitchTransformersModel", "export"), ("GlmOcrVisionModel", "export"),
    ("LongcatFlashModel", "export"), ("Mistral3Model", "export"), ("JanusModel", "onnxruntime"), ("RobertaModel", "iree"),
    ("DeepseekV2Model", "openvino"), ("Gemma3nTextModel", "onnxruntime"), ("PhimoeModel", "openvino"), ("Qwen2_5_VLModel", "export"),
    ("Idefics3Model", "onnxruntime"), ("DeepseekV2Model", "onnxruntime"), ("SamVisionModel", "iree"), ("PixtralVisionModel", "iree"),
    ("MellumModel", "openvino"), ("LlavaNextModel", "export"), ("Cosmos3EdgeModel", "export"),
    ("FSMTForConditionalGeneration", "export"), ("HYV3Model", "onnxruntime"),
    ("OpenAIPrivacyFilterForTokenClassification", "export"), ("blocker:item_loop_01_lengths", "export"),
]


HEADS = ("emit", "pytest", "patterns", "loader", "yaml", "clean")


def command_of(name: str) -> list[str]:
    if not name.startswith("blocker:"):
        return [f"transformers:{name}"]
    folder = ROOT / "tests" / "corpus" / "blockers" / name.removeprefix("blocker:")
    return [str(folder / "model.py"), "--patch", str(folder / "repair.diff")]


def asked(command: list[str], seconds: int) -> tuple[dict | None, str]:
    """The JSON that the program printed, or None, and what it said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None, f"ran longer than {seconds} s"
    try:
        return json.loads(done.stdout), done.stderr
    except ValueError:
        return None, done.stderr.strip()[-400:]


def run_model(agent: str, name: str, backend: str) -> dict:
    start = time.monotonic()
    row: dict = {"model": name, "backend": backend}
    adapted, said = asked([agent, "adapt", *command_of(name), "--backend", backend, "--json", "--quiet"], 1200)
    if adapted is None or adapted["outcome"] != "adapted":
        return {**row, "outcome": adapted["outcome"] if adapted else "error", "why": adapted["reason"] if adapted else said}
    run = Path(adapted["out"]).parent
    row |= {"outcome": "adapted", "repairs": [f"{r['kind']}:{r['id']}" for r in adapted["repairs"]], "run": str(run)}
    row |= forms_of(agent, run)
    return {**row, "seconds": round(time.monotonic() - start, 1)}


def forms_of(agent: str, run: Path) -> dict:
    """Emits every form of `run`, and says of each what came of it."""
    emitted, said = asked([agent, "emit", run.name, "--json"], 120)
    if emitted is None:
        return {"emit": said}
    row = {"emit": "ok", "files": len(emitted["files"]), "notes": emitted["notes"]}
    out = run / "out" / "emit"
    row["pytest"] = forms.ran_tests(out / "pytest") or "ok" if list((out / "pytest").glob("test_*.py")) else "none"
    row["patterns"] = forms.ran_tests(out / "pytest" / "patterns") or "ok" if (out / "pytest" / "patterns").is_dir() else "none"
    if (out / "tt-forge-models").is_dir():
        why, told = forms.ran_loader(forms.loader_folder(out), forms.recorded_outputs(run))
        row |= {"loader": why or "ok", "difference": told.get("difference")}
    else:
        row["loader"] = "none"
    row["yaml"] = read_configuration(agent, out) or "ok"
    row["clean"] = "; ".join(forms.unclean(out)) or "ok"
    return row


def read_configuration(agent: str, out: Path) -> str:
    """The entry as YAML: one test, a status that claims nothing, the id of the loader that was emitted, and nothing for
    the validator to say, which looks the id up among the emitted loaders."""
    import yaml

    files = list(out.rglob("test_config_*.yaml"))
    if len(files) != 1:
        return f"{len(files)} files"
    told = yaml.safe_load(files[0].read_text())
    [(name, entry)] = told["test_config"].items()
    loader = forms.loader_folder(out).relative_to(out / "tt-forge-models")
    if not (name.startswith(f"{loader}-") and name.endswith("-single_device-inference")):
        return f"the entry is called {name}, the loader is {loader}"
    if entry["status"] != "UNSPECIFIED":
        return f"claims {entry['status']}"
    checked, said = asked([agent, "forge", "validate", str(files[0]), "--forge", str(out / "tt-forge-models"), "--json"], 60)
    return said if checked is None else "; ".join(found["message"] for found in checked["findings"])


def short(value: str) -> str:
    return value if value in ("ok", "none", "-") else "FAILS"


def in_order(row: dict) -> bool:
    return all(short(row.get(head, "FAILS")) != "FAILS" for head in HEADS)


def table(rows: list[dict]) -> str:
    lines = [f"{'model':<44} {'backend':<12} " + " ".join(f"{head:<8}" for head in HEADS) + " difference  repairs"]
    for row in rows:
        name = row["model"].removeprefix("blocker:")
        if row["outcome"] != "adapted":
            lines.append(f"{name:<44} {row['backend']:<12} {row['outcome']}: {row['why'][:90]}")
            continue
        marks = " ".join(f"{short(row.get(head, '-')):<8}" for head in HEADS)
        difference = "-" if row.get("difference") is None else f"{row['difference']:.1e}"
        lines.append(f"{name:<44} {row['backend']:<12} {marks} {difference:<11} {', '.join(row['repairs'])}")
        lines += [f"    {head}: {row[head]}" for head in HEADS if short(row.get(head, "-")) == "FAILS"]
    adapted = [row for row in rows if row["outcome"] == "adapted"]
    good = [row for row in adapted if in_order(row)]
    return "\n".join([*lines, f"{len(rows)} models, {len(adapted)} adapted, {len(good)} with every form in order"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--out", default="emit_forms.jsonl")
    parser.add_argument("--first", type=int, default=len(MODELS), help="only the first so many models")
    parser.add_argument("--only", default="", help="only models whose name holds this")
    parser.add_argument("--again", action="store_true", help="emit the runs of the table anew, without adapting")
    arguments = parser.parse_args()
    out = Path(arguments.out)
    rows = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    if arguments.again:
        rows = [row | forms_of(arguments.agent, Path(row["run"])) if "run" in row else row for row in rows]
        out.write_text("".join(json.dumps(row) + "\n" for row in rows))
    known = {(row["model"], row["backend"]) for row in rows}
    with out.open("a") as file:
        for name, backend in MODELS[: arguments.first]:
            if (name, backend) in known or arguments.only not in name:
                continue
            rows.append(run_model(arguments.agent, name, backend))
            file.write(json.dumps(rows[-1]) + "\n")
            file.flush()
            print(table(rows[-1:]).splitlines()[1], flush=True)
    print(table(rows))
    return 0 if all(in_order(row) for row in rows if row["outcome"] == "adapted") else 1


if __name__ == "__main__":
    sys.exit(main())
