"""Runs of the real program against the scripted server, each from the moment at which the language model is asked.

What comes before that costs most of a run's time and is the same for all, so it is done once, with a server that has no
money left. The data folder of that run is kept; whoever wants a conversation gets it back as it was and has the program
resume it with another server at the same place. Paths are part of what a log remembers, so all of it happens in one place.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agent_program import Ended, Program, check_chain, model_text
from llm_server import FakeServer, Plan, Rules, personas, refusals
from llm_server.conversation import Request
from llm_server.faults import Fault
from llm_server.ledger import Usage
from llm_server.persona import Persona
from llm_server.personas import cheats
from llm_server.personas.repair import Case

# Asks a tensor for a number that decides what is computed. No pattern of the library rewrites a match statement.
BLOCKED = model_text("""y = self.linear(x)
match int(x.sum() > 0):
    case 0:
        return torch.sin(y)
    case _:
        return torch.tanh(y)""")
REPAIRED = model_text("""y = self.linear(x)
return torch.where(x.sum() > 0, torch.tanh(y), torch.sin(y))""")
CASE = Case(BLOCKED, REPAIRED, "model")

# How each dialect is asked for at an address of our own. All but "plain" tell what they used.
ENDPOINTS = {
    "chat": "openai@{url}/v1#scripted-1",
    "responses": "responses@{url}/v1#scripted-1",
    "messages": "anthropic@{url}/v1#scripted-1",
    "gemini": "gemini@{url}/v1beta#scripted-1",
    "plain": "{url}/v1#scripted-1",
}
DIALECTS = ("chat", "responses", "messages", "gemini")
# A server that nobody asks for so long ends by itself. What comes before the first request may take long on a busy machine.
IDLE_SECONDS = 900
# Kept from what other runs of the machine have set, and from learning: a pattern would change the next test's library.
SETTINGS = ("--set", "llm.learn=false")


class Always(Plan):
    """The same fault for every request."""

    def __init__(self, fault: Fault):
        self._fault = fault

    def pick(self, number: int, request: Request) -> Fault:
        return self._fault


def trick_lines(name: str, case: Case) -> set[str]:
    """What a cheater's text has and the honest repair has not."""
    return set(cheats.planted(case.after, cheats.CHEATS[name]).splitlines()) - set(case.after.splitlines())


def rewritten(log: bytes, old: str, new: str) -> bytes:
    """A log with another text in it, its chain of hashes made anew: as if the run had been asked for with the new one."""
    previous, out = "0" * 64, b""
    for line in log.decode().splitlines(keepends=True):
        stated = json.loads(line)
        line = line.replace(json.dumps(old), json.dumps(new)).replace(stated["prev"], previous, 1)
        body = line.rstrip("\n").replace(f'"hash":"{stated["hash"]}",', "", 1)
        digest = hashlib.sha256((previous + body).encode()).hexdigest()
        out += line.replace(stated["hash"], digest, 1).encode()
        previous = digest
    return out


def before_the_conversation(log: bytes) -> bytes:
    """The events before the first that concerns it: what the run recalls of earlier ones."""
    out = b""
    for line in log.splitlines(keepends=True):
        event = json.loads(line)
        if event["type"] == "step" and event["data"]["key"] == "llm-memory":
            return out
        out += line
    raise AssertionError("the language model was not asked")


@dataclass
class Told:
    """How a conversation ended, and what the server has to say about it."""

    ended: Ended
    server: FakeServer
    events: list[dict]

    @property
    def stopped(self) -> str | None:
        return self.ended.json["spend"]["stopped"]

    @property
    def outcome(self) -> str:
        return self.ended.json["outcome"]

    @property
    def text(self) -> str:
        """For the message of an assertion."""
        return self.ended.stdout[-3000:] + self.ended.stderr[-3000:] + str(self.server.violations[:3])

    @property
    def patch(self) -> str:
        path = Path(self.ended.json["out"]) / "patch.diff"
        return path.read_text() if path.exists() else ""

    @property
    def added(self) -> list[str]:
        """The lines that the patch brings in."""
        return [line[1:] for line in self.patch.splitlines() if line.startswith("+") and not line.startswith("+++ ")]

    def of(self, kind: str) -> list[dict]:
        return [event["data"] for event in self.events if event["type"] == kind]

    @property
    def turns(self) -> list[dict]:
        """Steps that hold an answer, in order."""
        return [data for data in self.of("step") if data["key"].startswith("llm:")]

    @property
    def bodies(self) -> list[dict]:
        return [json.loads(exchange.body) for exchange in self.server.exchanges]

    @property
    def settlements(self) -> list[dict]:
        return self.of("llm_settled") + [turn["result"]["settlement"] for turn in self.turns if "settlement" in turn["result"]]

    @property
    def settled(self) -> Usage:
        """What the run booked, in the server's buckets."""
        names = Usage.__dataclass_fields__
        return sum((Usage(**{name: entry["usage"][name] for name in names}) for entry in self.settlements), Usage())


