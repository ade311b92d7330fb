"""A run that is killed, cut or starved of disk ends, once resumed, as an undisturbed one.

The inputs of a verdict are drawn by chance, once a run, so two runs are compared in what must not depend on them:
outcome, repairs, patch and override. Within one run a step that has finished is never done again.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from agent_program import AGENT, BRANCHING, SOAK, WITHOUT_AGENT, WITHOUT_SOAK, Ended, Program, check_chain

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

KILLS = int(os.environ.get("ADAPT_SOAK_KILLS", "200")) if SOAK else 3
CUTS = 60 if SOAK else 1
SEED = int(os.environ.get("ADAPT_SOAK_SEED", "1"))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    made = Program(tmp_path_factory.mktemp("resume"))
    made.write("model.py", BRANCHING)
    return made


def adapt(program: Program) -> tuple[str, ...]:
    return ("adapt", str(program.root / "models" / "model.py"), "--backend", "export", "--json", "--quiet")


@pytest.fixture(scope="module")
def undisturbed(program: Program) -> Ended:
    ended = program(*adapt(program))
    assert ended.code == 0 and ended.json["outcome"] == "adapted", ended.stdout + ended.stderr
    return ended


def steps(folder: Path) -> list[str]:
    return [event["data"]["key"] for event in check_chain(folder / "events.jsonl") if event["type"] == "step"]


def content(path: Path) -> bytes:
    """The bytes of a file; of a safetensors file with its header in order, because its writer has none."""
    data = path.read_bytes()
    if path.suffix != ".safetensors":
        return data
    start = 8 + int.from_bytes(data[:8], "little")
    return json.dumps(json.loads(data[8:start]), sort_keys=True).encode() + data[start:]


def files_below(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(content(path)).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def what_must_not_change(result: dict) -> dict:
    failure = {key: result["failure"][key] for key in ("stage", "class", "fingerprint", "op", "file", "line")}
    return {key: result[key] for key in ("model", "backend", "outcome", "level", "repairs", "concessions", "attempts")} | {
        "failure": failure, "draws": result["metrics"]["draws"]}


def check_same(resumed: Ended, folder: Path, undisturbed: Ended) -> None:
    assert resumed.code == 0, resumed.stdout + resumed.stderr
    assert what_must_not_change(resumed.json) == what_must_not_change(undisturbed.json)
    ours, theirs = Path(resumed.json["out"]), Path(undisturbed.json["out"])
    assert (ours / "patch.diff").read_bytes() == (theirs / "patch.diff").read_bytes()
    assert files_below(ours / "tests") == files_below(theirs / "tests")
    assert sorted(files_below(ours)) == sorted(files_below(theirs))
    done = steps(folder)
    assert len(done) == len(set(done)), "a finished step was done again"


def killed(program: Program, after: float) -> Path | None:
    """A run folder whose agent was killed after so many seconds; None where it had not begun to record or had ended."""
    before = set(program.runs())
    process = program.start(*adapt(program))
    time.sleep(after)
    ended = process.poll() is not None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    new = [folder for folder in program.runs() if folder not in before]
    if ended or not new or not (new[0] / "events.jsonl").exists() or not (new[0] / "events.jsonl").stat().st_size:
        return None
    return new[0]


def test_a_run_that_is_killed_resumes_to_the_same_end(undisturbed: Ended, program: Program):
    chance = random.Random(SEED)
    resumed = 0
    for number in range(KILLS):
        # Spread over the run, each at a random moment of its own part.
        moment = undisturbed.seconds * (number + chance.random()) / KILLS
        folder = killed(program, moment)
        assert program.leftovers() == [], f"after a kill at {moment:.1f} s"
        if folder is None:
            continue
        finished = steps_of_a_torn_log(folder)
        ended = program("runs", "resume", folder.name, "--json", "--quiet")
        check_same(ended, folder, undisturbed)
        assert steps(folder)[:len(finished)] == finished
        resumed += 1
        if SOAK:
            shutil.rmtree(folder)
    assert resumed >= KILLS // 2, "too few runs were killed while they ran"


def steps_of_a_torn_log(folder: Path) -> list[str]:
    keys = []
    for line in (folder / "events.jsonl").read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n") and json.loads(line)["type"] == "step":
            keys.append(json.loads(line)["data"]["key"])
    return keys


def test_a_log_that_is_cut_at_any_byte_resumes(undisturbed: Ended, program: Program):
    chance = random.Random(SEED + 1)
    original = program.data / "runs" / undisturbed.json["run"]
    whole = (original / "events.jsonl").read_bytes()
    first_line = whole.index(b"\n") + 1
    for number in range(CUTS):
        folder = original.with_name(f"{original.name}-cut{number}")
        shutil.copytree(original, folder)
        shutil.rmtree(folder / "out")
        cut = chance.randrange(first_line, len(whole))
        (folder / "events.jsonl").write_bytes(whole[:cut])
        ended = program("runs", "resume", folder.name, "--json", "--quiet")
        assert ended.code == 0, f"cut at {cut} of {len(whole)}: {ended.stderr}"
        assert what_must_not_change(ended.json) == what_must_not_change(undisturbed.json)
        check_chain(folder / "events.jsonl")
        shutil.rmtree(folder)


def test_a_log_that_was_changed_is_refused(undisturbed: Ended, program: Program):
    original = program.data / "runs" / undisturbed.json["run"]
    folder = original.with_name(original.name + "-changed")
    shutil.copytree(original, folder)
    log = folder / "events.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"seeds":3', b'"seeds":2', 1))
    ended = program("runs", "resume", folder.name)
    assert ended.code == 6 and "line 1 is damaged" in ended.said, ended.stderr
    shutil.rmtree(folder)


@pytest.mark.skipif(not SOAK, reason=WITHOUT_SOAK)
def test_what_a_run_was_asked_survives_its_end(program: Program):
    """Settings of the first call hold for the resumed one."""
    process = program.start(*adapt(program), "--seed", "7", "--seeds", "2")
    time.sleep(20)
    process.kill()
    process.communicate()
    folder = program.runs()[-1]
    ended = program("runs", "resume", folder.name, "--json", "--quiet")
    assert ended.code == 0 and ended.json["metrics"]["draws"] == 2, ended.stdout + ended.stderr
    requests = [event["data"] for event in check_chain(folder / "events.jsonl") if event["type"] == "request"]
    assert len(requests) == 1 and requests[0]["seed"] == 7


def test_a_full_disk_ends_with_the_store_code_and_a_clear_line(tmp_path: Path):
    """A limit on the size of a file stands in for a full disk: the write fails in the same place."""
    program = Program(tmp_path)
    ended = program("adapt", program.write("model.py", BRANCHING), "--backend", "export", "--quiet", file_bytes=512)
    assert ended.code == 6, ended.stdout + ended.stderr
    assert "cannot write" in ended.said and str(program.data) in ended.said, ended.stderr
    assert "runs resume" in ended.stderr
    assert program.leftovers() == []


def test_an_index_from_a_newer_program_is_refused_in_words(tmp_path: Path):
    program = Program(tmp_path)
    assert program("runs", "list").code == 0
    with sqlite3.connect(program.data / "index.sqlite") as index:
        index.execute("PRAGMA user_version = 999")
    ended = program("runs", "list")
    assert ended.code == 6 and "999" in ended.said and "newer" in ended.said, ended.stderr
