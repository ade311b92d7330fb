"""The scripted LLM server itself: its dialects, rules, books and faults, seen by a client that shares no code with it."""

from __future__ import annotations

import http.client
import json
import threading
from dataclasses import asdict

import pytest
from llm_client import Broken, Client, post
from llm_server import FakeServer, Rules, personas
from llm_server.ledger import Usage

DIALECTS = ("chat", "responses", "messages", "gemini")
EACH = pytest.mark.parametrize("dialect, stream", [(dialect, stream) for dialect in DIALECTS for stream in (True, False)])


def talk(client: Client, text: str = "repair it", most: int = 30) -> list:
    """All turns, each call answered with a few words."""
    turns = [client.ask(text)]
    while turns[-1].calls and len(turns) < most:
        turns.append(client.answer(turns[-1], [f"result of {call[1]} – ok" for call in turns[-1].calls]))
    return turns


@EACH
def test_a_conversation_comes_back_byte_for_byte_and_is_billed_alike_on_both_sides(dialect: str, stream: bool):
    with FakeServer(personas.make("thinker"), Rules(cache_minimum=64)) as server:
        client = Client(server.url, dialect, stream)
        turns = talk(client)
        assert server.violations == []
        assert [len(turn.calls) for turn in turns] == [1, 2, 3, 1, 0]
        assert turns[1].text == "Turn 1: “quotes”, tabs\tand 漢字."
        assert [turn.usage for turn in turns] == [
            {name: value for name, value in asdict(entry.usage).items() if name in turn.usage}
            for turn, entry in zip(turns, server.ledger.entries, strict=True)]
        assert all(entry.complete and entry.told for entry in server.ledger.entries)
        assert server.ledger.total() == sum((entry.usage for entry in server.ledger.entries), Usage())
        reads = [entry.usage.cache_read for entry in server.ledger.entries]
        assert reads[0] == 0 and reads == sorted(reads) and reads[-1] > 300, reads
        assert all(entry.usage.fresh < 700 for entry in server.ledger.entries[1:])


@EACH
def test_stops_are_told_in_the_dialects_own_words(dialect: str, stream: bool):
    words = {"chat": ("stop", "length", "content_filter"), "responses": ("completed", "max_output_tokens", "content_filter"),
             "messages": ("end_turn", "max_tokens", "refusal"), "gemini": ("STOP", "MAX_TOKENS", "SAFETY")}[dialect]
    for persona, word in zip(("nop", "overlong", "refuser"), words):
        with FakeServer(personas.make(persona)) as server:
            turn = Client(server.url, dialect, stream, cap=100).ask("x")
            assert (turn.stop, server.violations) == (word, [])
            assert turn.usage["output"] <= 100 and bool(turn.text)


@EACH
def test_a_request_that_is_sent_again_is_answered_again(dialect: str, stream: bool):
    with FakeServer(personas.make("thinker")) as server:
        client = Client(server.url, dialect, stream)
        first = client.ask("x")
        said = client.history.pop() if dialect != "responses" else [client.history.pop() for _ in range(3)]
        again = client.turn()
        assert said and again.text == first.text and again.calls[0][1:] == first.calls[0][1:]
        assert again.calls[0][0] != first.calls[0][0]
        client.answer(again, ["ok"])
        assert server.violations == []


def third_request(server: FakeServer, dialect: str) -> tuple[Client, dict]:
    """A client that has asked twice, and the right body for a third time: three calls answered, a turn with thoughts."""
    client = Client(server.url, dialect, stream=False)
    turn = client.answer(client.ask("repair it"), ["the answer"])
    unsent = Client("http://127.0.0.1:9", dialect)
    with pytest.raises(Broken):
        unsent.answer(turn, ["the answer"] * len(turn.calls))
    client.history += unsent.history
    assert server.violations == [] and len(turn.calls) == 2
    return client, json.loads(json.dumps(client.body()))


def entries(body: dict) -> list:
    return body.get("messages") or body.get("input") or body["contents"]


def replaced(old: str, new: str):
    def change(body: dict) -> None:
        text = json.dumps(body, ensure_ascii=False)
        assert old in text
        body.update(json.loads(text.replace(old, new)))

    return change


def without_last_results(body: dict) -> None:
    gone = entries(body).pop()
    if gone.get("role") == "tool" or gone.get("type") == "function_call_output":
        entries(body).pop()


def swapped_results(body: dict) -> None:
    last = entries(body)[-1]
    those = last.get("parts") or (last["content"] if isinstance(last.get("content"), list) else None)
    if those:
        those.reverse()
    else:
        entries(body)[-2:] = entries(body)[:-3:-1]


