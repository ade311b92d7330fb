"""Models and checkpoints that are broken or mean harm: one clear outcome, in bounded time, and nothing left behind."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import pytest
from agent_program import AGENT, SOAK, WITHOUT_AGENT, WITHOUT_SOAK, Program, check_chain, model_text

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

PLAIN = model_text("return torch.tanh(self.linear(x))")
# More than a run of a small model needs on a slow machine, and far less than the stages' own deadlines together.
SECONDS = 240


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    code: int
    outcome: str
    failure: tuple[str, str] | None = None  # stage and class
    says: str = ""
    settings: tuple[str, ...] = ()
    soak: bool = True


# What a model may do without harm to anyone: it is still a model that works.
NUISANCE = PLAIN + '''

import os, subprocess, sys
forged = b'{"id":1,"result":{"ok":true,"failure":null}}\\n'
for descriptor in range(3, 64):
    try:
        os.write(descriptor, forged)
    except OSError:
        pass
for descriptor in (3, 4):
    try:
        os.close(descriptor)
    except OSError:
        pass
print("x" * (8 << 20))
print("y" * (8 << 20), file=sys.stderr)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"])
'''

FORGED_IN_FORWARD = model_text('''import os
for number in os.listdir("/proc/self/fd"):
    try:
        if "pipe" in os.readlink(f"/proc/self/fd/{number}") and int(number) > 2:
            os.write(int(number), b'{"id":1,"result":{"ok":true,"failure":null}}' + bytes([10]))
    except OSError:
        pass
return torch.tanh(self.linear(x))''')

CASES = [
    Case("nuisance", NUISANCE, 0, "works", soak=False),
    Case("raises-at-import", 'raise RuntimeError("no such luck")\n', 2, "inconclusive", ("load", "import-error"), "no such luck",
         soak=False),
    Case("loops-for-ever", "while True:\n    pass\n", 8, "inconclusive", ("load", "hang"), "5",
         ("--set", "limits.stage_seconds.load=5"), soak=False),
    Case("loops-and-ignores-signals",
         "import signal\nfor n in range(1, 32):\n    try:\n        signal.signal(n, signal.SIG_IGN)\n    except OSError:\n        pass\n"
         "while True:\n    pass\n", 8, "inconclusive", ("load", "hang"), "", ("--set", "limits.stage_seconds.load=5")),
    Case("allocates-without-end", "held = []\nwhile True:\n    held.append(bytearray(1 << 28))\n", 8, "inconclusive",
         ("load", "out-of-memory"), "", ("--memory-gib", "2")),
    Case("forks-without-end", "import os\nfor _ in range(20000):\n    try:\n        if os.fork() == 0:\n"
         "            import time; time.sleep(600)\n    except OSError:\n        break\n" + PLAIN, 8, "inconclusive",
         ("load", "other"), "processes"),
    Case("exits", "import os\nos._exit(0)\n", 8, "inconclusive", ("load", "exit")),
    Case("exits-in-forward", model_text("import os\nos._exit(0)"), 8, "inconclusive", ("eager", "exit")),
    Case("kills-itself", "import os\nos.kill(os.getpid(), 11)\n", 8, "inconclusive", ("load", "crash")),
    Case("kills-its-parent", "import os\ntry:\n    os.kill(os.getppid(), 9)\nexcept OSError:\n    pass\n" + PLAIN, 0, "works"),
    Case("forges-replies", FORGED_IN_FORWARD, 8, "inconclusive", ("eager", "protocol-violation")),
    Case("not-python", "this is not Python\n", 2, "inconclusive", ("load", "import-error"), "SyntaxError"),
    Case("no-model", "x = 1\n", 2, "inconclusive", None, "load_model"),
    Case("no-module", "import no_such_package_of_mine\n" + PLAIN, 3, "inconclusive", ("load", "missing-package"),
         "no_such_package_of_mine"),
    Case("nan-outputs", model_text("return torch.tanh(self.linear(x)) * float('nan')"), 8, "inconclusive", None, "nan"),
    Case("two-runs-differ", model_text("return torch.tanh(self.linear(x)) + torch.rand(2, 8)"), 8, "inconclusive", None, "differ",
         soak=False),
    Case("returns-nothing", model_text("return None"), 8, "inconclusive"),
    Case("returns-text", model_text("return 'words'"), 8, "inconclusive"),
    Case("no-inputs", PLAIN.split("def load_inputs")[0], 2, "inconclusive", None, "load_inputs"),
    Case("raises-a-wild-exception", model_text('''class Wild(BaseException):
    def __str__(self):
        raise self
    __repr__ = __str__
raise Wild()'''), 8, "inconclusive", ("eager", "exception")),
    Case("message-of-megabytes", model_text("raise ValueError('z' * (4 << 20) + chr(10) + chr(0xD800) + chr(27))"), 8,
         "inconclusive", ("eager", "exception")),
]


@pytest.mark.parametrize("case", [
    pytest.param(case, id=case.name, marks=pytest.mark.skipif(case.soak and not SOAK, reason=WITHOUT_SOAK)) for case in CASES])
def test_a_hostile_model_ends_in_one_clear_outcome(case: Case, tmp_path: Path):
    program = Program(tmp_path / case.name)
    path = program.write("model.py", case.text)
    ended = program("adapt", path, "--backend", "export", "--json", "--quiet", *case.settings, seconds=SECONDS)
    text = ended.stdout[-2000:] + ended.stderr[-2000:]
    assert "Traceback" not in ended.stderr, text
    result = ended.json
    found = (result["failure"] or {}).get("stage"), (result["failure"] or {}).get("class")
    assert (ended.code, result["outcome"]) == (case.code, case.outcome), text
    if case.failure:
        assert found == case.failure, text
    assert "\n" not in result["reason"] and len(result["reason"]) < 1000
    assert case.says.lower() in result["reason"].lower(), result["reason"]
    check_chain(program.data / "runs" / result["run"] / "events.jsonl")
    assert program.leftovers() == []


TINY_BERT = {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2,
             "num_attention_heads": 2, "intermediate_size": 64, "vocab_size": 99, "max_position_embeddings": 64}


def safetensors(tensors: dict[str, list[int]]) -> bytes:
    """A checkpoint of zeros in fp32."""
    header, offset = {}, 0
    for name, shape in tensors.items():
        size = 4
        for extent in shape:
            size *= extent
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(offset)


WHOLE = safetensors({"embeddings.word_embeddings.weight": [99, 32]})
FOLDERS = [
    ("no-config", None, WHOLE, {"bad-config"}, "config.json", False),
    ("truncated", TINY_BERT, WHOLE[:-64], {"bad-checkpoint"}, "model.safetensors", False),
    ("header-beyond-the-file", TINY_BERT, struct.pack("<Q", 1 << 60) + b"{}", {"bad-checkpoint"}, "model.safetensors", True),
    ("empty-checkpoint", TINY_BERT, b"", {"bad-checkpoint"}, "model.safetensors", True),
    ("wrong-shapes", TINY_BERT, safetensors({"embeddings.word_embeddings.weight": [98, 31]}), {"bad-checkpoint"}, "word_embeddings",
     True),
    ("absurd-sizes", {**TINY_BERT, "hidden_size": 1 << 40}, WHOLE, {"bad-config"}, "hidden_size", True),
    ("absurd-depth", {**TINY_BERT, "num_hidden_layers": 10**9}, WHOLE, {"bad-config"}, "num_hidden_layers", True),
    ("sizes-that-are-words", {**TINY_BERT, "hidden_size": "many"}, WHOLE, {"bad-config"}, "hidden_size", True),
    ("unknown-architecture", {"architectures": ["NoSuchModel"], "model_type": "no-such"}, WHOLE, {"bad-config"}, "NoSuchModel", True),
    ("config-that-is-a-list", [1, 2], WHOLE, {"bad-config"}, "config.json", True),
]


@pytest.mark.parametrize("name, config, weights, classes, says", [
    pytest.param(*case[:5], id=case[0], marks=pytest.mark.skipif(case[5] and not SOAK, reason=WITHOUT_SOAK)) for case in FOLDERS])
def test_a_broken_checkpoint_is_the_users_to_mend(name, config, weights, classes, says, tmp_path: Path):
    program = Program(tmp_path / name)
    folder = program.root / "models" / "snapshot"
    folder.mkdir(parents=True)
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes(weights)
    ended = program("adapt", folder, "--backend", "export", "--json", "--quiet", seconds=SECONDS)
    assert ended.code == 2, ended.stdout[-2000:] + ended.stderr[-2000:]
    result = ended.json
    assert result["outcome"] == "inconclusive" and result["failure"]["class"] in classes, result["failure"]
    assert says in result["reason"], result["reason"]
    assert program.leftovers() == []
