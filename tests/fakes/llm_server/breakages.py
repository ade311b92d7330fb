"""Faults that change an answer which was made: streams cut, doubled, out of order, mislabelled, silent."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from llm_server.answer import Answer, Event, Pause, dump
from llm_server.dialects import Trouble
from llm_server.faults import Context, Fault


def _answer(name: str, change: Callable[[Answer], Answer], **marks: bool) -> Fault:
    return Fault(name, lambda answer, context: change(answer), **marks)


def _events(name: str, change: Callable[[list[Event]], list[Event]], **marks: bool) -> Fault:
    """Leaves an answer that is no stream as it is."""
    return _answer(name, lambda answer: answer if answer.events is None else answer.with_events(change(list(answer.events))), **marks)


# How the bytes end.

def cut_after_bytes(count: int, ending: str = "close") -> Fault:
    """Of the payload, without head and chunk marks. `ending`: close, reset (RST) or close_delimited (no length was told)."""
    return _answer("cut_after_bytes", lambda answer: replace(answer, cut_after_bytes=count, ending=ending), hides_usage=True)


def cut_after_events(count: int, ending: str = "close") -> Fault:
    return _answer("cut_after_events", lambda answer: replace(answer, cut_after_events=count, ending=ending), hides_usage=True)


def reset(after_events: int = 2) -> Fault:
    return cut_after_events(after_events, "reset")


def no_length() -> Fault:
    """Ended by closing, as HTTP/1.0 did: complete, though nothing proves it but the terminal event."""
    return _answer("no_length", lambda answer: replace(answer, ending="close_delimited"))


def without_terminal() -> Fault:
    """Closes cleanly, but what says that the answer is whole never comes."""
    return _events("without_terminal", lambda events: [event for event in events if event.role in ("start", "delta")],
                   hides_usage=True)


def without_done() -> Fault:
    """The finish is there, [DONE] or message_stop is not."""
    return _events("without_done", lambda events: [event for event in events if event.role != "done"])


# When the bytes come.

def silence(seconds: float, before_event: int = 2) -> Fault:
    return _answer("silence", lambda answer: replace(answer, pauses=(Pause(before_event, seconds),)))


def heartbeats(seconds: float, every: float, before_event: int = 0) -> Fault:
    """Comment lines and nothing else for a while."""
    return _answer("heartbeats", lambda answer: replace(answer, pauses=(Pause(before_event, seconds, every),)))


def slow_head(seconds: float) -> Fault:
    return _answer("slow_head", lambda answer: replace(answer, delay=seconds))


def dribble(piece: int = 1) -> Fault:
    """In chunks of a few bytes, through the middle of characters and lines. Harmless."""
    return _answer("dribble", lambda answer: replace(answer, piece=piece))


# How the bytes look. Harmless to a reader who knows the standard.

def carriage_returns() -> Fault:
    return _answer("carriage_returns", lambda answer: replace(answer, newline="\r\n"))


def prologue(data: bytes) -> Fault:
    """Before the first byte: a byte order mark, keep-alive spaces, comments."""
    return _answer("prologue", lambda answer: replace(answer, prologue=data))


def unknown_events() -> Fault:
    stranger = Event({"type": "weather", "obfuscation": "aaaa", "choices": []}, "weather")
    return _events("unknown_events", lambda events: [e for event in events[:-1] for e in (event, stranger)] + events[-1:])


def wrong_content_type(kind: str = "text/html") -> Fault:
    return _answer("wrong_content_type", lambda answer: replace(answer, content_type=kind))


# What the events say.

def duplicate_finish() -> Fault:
    return _events("duplicate_finish", lambda events: [e for event in events for e in [event] * (2 if event.role == "finish" else 1)])


def duplicate_deltas() -> Fault:
    return _events("duplicate_deltas",
                   lambda events: [e for event in events for e in [event] * (2 if event.spoken else 1)], garbles=True)


def shuffled_deltas(seed: int = 1) -> Fault:
    def change(events: list[Event]) -> list[Event]:
        places = [place for place, event in enumerate(events) if event.spoken]
        shuffled = places[:]
        random.Random(seed).shuffle(shuffled)
        out = list(events)
        for place, other in zip(places, shuffled):
            out[place] = events[other]
        return out

    return _events("shuffled_deltas", change, garbles=True)


def error_event(after: int = 3, status: int = 529, message: str = "Overloaded", code: str = "") -> Fault:
    """An error object in the middle of a stream that began well; a whole answer becomes one."""
    kind = "overloaded" if status in (503, 529) else "rate_limit" if status == 429 else "server"

    def apply(answer: Answer, context: Context) -> Answer:
        trouble = Trouble(status, kind, message, code)
        if answer.events is None:
            return replace(answer, body=dump(context.dialect.error(trouble, context.request_id)).encode())
        return answer.with_events([*answer.events[:after], context.dialect.error_event(trouble, context.request_id)])

    return Fault("error_event", apply, hides_usage=True)


# What they say of tokens.

def _without_usage(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_usage(entry) for name, entry in value.items() if name not in ("usage", "usageMetadata")}
    return [_without_usage(entry) for entry in value] if isinstance(value, list) else value


def no_usage() -> Fault:
    def change(answer: Answer) -> Answer:
        if answer.events is None:
            return answer
        return answer.with_events([replace(event, data=_without_usage(event.data)) for event in answer.events if event.role != "usage"])

    return _answer("no_usage", change, hides_usage=True)


def _scaled(value: Any, factor: int) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value * factor
    return {name: _scaled(entry, factor) for name, entry in value.items()} if isinstance(value, dict) else value


def decreasing_usage() -> Fault:
    """Tells three times as much first, then the truth: counts are cumulative, so the last one holds."""

    def change(events: list[Event]) -> list[Event]:
        for place, event in enumerate(events):
            told = next((name for name in ("usage", "usageMetadata") if isinstance(event.data, dict) and event.data.get(name)), None)
            if told and event.role in ("usage", "finish"):
                data = copy.deepcopy(event.data)
                data[told] = _scaled(data[told], 3)
                for choice in data.get("candidates", []):
                    choice.pop("finishReason", None)
                if "delta" in data:
                    data["delta"] = {"stop_reason": None, "stop_sequence": None}
                return [*events[:place], replace(event, data=data, role="delta"), *events[place:]]
        return events

    return _events("decreasing_usage", change)


# How calls come from servers that are nearly compatible (chat completions only).

def _tool_deltas(name: str, change: Callable[[dict[str, Any]], None]) -> Fault:
    def each(events: list[Event]) -> list[Event]:
        out = []
        for event in events:
            data = copy.deepcopy(event.data)
            for choice in data.get("choices", []) if isinstance(data, dict) else []:
                for call in choice.get("delta", {}).get("tool_calls", []):
                    change(call)
            out.append(replace(event, data=data))
        return out

    return _events(name, each)


def tools_without_index() -> Fault:
    return _tool_deltas("tools_without_index", lambda call: call.pop("index", None))


def tools_all_index_zero() -> Fault:
    return _tool_deltas("tools_all_index_zero", lambda call: call.update(index=0))


def tools_with_later_empty_ids() -> Fault:
    """Each later fragment carries an id of no characters."""
    return _tool_deltas("tools_with_later_empty_ids", lambda call: call.setdefault("id", ""))


def tools_without_ids() -> Fault:
    """Clients have to make up ids, so what comes back is not what was said."""
    fault = _tool_deltas("tools_without_ids", lambda call: call.pop("id", None))
    return replace(fault, garbles=True)


def tools_with_object_arguments() -> Fault:
    """Each call whole, in one delta, its arguments an object in place of text."""

    def change(events: list[Event]) -> list[Event]:
        out: list[Event] = []
        opened: list[tuple[Event, dict[str, Any], str]] = []
        for event in events:
            calls = [call for choice in (event.data.get("choices", []) if isinstance(event.data, dict) else [])
                     for call in choice.get("delta", {}).get("tool_calls", [])]
            if not calls:
                out += [_whole_call(*entry) for entry in opened]
                opened = []
                out.append(event)
            elif calls[0].get("id"):
                opened.append((event, calls[0], ""))
            else:
                begun, call, text = opened[-1]
                opened[-1] = (begun, call, text + calls[0]["function"]["arguments"])
        return out

    return replace(_events("tools_with_object_arguments", change), garbles=True)


def _whole_call(event: Event, call: dict[str, Any], text: str) -> Event:
    data = copy.deepcopy(event.data)
    data["choices"][0]["delta"]["tool_calls"] = [call | {"function": {**call["function"], "arguments": json.loads(text or "{}")}}]
    return replace(event, data=data, spoken=event.spoken + text)