def one_result_too_few(body: dict) -> None:
    last = entries(body)[-1]
    those = last.get("parts") or (last["content"] if isinstance(last.get("content"), list) else entries(body))
    those.pop()


def doubled_question(body: dict) -> None:
    place = next(n for n, entry in enumerate(entries(body)) if entry.get("role") == "user")
    entries(body).insert(place + 1, entries(body)[place])


def sampled(body: dict) -> None:
    (body["generationConfig"] if "generationConfig" in body else body)["temperature"] = 0


def unbounded(body: dict) -> None:
    for name in ("max_tokens", "max_completion_tokens", "max_output_tokens"):
        body.pop(name, None)
    body.get("generationConfig", {}).pop("maxOutputTokens", None)


def forced(body: dict) -> None:
    if "contents" in body:
        body["toolConfig"] = {"functionCallingConfig": {"mode": "ANY"}}
    else:
        body["tool_choice"] = {"type": "any"} if "max_tokens" in body else "required"


def fewer_tools(body: dict) -> None:
    (body["tools"][0].get("functionDeclarations") or body["tools"]).pop()


BREAKS = {
    "unanswered calls": (without_last_results, "last word is the model's own"),
    "results in another order": (swapped_results, "the calls are"),
    "a result too few": (one_result_too_few, "the calls are"),
    "a question asked twice": (doubled_question, "history was rewritten"),
    "an old result changed": (replaced("the answer", "an answer"), "history was rewritten"),
    "a turn changed": (replaced("Turn 1: ", "Turn 9: "), "came back changed"),
    "arguments changed": (replaced("torch.f1", "torch.f2"), "came back changed"),
    "sampling": (sampled, "'temperature' is not supported"),
    "no output cap": (unbounded, "max"),
    "a forced call": (forced, "tool_choice 'required' is not supported"),
    "other tools": (fewer_tools, "have changed"),
    "a canary": (replaced("Everything here is only", "sk-canary+/= is"), "secret number 1 in the body"),
    "the key in the body": (replaced("Everything here is only", "a-key is"), "secret number 0 in the body"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", BREAKS)
def test_what_providers_refuse_is_refused_and_remembered(dialect: str, name: str):
    change, says = BREAKS[name]
    with FakeServer(personas.make("thinker"), Rules(api_key="a-key", secrets=("sk-canary+/=",))) as server:
        client, body = third_request(server, dialect)
        change(body)
        status, _, answer = post(server.url + client.path(), body, client.headers())
        assert status == 400 and json.loads(answer)["error"]["message"]
        told = " ".join(violation.what for violation in server.violations)
        assert says in told and {violation.number for violation in server.violations} == {2}, told
        assert "sk-canary" not in told and "a-key" not in told and server.exchanges[-1].status == 400


def headers_of(client: Client, **changes: str) -> dict[str, str]:
    return client.headers() | {name.replace("_", "-"): value for name, value in changes.items()}


def test_keys_belong_into_one_header_and_the_version_into_another():
    cases = [("chat", {"x_api_key": "k"}, "a key in the header x-api-key"), ("messages", {"authorization": "Bearer k"}, "authorization"),
             ("messages", {"anthropic_version": ""}, "anthropic-version is missing"), ("gemini", {"x_api_key": "k"}, "x-api-key"),
             ("chat", {"content_type": "text/plain"}, "not application/json"), ("chat", {"expect": "100-continue"}, "Expect")]
    for dialect, changes, says in cases:
        with FakeServer(personas.make("nop")) as server:
            client = Client(server.url, dialect)
            client.history = question(dialect)
            status, _, _ = post(server.url + client.path(), client.body(), headers_of(client, **changes))
            assert status == 400 and says in server.violations[0].what, (dialect, changes, server.violations)


def question(dialect: str) -> list:
    unsent = Client("http://127.0.0.1:9", dialect)
    with pytest.raises(Broken):
        unsent.ask("hello")
    return unsent.history


def test_a_key_in_a_url_and_a_path_that_is_none_are_refused():
    with FakeServer(personas.make("nop")) as server:
        client = Client(server.url, "gemini")
        client.history = question("gemini")
        assert post(server.url + client.path() + "&key=k", client.body(), client.headers())[0] == 400
        assert post(server.url + client.path().replace("?alt=sse", ""), client.body(), client.headers())[0] == 400
        assert post(server.url + "/v1/completions", {}, {})[0] == 404
        assert [violation.what for violation in server.violations] == [
            "a key in the URL, where logs keep it", "streamGenerateContent without alt=sse", "no such path: /v1/completions"]


def test_a_wrong_key_is_refused_and_no_violation():
    for dialect in DIALECTS:
        with FakeServer(personas.make("nop"), Rules(api_key="right")) as server:
            with pytest.raises(Broken) as caught:
                Client(server.url, dialect, key="wrong").ask("x")
            assert (caught.value.status, server.violations, server.ledger.entries) == (401, [], [])
            assert Client(server.url, dialect, key="right").ask("x").text


MARK = {"cache_control": {"type": "ephemeral"}}


@pytest.mark.parametrize("name, change, says", [
    ("five markers", lambda body: [block.update(MARK) for block in body["tools"][:4]], "a maximum of 4 blocks"),
    ("on an empty block", lambda body: body["system"].append({"type": "text", "text": "", **MARK}), "cannot be set for empty text"),
    ("on thinking", lambda body: body["messages"][1]["content"][0].update(MARK), "cannot be set for thinking"),
    ("an hour after minutes", lambda body: body["messages"][-1]["content"][0].update(cache_control={"type": "ephemeral", "ttl": "1h"}),
     "must not come after"),
    ("of another kind", lambda body: body["system"][0].update(cache_control={"type": "lasting"}), "only ephemeral"),
    ("no max_tokens", lambda body: body.pop("max_tokens"), "max_tokens: field required"),
    ("text before results", lambda body: body["messages"][-1]["content"].insert(0, {"type": "text", "text": "so:"}), "must come first"),
    ("a signature changed", lambda body: body["messages"][1]["content"][0].update(signature="AAAA"), "never made"),
    ("thinking left out", lambda body: body["messages"][3]["content"].pop(0), "came back changed"),
])
def test_what_messages_refuse(name: str, change, says: str):
    with FakeServer(personas.make("thinker")) as server:
        client, body = third_request(server, "messages")
        change(body)
        assert post(server.url + client.path(), body, client.headers())[0] == 400
        assert says in server.violations[0].what, server.violations


@pytest.mark.parametrize("name, change, says", [
    ("store without include", lambda body: body.pop("include"), "not included"),
    ("reasoning by reference", lambda body: body["input"][1].pop("encrypted_content"), "not found"),
    ("reasoning left out", lambda body: body["input"].pop(-5), "came back changed"),
    ("id in place of call_id", lambda body: body["input"][-1].update(call_id="fc_1"), "results without a call"),
    ("a tool without strict", lambda body: body["tools"][0].pop("strict"), "'strict' is required"),
    ("messages", lambda body: body.update(messages=[]), "unknown parameter 'messages'"),
])
def test_what_responses_refuse(name: str, change, says: str):
    with FakeServer(personas.make("thinker")) as server:
        client, body = third_request(server, "responses")
        change(body)
        assert post(server.url + client.path(), body, client.headers())[0] == 400
        assert says in server.violations[0].what, server.violations


def test_signatures_that_lie_on_calls_have_to_come_back():
    for dialect in ("gemini", "chat"):
        with FakeServer(personas.make("thinker"), Rules(call_signatures=True)) as server:
            client, body = third_request(server, dialect)
            text = json.dumps(body)
            name = "thoughtSignature" if dialect == "gemini" else "thought_signature"
            assert text.count(name) == 2
            body = json.loads(text.replace(f'"{name}"', f'"{name}x"'))
            assert post(server.url + client.path(), body, client.headers())[0] == 400
            assert "history was rewritten" in server.violations[0].what


def test_what_is_no_json_is_refused():
    for raw, says in [(b"{", "Expecting"), (b'{"a":NaN}', "'NaN' is no JSON"), (b'{"a":1,"a":1}', "a member twice"), (b"[]", "no object"),
                      (b'{"model":"m","messages":"x"}', "wrong type"), (b'{"a":"\xff"}', "utf-8"), (b"[" * 100_000, "")]:
        with FakeServer(personas.make("nop")) as server:
            assert post(server.url + "/v1/chat/completions", None, raw=raw)[0] == 400
            assert says in server.violations[0].what, server.violations
    with FakeServer(personas.make("nop"), Rules(body_bytes=1000)) as server:
        assert post(server.url + "/v1/chat/completions", None, raw=b" " * 1001)[0] == 413


def test_a_new_beginning_is_a_new_conversation_and_going_back_is_none():
    with FakeServer(personas.make("thinker")) as server:
        client, body = third_request(server, "chat")
        assert post(server.url + client.path(), body, client.headers())[0] == 200
        shorter = {**body, "messages": body["messages"][:4]}
        assert post(server.url + client.path(), shorter, client.headers())[0] == 400
        assert "history was taken back" in server.violations[0].what
        body["messages"][1]["content"] = "what came before in three words"
        assert post(server.url + client.path(), body, client.headers())[0] == 200 and len(server.violations) == 1
    with FakeServer(personas.make("thinker"), Rules(branches=True)) as server:
        client, body = third_request(server, "chat")
        assert post(server.url + client.path(), body, client.headers())[0] == 200
        shorter = {**body, "messages": body["messages"][:4]}
        assert post(server.url + client.path(), shorter, client.headers())[0] == 200 and server.violations == []


def test_tokens_are_counted_beforehand_as_they_are_billed_afterwards():
    with FakeServer(personas.make("nop")) as server:
        client = Client(server.url, "messages")
        client.history = question("messages")
        body = {name: value for name, value in client.body().items() if name not in ("max_tokens", "stream")}
        counted = json.loads(post(server.url + "/v1/messages/count_tokens", body, client.headers())[2])["input_tokens"]
        client.turn()
        assert [entry.usage.prompt for entry in server.ledger.entries] == [counted] and server.violations == []


def test_markers_decide_what_is_cached_and_for_how_long():
    with FakeServer(personas.make("thinker"), Rules(cache_minimum=64)) as server:
        client = Client(server.url, "messages", markers=False)
        client.ask("x")
        hour = Client(server.url, "messages", markers=True)
        hour.extra = {"system": [{"type": "text", "text": "s" * 4000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]}
        turn = hour.ask("y")
        hour.answer(turn, ["ok"])
        plain, first, second = [entry.usage for entry in server.ledger.entries]
        assert (plain.cache_read, plain.cache_write, plain.cache_write_1h) == (0, 0, 0)
        assert first.cache_write_1h > 1000 and 0 < first.cache_write < 50 and first.fresh == 0
        assert second.cache_read == first.prompt and second.fresh == 0 and second.cache_write > 0


def test_models_are_listed_in_each_shape():
    with FakeServer(personas.make("nop"), Rules(context_tokens=4096)) as server:
        ours = json.loads(post(server.url + "/v1/models", None)[2])
        theirs = json.loads(post(server.url + "/v1/models", None, {"anthropic-version": "x"})[2])
        others = json.loads(post(server.url + "/v1beta/models", None)[2])
        assert (ours["data"][0]["max_model_len"], theirs["data"][0]["max_input_tokens"],
                others["models"][0]["inputTokenLimit"]) == (4096, 4096, 4096)
        assert post(server.url + "/v1/nothing", None)[0] == 404


def test_many_at_once_are_kept_apart():
    with FakeServer(personas.make("thinker"), Rules(cache_minimum=64)) as server:
        failed: list[BaseException] = []

        def one(dialect: str) -> None:
            try:
                assert len(talk(Client(server.url, dialect), "the same for all")) == 5
            except BaseException as error:  # noqa: BLE001 - told to the main thread
                failed.append(error)

        threads = [threading.Thread(target=one, args=(dialect,)) for dialect in DIALECTS * 6]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (failed, server.violations) == ([], [])
        assert len(server.ledger.entries) == 5 * 24 and all(entry.complete for entry in server.ledger.entries)


def test_a_connection_is_used_again_and_ends_with_the_server():
    with FakeServer(personas.make("nop")) as server:
        client = Client(server.url, "chat")
        client.history = question("chat")
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        ports = set()
        for _ in range(50):
            connection.request("POST", client.path(), json.dumps(client.body()), {"content-type": "application/json"})
            assert b"[DONE]" in connection.getresponse().read()
            ports.add(connection.sock.getsockname()[1])
        assert len(ports) == 1 and server.violations == [] and len(server.exchanges) == 50
        server.close()
        with pytest.raises(OSError):
            connection.request("POST", client.path(), json.dumps(client.body()), {"content-type": "application/json"})
            connection.getresponse()


@EACH
def test_half_of_a_surrogate_pair_goes_through_as_json_has_it(dialect: str, stream: bool):
    with FakeServer(personas.make("parrot")) as server:
        client = Client(server.url, dialect, stream)
        client.history = json.loads(json.dumps(question(dialect)).replace("hello", "a\\ud800b"))
        _, _, data = post(server.url + client.path(), None, client.headers(), raw=json.dumps(client.body()).encode())
        assert client.read(data).text == "a\ud800b" and server.violations == []
