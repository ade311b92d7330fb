"""Calls of tools written as plain text, for requests that offer none natively but describe them in their system text:

    ::tool NAME
    ::FIELD a value
    ::FIELD
    a value of several lines, whose lines that begin with "::" have one colon more
    ::end

Personas never see it: `listen` makes an ordinary request of what was written, `speak` writes what they answer."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import zip_longest

from llm_server.conversation import Assistant, Call, Message, Offer, Part, Reply, Request, Result, Results, Text, UserText

MARK = re.compile(r"::([A-Za-z_][A-Za-z0-9_.-]*)(?:[ \t]+(.*))?$")
SECTION = re.compile(r"## (\S+)$")
FIELD = re.compile(r"::(\S+) \((optional, )?([a-z]+)")


def spoken_in(request: Request) -> bool:
    return not request.tools and "\n::tool NAME" in request.system


def listen(request: Request) -> Request:
    if not spoken_in(request):
        return request
    messages: list[Message] = []
    for message in request.messages:
        if isinstance(message, Assistant):
            messages.append(Assistant(tuple(parts_of(message.text))))
        elif isinstance(message, UserText) and (results := results_of(message.text)):
            messages.append(Results(tuple(results)))
        else:
            messages.append(message)
    return replace(request, messages=tuple(messages), tools=tuple(offers_of(request.system)))


def speak(request: Request, reply: Reply) -> Reply:
    if not spoken_in(request):
        return reply
    text, others = "", []
    for part in reply.parts:
        if isinstance(part, Text):
            text += part.text
        elif isinstance(part, Call):
            text += ("\n" if text and not text.endswith("\n") else "") + written(part)
        else:
            others.append(part)
    return Reply((*others, *([Text(text)] if text else [])), "" if reply.stop == "tool" else reply.stop)


def same(ours: str, theirs: str) -> bool:
    """Whether two texts say and call the same: a client may write a call down in its own way, and leave out what made no
    sense in it."""
    return ours.strip() == theirs.strip() or [_essence(part) for part in parts_of(ours)] == [
        _essence(theirs_part, part) for theirs_part, part in zip_longest(parts_of(theirs), parts_of(ours))]


def _essence(part: Part | None, other: Part | None = None) -> object:
    if isinstance(part, Text):
        return part.text.strip()
    if not isinstance(part, Call):
        return None
    unreadable = any(isinstance(call, Call) and "" in json.loads(call.arguments) for call in (part, other))
    return (part.name, "" if unreadable else part.arguments)


def written(call: Call) -> str:
    """What is no JSON object goes out as it is: a mistake for the client to find."""
    lines = [f"::tool {call.name}"]
    try:
        given = json.loads(call.arguments or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        return "\n".join([*lines, call.arguments, "::end", ""])
    for name, value in given.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if text and text == text.strip() and "\n" not in text:
            lines.append(f"::{name} {text}")
        else:
            lines += [f"::{name}", *(":" + line if line.startswith("::") else line for line in text.split("\n"))]
    return "\n".join([*lines, "::end", ""])


def parts_of(text: str) -> list[Part]:
    """Texts and calls in order. All values are strings here; what follows no field belongs to the last one."""
    parts: list[Part] = []
    plain: list[str] = []
    name, fields = "", {}
    field: list[str] | None = None

    def close() -> None:
        nonlocal name, fields
        values = {key: "\n".join(lines) for key, lines in fields.items()}
        number = sum(isinstance(part, Call) for part in parts)
        parts.append(Call(name, json.dumps(values, ensure_ascii=False), f"text_call_{number}"))
        name, fields = "", {}

    for line in text.split("\n"):
        mark = MARK.match(line)
        if mark and mark[1] == "tool" and mark[2]:
            if name:
                close()
            if any(entry.strip() for entry in plain):
                parts.append(Text("\n".join(plain)))
            plain, name, field = [], mark[2].strip(), None
        elif not name:
            plain.append(line)
        elif mark and mark[1] == "end" and not mark[2]:
            close()
        elif mark:
            fields[mark[1]] = field = [mark[2].strip()] if mark[2] else []
        elif field is not None:
            field.append(line[1:] if line.startswith(":::") else line)
        elif line.strip():
            fields[""] = field = [line]
    if name:
        close()
    if any(entry.strip() for entry in plain):
        parts.append(Text("\n".join(plain)))
    return parts


def results_of(text: str) -> list[Result]:
    results: list[Result] = []
    open_result: tuple[str, bool] | None = None
    lines: list[str] = []
    for line in text.split("\n"):
        mark = MARK.match(line)
        if open_result is None:
            if mark and mark[1] in ("result", "error") and mark[2]:
                open_result, lines = (mark[2].strip(), mark[1] == "error"), []
        elif mark and mark[1] == "end":
            results.append(Result(f"text_call_{len(results)}", "\n".join(lines), open_result[1], open_result[0]))
            open_result = None
        else:
            lines.append(line[1:] if line.startswith(":::") else line)
    return results


def offers_of(system: str) -> list[Offer]:
    """From sections "## NAME" with lines "::FIELD (type, ...)"."""
    offers: list[Offer] = []
    for line in system.split("\n"):
        if section := SECTION.match(line):
            offers.append(Offer(section[1], "", {"type": "object", "properties": {}, "required": []}))
        elif offers and (field := FIELD.match(line)):
            offers[-1].parameters["properties"][field[1]] = {"type": field[3]}
            if not field[2]:
                offers[-1].parameters["required"].append(field[1])
    return offers