@dataclass
class Asked:
    """A model on its backend, up to its first request."""

    root: Path
    text: str = BLOCKED
    backend: str = "export"
    name: str = "model.py"
    files: dict[str, str] = field(default_factory=dict)  # beside the model
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.program = Program(self.root)
        self.model = self.program.write(self.name, self.text)
        for name, text in self.files.items():
            (self.model.parent / name).write_text(text)
        with FakeServer(personas.make("nop"), plan=Always(refusals.status(402)), idle_seconds=IDLE_SECONDS) as server:
            self.port = int(server.url.rsplit(":", 1)[1])
            self.endpoint = ENDPOINTS["plain"].format(url=server.url)
            ended = self.program(*self.adapt(self.endpoint), **self.environment)
        assert ended.code == 4 and ended.json["spend"]["stopped"] == "service_failed", ended.stdout[-3000:] + ended.stderr[-3000:]
        self.run = ended.json["run"]
        self.log = before_the_conversation((self.folder / "events.jsonl").read_bytes())
        for name in ("out", "llm"):
            shutil.rmtree(self.folder / name)
        shutil.copytree(self.program.data, self.kept, symlinks=True)

    def adapt(self, endpoint: str) -> tuple[str, ...]:
        return ("adapt", str(self.model), "--backend", self.backend, "--json", "--quiet", *SETTINGS, "--llm", endpoint)

    @property
    def folder(self) -> Path:
        return self.program.data / "runs" / self.run

    @property
    def kept(self) -> Path:
        return self.root / "kept"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def restore(self, endpoint: str) -> None:
        """The data folder as it was before the first request, of a run that was asked for with `endpoint`."""
        shutil.rmtree(self.program.data)
        shutil.copytree(self.kept, self.program.data, symlinks=True)
        (self.folder / "events.jsonl").write_bytes(rewritten(self.log, self.endpoint, endpoint))

    @contextmanager
    def server(self, persona: Persona | str = "oracle", rules: Rules = Rules(), plan: Plan = Plan()) -> Iterator[FakeServer]:
        made = personas.make(persona, CASE) if isinstance(persona, str) else persona
        with FakeServer(made, rules, plan, self.port, IDLE_SECONDS) as server:
            yield server

    def resume(self, *settings: str, seconds: float = 600, before: tuple[str, ...] = (), **environment: str) -> Ended:
        return self.program("runs", "resume", self.run, "--json", "--quiet", *SETTINGS, *settings, seconds=seconds,
                            before=before, **(self.environment | environment))

    def converse(self, persona: Persona | str = "oracle", *settings: str, dialect: str = "chat", rules: Rules = Rules(),
                 plan: Plan = Plan(), **environment: str) -> Told:
        """A whole conversation. Whatever it is about, requests have to be right and nothing may be left running."""
        self.restore(ENDPOINTS[dialect].format(url=self.url))
        return self.go_on(persona, *settings, rules=rules, plan=plan, **environment)

    def go_on(self, persona: Persona | str = "oracle", *settings: str, rules: Rules = Rules(), plan: Plan = Plan(),
              **environment: str) -> Told:
        """The run as it lies there, with a server of its own."""
        with self.server(persona, rules, plan) as server:
            ended = self.resume(*settings, **environment)
            told = Told(ended, server, check_chain(self.folder / "events.jsonl"))
        assert server.violations == [], told.text
        assert self.program.leftovers() == [], told.text
        return told
