"""`agent triage`: what it prints for people and programs, and how it ends on logs that are none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from agent_program import AGENT, WITHOUT_AGENT

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

MEMORY = ("TT_THROW: Out of Memory: Not enough space to allocate 157286400 B DRAM buffer across 12 banks, where each bank "
          "needs to store 13107200 B, but bank size is 1073741792 B")
# As pytest shows a failure of tt-xla's runner: frames and code first, then what was raised, then what went to stderr.
SESSION = f"""============================= test session starts ==============================
collected 1 item

tests/runner/test_models.py F                                            [100%]

=================================== FAILURES ===================================
    def forward(self, pixel_values):
        if pixel_values is None:
            raise ValueError("You have to specify pixel_values")
>       x = self.conv(pixel_values)

third_party/models/net/model.py:88:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
venv/lib/python3.12/site-packages/torch/_dynamo/eval_frame.py:736: in compile_wrapper
    return fn(*args, **kwargs)
E       ValueError: Error code: 13

venv/lib/python3.12/site-packages/torch_xla/_dynamo/dynamo_bridge.py:501: ValueError
----------------------------- Captured stderr call -----------------------------
\x1b[31m2026-08-01 10:00:00.000 | critical | Always | {MEMORY}\x1b[0m
=========================== short test summary info ============================
FAILED tests/runner/test_models.py::test_all_models_torch[net] - ValueError: Error code: 13
============================== 1 failed in 12.34s ==============================
"""


def run(*words: str, stdin: bytes = b"", cwd: Path | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([AGENT, "triage", *words], input=stdin, capture_output=True, cwd=cwd, timeout=60,
                          env={**os.environ, "XDG_CONFIG_HOME": "/nonexistent"})


def test_a_session_of_pytest_is_diagnosed_by_what_stderr_says(tmp_path):
    (tmp_path / "session.log").write_text(SESSION)
    done = run("session.log", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {key: said[key] for key in ("log", "stage", "bringup_status", "category", "component", "place")} == {
        "log": "session.log", "stage": "run", "bringup_status": "FAILED_RUNTIME", "category": "OOM_DRAM",
        "component": "tt-metal", "place": {"file": "third_party/models/net/model.py", "line": 88}}
    assert said["memory"] == {"buffer": "DRAM", "requested_bytes": 157286400, "banks": 12, "bytes_per_bank": 13107200,
                              "bank_bytes": 1073741792}
    first = said["evidence"][0]
    assert SESSION.splitlines()[first["line"] - 1] == f"\x1b[31m{first['text']}\x1b[0m"
    assert SESSION.encode()[first["offset"]:].startswith(b"\x1b[31m2026")


def test_people_get_the_category_the_lines_and_what_to_try():
    done = run("-", stdin=b"loc(\"scatter.42\"): error: failed to legalize operation 'stablehlo.scatter'\r\n")
    lines = done.stdout.decode().splitlines()
    assert lines[:4] == ["LEGALIZE_FAIL  the compiler has no lowering for an operation",
                         "  status     FAILED_TTMLIR_COMPILATION, stage compile, in tt-mlir",
                         "  op         stablehlo.scatter",
                         "  line 1     loc(\"scatter.42\"): error: failed to legalize operation 'stablehlo.scatter'"]
    assert any(line.startswith("  try        MASK_INDEX_ASSIGN: ") for line in lines)
    assert (done.returncode, done.stderr) == (0, b"")


def test_two_processes_that_write_at_once_do_not_hide_the_cause():
    python = SESSION.splitlines()
    mixed = "\n".join(line for pair in zip(python, [MEMORY, *["Metal | INFO | x"] * len(python)]) for line in pair)
    assert json.loads(run("-", "--json", stdin=mixed.encode()).stdout)["category"] == "OOM_DRAM"


@pytest.mark.parametrize("cut", [0.4, 0.7, 0.97])
def test_a_log_that_was_cut_is_still_read(cut):
    data = SESSION.encode()[: int(len(SESSION.encode()) * cut)]
    done = run("-", "--json", stdin=data)
    assert done.returncode in (0, 8)
    assert json.loads(done.stdout)["bytes"] == len(data)


def test_what_is_no_log_is_refused_with_one_clear_line(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 400)
    answers = {name: run(name, cwd=tmp_path) for name in ("empty", "binary", "missing")}
    assert {name: (done.returncode, done.stderr.decode(), done.stdout) for name, done in answers.items()} == {
        "empty": (2, "agent: empty: is empty\n", b""),
        "binary": (2, "agent: binary: is no text\n", b""),
        "missing": (2, "agent: missing: No such file or directory\n", b"")}
    assert run("-").returncode == 2


def test_repairs_name_patterns_that_are_in_the_library():
    root = Path(__file__).resolve().parents[2]
    rows = [line.split("\t") for line in (root / "agent" / "triage" / "data" / "repairs.tsv").read_text().splitlines()]
    named = [name for row in rows if not row[0].startswith("#") for name in row[3].split() if name != "-"]
    assert len(named) > 10
    assert [name for name in named if not (root / "patterns" / "library" / f"{name}.adapt").exists()] == []
    told = json.loads(run("-", "--json", stdin=b"loc(\"r.1\"): error: failed to legalize operation 'stablehlo.round_nearest_even'\n").stdout)
    assert told["repairs"][0]["patterns"] == ["special/round-to-even-by-parts"]


def test_a_log_that_does_not_say_ends_with_the_code_of_no_verdict():
    done = run("-", stdin=b"the quick brown fox\n")
    assert (done.returncode, done.stdout) == (8, b"UNKNOWN  nothing in the log says what went wrong\n")


def test_a_folder_gives_a_row_a_file_and_counts_whatever_lies_in_it(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.log").write_text(MEMORY)
    (tmp_path / "b.log").write_text("E   ModuleNotFoundError: No module named 'kornia'")
    (tmp_path / "c.log").write_text("===== 2 passed in 3.21s =====\n")
    (tmp_path / "empty.log").write_text("")
    (tmp_path / "broken").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    done = run(str(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    *rows, counts = [json.loads(line) for line in done.stdout.splitlines()]
    name = {Path(row["log"]).name: row.get("category") or row.get("skipped", "").rpartition(": ")[2] or row["bringup_status"]
            for row in rows}
    assert name == {"a.log": "OOM_DRAM", "b.log": "DEPENDENCY_ENV", "c.log": "PASSED", "empty.log": "is empty",
                    "broken": "No such file or directory", "pipe": "is no regular file"}
    assert counts == {"logs": 6, "counts": {"DEPENDENCY_ENV": 1, "OOM_DRAM": 1, "PASSED": 1, "not read": 3}}
    text = run(str(tmp_path)).stdout.decode()
    assert text.endswith("\n6 files\n     1  DEPENDENCY_ENV\n     1  OOM_DRAM\n     1  PASSED\n     3  not read\n")


def test_a_file_that_may_not_be_read_is_named(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(MEMORY)
    secret.chmod(0)
    nobody = {"user": 65534, "cwd": "/"} if os.geteuid() == 0 else {}  # root may read everything
    done = subprocess.run([AGENT, "triage", str(secret)], capture_output=True, timeout=60, env={"HOME": "/nonexistent"},
                          **nobody)
    assert (done.returncode, done.stderr.decode()) == (6, f"agent: {secret}: Permission denied\n")


def test_a_line_of_100_megabytes_is_read_in_little_memory(tmp_path):
    with (tmp_path / "long.log").open("wb") as file:
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(f" {MEMORY} ".encode())
        for _ in range(50):
            file.write(b"y" * 1_000_000)
    # A process begins with the peak of the one it was forked from, so a small one stands between this and the program.
    measured = ("import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
                "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(done.returncode)")
    done = subprocess.run([sys.executable, "-S", "-c", measured, AGENT, "triage", "long.log", "--json"], cwd=tmp_path,
                          capture_output=True)
    said = json.loads(done.stdout)
    assert (done.returncode, said["category"], said["lines"]) == (0, "OOM_DRAM", 1)
    assert int(done.stderr) < 64 * 1024  # KiB
