"""The four formats, and which path speaks which."""

from __future__ import annotations

import re

from llm_server.dialects.base import Bad, Dialect, Said, Trouble
from llm_server.dialects.chat import Chat
from llm_server.dialects.gemini import Gemini
from llm_server.dialects.messages import Messages
from llm_server.dialects.responses import Responses

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (Chat(), Responses(), Messages(), Gemini())}

ROUTES = [
    (re.compile(r"/v1/chat/completions"), "chat"),
    (re.compile(r"/v1/responses"), "responses"),
    (re.compile(r"/v1/messages(/count_tokens)?"), "messages"),
    (re.compile(r"/v1(beta)?/models/[^/:]+:(generateContent|streamGenerateContent)"), "gemini"),
]


def dialect_of(path: str) -> Dialect | None:
    """Of a path without its query."""
    return next((DIALECTS[name] for pattern, name in ROUTES if pattern.fullmatch(path)), None)


__all__ = ["DIALECTS", "Bad", "Dialect", "Said", "Trouble", "dialect_of"]
