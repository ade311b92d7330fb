#!/usr/bin/env python3
"""Runs `agent adapt` over models that must work or be adapted on every backend, and says where they do not.

The models are one tiny class of each family that people bring up first, and a published checkpoint on its trained
weights. Each result is appended to the output at once, so a killed campaign goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
from published_checkpoint import published_checkpoint  # noqa: E402
from targets import adapt  # noqa: E402

CLASSES = ("BertModel", "T5Model", "LlamaModel", "ViTModel", "CLIPModel", "WhisperModel", "Qwen2Model")
HEADS = ("BertForMaskedLM", "T5ForConditionalGeneration", "LlamaForCausalLM", "ViTForImageClassification",
         "WhisperForConditionalGeneration", "Qwen2ForCausalLM")
BACKENDS = ("export", "inductor", "onnxruntime", "openvino", "iree", "executorch")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--out", default="models.jsonl")
    parser.add_argument("--heads", action="store_true", help="the classes with a head too")
    parser.add_argument("--seconds", type=int, default=300)
    arguments = parser.parse_args()
    models = [f"transformers:{name}" for name in CLASSES + (HEADS if arguments.heads else ())]
    folder = published_checkpoint()
    if folder is None:
        print("not run: the package with a published checkpoint cannot be had here")
    else:
        models.append(str(folder))
    out = Path(arguments.out)
    rows = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    known = {(row["model"], row["backend"]) for row in rows}
    with out.open("a") as file:
        for model, backend in ((m, b) for m in models for b in BACKENDS if (m, b) not in known):
            row = {"model": model, "backend": backend, **adapt(arguments.agent, model, backend, arguments.seconds)}
            rows.append(row)
            file.write(json.dumps(row) + "\n")
            file.flush()
            print(f"{row['outcome']:<13} {row['wall_s']:>6} s  {backend:<12} {model:<45} {row.get('repairs') or row['reason'][:120]}",
                  flush=True)
    bad = [row for row in rows if row["outcome"] not in ("works", "adapted")]
    print(f"{len(rows) - len(bad)} of {len(rows)} work or are adapted")
    return 1 if bad or folder is None else 0


if __name__ == "__main__":
    sys.exit(main())
