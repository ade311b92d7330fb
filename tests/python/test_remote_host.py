"""`agent adapt --host`: models run at the far end of ssh. A stand-in for ssh runs the far end here, and loses connections."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from adapt_harness.remote import files, relay, ship
from adapt_harness.remote.link import ConnectionLost, Link
from agent_program import AGENT, BRANCHING, SOAK, WITHOUT_AGENT, WITHOUT_SOAK, WORKING, Ended, Program, model_text

needs_agent = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)
FAKE = Path(__file__).resolve().parents[1] / "fakes" / "stand_in_ssh.py"


class Far:
    """A machine that is this one: a home folder of its own, behind a stand-in for ssh."""

    def __init__(self, root: Path):
        self.bin, self.home = root / "bin", root / "there"
        self.bin.mkdir(parents=True)
        self.home.mkdir()
        program = self.bin / "ssh"
        program.write_text(f"#!{os.path.realpath(sys.executable)}\n" + FAKE.read_text())
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.cut(0, 0)

    def cut(self, after: int, times: int) -> None:
        (self.bin / "cuts").unlink(missing_ok=True)
        order = {"home": str(self.home), "cut_after": after, "cuts": times}
        (self.bin / "stand_in_ssh.json").write_text(json.dumps(order))

    @property
    def calls(self) -> list[dict]:
        return [json.loads(line) for line in (self.bin / "stand_in_ssh.jsonl").read_text().splitlines()]

    @property
    def path(self) -> dict[str, str]:
        return {"PATH": f"{self.bin}:{os.environ['PATH']}"}


@pytest.fixture
def far(tmp_path: Path) -> Far:
    return Far(tmp_path / "far")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "program")


def adapt(program: Program, far: Far, text: str, *more: str) -> Ended:
    model = program.write("model.py", text)
    return program("adapt", str(model), "--backend", "export", "--host", "me@far", "--json", "--quiet", "--set",
                   f"host.python={sys.executable}", *more, **far.path)


@needs_agent
def test_a_model_is_repaired_with_the_workers_elsewhere(program: Program, far: Far):
    ended = adapt(program, far, BRANCHING)
    assert (ended.code, ended.json["outcome"]) == (0, "adapted"), ended.stdout + ended.stderr
    here = program("adapt", str(program.root / "models" / "model.py"), "--backend", "export", "--json", "--quiet")
    assert ended.json["repairs"] == here.json["repairs"]
    patches = [(Path(result["out"]) / "patch.diff").read_text() for result in (ended.json, here.json)]
    assert patches[0] == patches[1] != ""
    harness = [path for path in (far.home / ".cache/adapt/remote").iterdir() if path.name.startswith("harness-")]
    assert len(harness) == 1  # sent once, however many connections there were
    assert {call["host"] for call in far.calls} == {"me@far"} and len(far.calls) > 3
    assert all("BatchMode=yes" in call["options"] for call in far.calls)
    assert program.leftovers() == []


@needs_agent
def test_a_library_model_is_read_where_it_is_and_its_source_comes_back(program: Program, far: Far):
    ended = program("adapt", "transformers:BertModel", "--backend", "export", "--host", "far", "--json", "--quiet", "--set",
                    f"host.python={sys.executable}", **far.path)
    assert (ended.code, ended.json["outcome"]) == (0, "works"), ended.stdout + ended.stderr
    kept = list((program.runs()[0] / "sources").rglob("modeling_bert.py"))
    assert len(kept) == 1 and "class BertModel" in kept[0].read_text()


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Far:
    """A machine that has the harness already."""
    root = tmp_path_factory.mktemp("known")
    far = Far(root / "far")
    assert adapt(Program(root / "program"), far, WORKING).code == 0
    return far


@needs_agent
@pytest.mark.parametrize("after", [
    pytest.param(after, marks=pytest.mark.skipif(after != 400 and not SOAK, reason=WITHOUT_SOAK)) for after in (3, 400, 4000)])
def test_a_connection_that_is_lost_once_costs_nothing_but_time(program: Program, known: Far, after: int):
    known.cut(after, 2)
    ended = adapt(program, known, WORKING)
    assert (ended.code, ended.json["outcome"]) == (0, "works"), ended.stdout + ended.stderr
    assert (known.bin / "cuts").read_text() == "2"


@needs_agent
def test_a_connection_that_stays_lost_is_an_error_and_never_a_verdict(program: Program, known: Far):
    known.cut(0, 0)
    greeting = len(json.dumps(relay_greeting(known)))
    known.cut(greeting + 2000, 1000)
    ended = adapt(program, known, WORKING)
    run = program.runs()[-1]
    assert ended.code == 3 and ended.stdout == "", ended.stdout + ended.stderr
    assert "agent runs resume" in ended.said and not (run / "out" / "result.json").exists()
    known.cut(0, 0)
    resumed = program("runs", "resume", run.name, "--json", "--quiet", ADAPT_HOST_PYTHON=sys.executable, **known.path)
    assert (resumed.code, resumed.json["outcome"]) == (0, "works"), resumed.stdout + resumed.stderr


def relay_greeting(far: Far) -> dict:
    machine = ship.Machine("me@far", sys.executable, ".cache/adapt/remote")
    before = os.environ["PATH"]
    os.environ["PATH"] = far.path["PATH"]
    try:
        return relay.Relay(machine, ship.archive(), "greeting", far.home).greeting()
    finally:
        os.environ["PATH"] = before


@needs_agent
def test_a_model_that_kills_its_process_there_has_crashed_here(program: Program, far: Far):
    ended = adapt(program, far, model_text("import os\nos.kill(os.getpid(), 11)\nreturn x"))
    assert ended.json["outcome"] == "inconclusive" and "signal 11" in ended.json["reason"], ended.stdout


@needs_agent
@pytest.mark.parametrize("host", ["-oProxyCommand=touch x", "a b", "", "a;b", "$(id)", "x" * 300])
def test_what_ssh_could_take_for_something_else_is_no_host(program: Program, far: Far, host: str):
    model = program.write("model.py", WORKING)
    ended = program("adapt", str(model), "--backend", "export", f"--host={host}", **far.path)
    assert ended.code == 2 and not (program.data / "runs").exists()


@needs_agent
def test_a_machine_without_the_interpreter_is_an_error_of_the_environment(program: Program, far: Far):
    model = program.write("model.py", WORKING)
    ended = program("adapt", str(model), "--backend", "export", "--host", "far", "--quiet", "--set",
                    "host.python=/absent/python", **far.path)
    assert ended.code == 3 and "did not start Python there" in ended.stderr


# What is sent


def test_the_archive_of_the_harness_is_named_by_its_content_alone():
    assert ship.archive() == ship.archive()


@pytest.mark.parametrize("more", [0, 1, 2048, 5000])
def test_what_follows_the_archive_is_the_servers(far: Far, monkeypatch: pytest.MonkeyPatch, more: int):
    monkeypatch.setenv("PATH", far.path["PATH"])
    machine = ship.Machine("me@far", sys.executable, ".cache/adapt/remote")
    bundle = ship.archive() + b"\0" * more  # the same files at another length
    assert relay.Relay(machine, bundle, "greeting", far.home).greeting()["packages"]


def test_nothing_in_the_command_can_be_taken_for_an_option_or_a_word_of_the_shell():
    command = ship.command(ship.Machine("me@far", "/opt/my python", "a b"))
    assert command[-3:-1] == ["--", "me@far"] and command[-1].startswith("'/opt/my python' -I -B -u -c ")
    assert command[-1].endswith(" 'a b'")


def piped() -> tuple[Link, Link]:
    (near_in, far_out), (far_in, near_out) = os.pipe(), os.pipe()
    return Link(near_in, near_out), Link(far_in, far_out)


def test_frames_arrive_as_they_were_sent(tmp_path: Path):
    near, far = piped()
    (tmp_path / "a").write_bytes(b"x" * 1000)
    far.send({"text": "größer"})
    far.file(tmp_path / "a", 1000)
    assert near.receive() == {"text": "größer"}
    entry = files.listed([tmp_path / "a"])[0]
    files.take(near, entry, tmp_path / "b" / "a")
    assert (tmp_path / "b" / "a").read_bytes() == b"x" * 1000


@pytest.mark.parametrize(
    "data", [b"", b"J", b"J" + b"\0" * 7 + b"\5{}", b"J" + b"\xff" * 8, b"D" + b"\0" * 7 + b"\1x", b"J" + b"\0" * 7 + b"\1x"]
)
def test_what_is_no_frame_is_a_lost_connection(data: bytes):
    source, target = os.pipe()
    os.write(target, data)
    os.close(target)
    with pytest.raises(ConnectionLost):
        Link(source, 1).receive()


def test_a_file_that_arrives_with_other_bytes_is_not_there(tmp_path: Path):
    near, far = piped()
    far.data(b"y" * 10)
    entry = files.Entry(str(tmp_path / "a"), "0" * 64, 10)
    with pytest.raises(ConnectionLost):
        files.take(near, entry, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/out/../etc/x", "/etc/x", "/outside/x", "/out", "out/x", "/out//x", "/out/./x"])
def test_nothing_comes_back_to_a_place_that_was_not_asked_for(path: str):
    assert not files.is_inside(path, ["/out"])
    near, far = piped()
    row = {"path": path, "sha256": "0" * 64, "size": 1}
    far.send({"files": [row], "sources": []})
    machine = relay.Relay(ship.Machine("h", "p", "f"), b"", "r", Path("/nowhere"))
    with pytest.raises(ConnectionLost, match="outside"):
        machine._collect(near, ["/out"], [])


@pytest.mark.parametrize("row", [1, {}, {"path": "/a", "size": 1}, {"path": "/a", "sha256": "../x", "size": 1},
                                 {"path": "/a", "sha256": "0" * 64, "size": -1}, {"path": "/a", "sha256": "0" * 64, "size": True}])
def test_what_is_no_list_of_files_is_a_lost_connection(row: object):
    with pytest.raises(ConnectionLost):
        files.from_json([row])


def test_paths_of_a_request_are_found_wherever_they_stand(tmp_path: Path):
    (tmp_path / "in").write_text("")
    params = {"inputs": [str(tmp_path / "in")], "out": str(tmp_path / "out"), "op": "/no/such/folder/x", "n": 1,
              "deep": [{"set": {"V": str(tmp_path / "d.ttsys")}}]}
    assert sorted(relay.named(params)) == sorted([str(tmp_path / "in"), str(tmp_path / "out"), str(tmp_path / "d.ttsys")])
    assert relay.outputs_of({**params, "outputs": ["/o/0.x"], "sensitivity": "/s/1"}) == ["/o", "/s", str(tmp_path / "out")]
