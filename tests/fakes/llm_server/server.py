"""The server: takes a request, holds it against the rules, lets the persona answer and the plan spoil it, and keeps
books about all of it. Listens on loopback only, and ends by itself when nobody talks to it."""

from __future__ import annotations

import itertools
import threading
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from llm_server import history, invariants, text_protocol
from llm_server.answer import Answer, json_answer, stream_answer
from llm_server.conversation import Reply, Request
from llm_server.dialects import DIALECTS, Bad, Dialect, Said, Trouble, chat, dialect_of, gemini, messages
from llm_server.faults import Context, Fault, Plan
from llm_server.ids import made
from llm_server.json_text import NotJson, strict_json
from llm_server.ledger import Entry, Ledger, PromptCache, Usage, output_of, tokens
from llm_server.listener import Listener
from llm_server.output_cap import capped
from llm_server.persona import Persona, Unable
from llm_server.rules import Rules
from llm_server.wire import Sent, Writer

MOST_EXCHANGES = 10_000


@dataclass(frozen=True)
class Violation:
    number: int  # of the request
    what: str


@dataclass(frozen=True)
class Exchange:
    """What was asked, as it came, and what became of it."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    request: Request | None = None
    reply: Reply | None = None
    fault: str = ""
    complete: bool = True
    answer: bytes = b""  # its payload as it went out: a body, or a stream's text


class FakeServer:
    def __init__(self, persona: Persona, rules: Rules = Rules(), plan: Plan = Plan(), port: int = 0, idle_seconds: float = 300):
        self.rules, self.plan = rules, plan
        self.violations: list[Violation] = []
        self._ledger = Ledger()
        self._exchanges: list[Exchange] = []
        self._under_way = 0
        self._persona = persona
        self._history = history.History(rules.branches)
        self._cache = PromptCache(rules.cache_minimum)
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._last_word = time.monotonic()
        self._http = Listener(self, port)
        self._threads = [threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True),
                         threading.Thread(target=self._watch, args=(idle_seconds,), daemon=True)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> "FakeServer":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        if self.closing.is_set():
            return
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._http.hang_up()

    @property
    def ledger(self) -> Ledger:
        """Complete up to the last answer that a client can have read."""
        self._settle()
        return self._ledger

    @property
    def exchanges(self) -> list[Exchange]:
        self._settle()
        with self._lock:
            return sorted(self._exchanges, key=lambda exchange: exchange.number)

    def _settle(self, seconds: float = 5) -> None:
        """A client has the last byte a little before the books have it."""
        end = time.monotonic() + seconds
        while self._under_way and time.monotonic() < end:
            time.sleep(0.002)

    @property
    def closed(self) -> bool:
        return self.closing.is_set()

    def _watch(self, idle_seconds: float) -> None:
        while not self.closing.wait(min(0.2, idle_seconds)):
            if time.monotonic() - self._last_word > idle_seconds:
                self.close()

    def violate(self, number: int, what: str) -> None:
        with self._lock:
            self.violations.append(Violation(number, what))

    def listing(self, path: str, headers: Mapping[str, str]) -> Answer | None:
        """Of models, in the shape of whoever asks; nothing for another path."""
        if path not in ("/v1/models", "/v1beta/models"):
            return None
        of = gemini if path == "/v1beta/models" else messages if "anthropic-version" in headers else chat
        return json_answer(of.models(self.rules.context_tokens))

    def exchange(self, path: str, headers: Mapping[str, str], body: bytes, writer: Writer) -> Sent:
        """One POST, from its bytes to the last byte of the answer."""
        self._last_word = time.monotonic()
        with self._lock:
            number = next(self._numbers)
            self._under_way += 1
        try:
            return self._exchange(number, path, headers, body, writer)
        finally:
            with self._lock:
                self._under_way -= 1
            self._last_word = time.monotonic()

    def _exchange(self, number: int, path: str, headers: Mapping[str, str], body: bytes, writer: Writer) -> Sent:
        answer, request, reply, fault, usage = self._answer(number, path, headers, body)
        sent = writer.write(answer)
        if usage is not None and request is not None:
            if not sent.complete:
                usage = replace(usage, output=tokens(sent.spoken), reasoning=min(usage.reasoning, tokens(sent.spoken)))
            told = sent.complete and not (fault and fault.hides_usage) and (not request.stream or request.stream_usage)
            self._ledger.add(Entry(number, request.dialect, request.model, usage, sent.complete, told, fault.name if fault else ""))
        with self._lock:
            if len(self._exchanges) < MOST_EXCHANGES:
                self._exchanges.append(Exchange(number, path, dict(headers), body, answer.status, request, reply,
                                                fault.name if fault else "", sent.complete, sent.payload))
        return sent

    def _answer(self, number: int, path: str, headers: Mapping[str, str], body: bytes) -> tuple[
            Answer, Request | None, Reply | None, Fault | None, Usage | None]:
        request_id = made("req_", number)
        bare = urllib.parse.urlsplit(path).path
        dialect = dialect_of(bare)
        if dialect is None:
            self.violate(number, f"no such path: {bare}")
            return self._refuse(DIALECTS["chat"], Trouble(404, "not_found", f"no such path: {bare}"), request_id), None, None, None, None
        request, complaints = self._read(dialect, path, bare, headers, body)
        counting = bare.endswith("/count_tokens")
        if request is not None and not complaints and not counting:
            complaints = self._history.complaints(request)
        for complaint in complaints:
            self.violate(number, complaint)
        if complaints or request is None:
            return self._refuse(dialect, Trouble(400, "invalid_request", "; ".join(complaints)), request_id), request, None, None, None
        if self.rules.api_key and headers.get(self.rules.key_header(dialect.key_header), "").removeprefix("Bearer ") != self.rules.api_key:
            return self._refuse(dialect, Trouble(401, "authentication", "the key is not known"), request_id), request, None, None, None
        if counting:
            count = sum(tokens(segment.text) for segment in request.segments)
            return json_answer({"input_tokens": count}), request, None, None, None
        fault = self.plan.pick(number, request)
        context = Context(dialect, request_id, number)
        if fault and fault.replaces:
            return fault.apply(Answer(), context), request, None, fault, None
        if trouble := self._too_long(request):
            return self._refuse(dialect, trouble, request_id), request, None, None, None
        try:
            spoken = text_protocol.speak(request, self._persona(text_protocol.listen(request)))
        except Unable as error:
            self.violate(number, str(error))
            return self._refuse(dialect, Trouble(400, "invalid_request", str(error)), request_id), request, None, None, None
        reply = dialect.identify(capped(spoken, request.output_cap), number, self.rules)
        usage = self._cache.bill(request, dialect.cached_by_markers) + output_of(reply)
        answer = self._render(dialect, Said(reply, usage, dialect.message_id(number), request_id, request.model), request)
        self._history.said(request, reply)
        if fault:
            answer = fault.apply(answer, context)
            if fault.garbles:
                self._history.said(request, history.ANYTHING)
        return answer, request, reply, fault, usage

    def _read(self, dialect: Dialect, path: str, bare: str, headers: Mapping[str, str],
              body: bytes) -> tuple[Request | None, list[str]]:
        complaints = list(invariants.of_transport(path, headers, body, dialect, self.rules))
        try:
            value = strict_json(body)
            if not isinstance(value, dict):
                raise Bad("the body is no object")
            request = dialect.parse(value, bare)
            complaints += dialect.complaints(value, bare, headers, self.rules)
        except (Bad, NotJson) as error:
            return None, [*complaints, str(error)]
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            return None, [*complaints, f"a member has the wrong type: {error}"]
        return request, complaints + list(invariants.of_request(request, self.rules))

    def _too_long(self, request: Request) -> Trouble | None:
        limit, count = self.rules.context_tokens, sum(tokens(segment.text) for segment in request.segments)
        if not limit or count <= limit:
            return None
        words = {"messages": f"prompt is too long: {count} tokens > {limit} maximum",
                 "gemini": f"The input token count ({count}) exceeds the maximum number of tokens allowed ({limit})."}
        usual = f"This model's maximum context length is {limit} tokens. However, your messages resulted in {count} tokens."
        return Trouble(400, "context", words.get(request.dialect, usual))

    def _refuse(self, dialect: Dialect, trouble: Trouble, request_id: str) -> Answer:
        return json_answer(dialect.error(trouble, request_id), trouble.status, dialect.response_headers(request_id))

    def _render(self, dialect: Dialect, said: Said, request: Request) -> Answer:
        headers = dialect.response_headers(said.request_id)
        if request.stream:
            return stream_answer(dialect.events(said, request), headers)
        return json_answer(dialect.whole(said), headers=headers)
