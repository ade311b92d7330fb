"""Faults that come instead of an answer: statuses, limits, accounts, and each provider's words for a full context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llm_server.answer import Answer, Event, json_answer, stream_answer
from llm_server.dialects import Trouble
from llm_server.faults import Context, Fault

HTML = b"<html>\r\n<head><title>Error</title></head>\r\n<body><center><h1>The gateway had no answer</h1></center></body>\r\n</html>\r\n"
KINDS = {400: "invalid_request", 401: "authentication", 402: "billing", 403: "permission", 404: "not_found", 413: "too_large",
         429: "rate_limit", 503: "overloaded", 529: "overloaded"}


def _refuse(name: str, make: Callable[[Context], Answer]) -> Fault:
    return Fault(name, lambda _, context: make(context), replaces=True)


def _trouble(context: Context, trouble: Trouble, *headers: tuple[str, str]) -> Answer:
    own = context.dialect.response_headers(context.request_id)
    return json_answer(context.dialect.error(trouble, context.request_id), trouble.status, (*own, *headers))


def status(code: int, body: str = "json", retry_after: str = "", should_retry: str = "", message: str = "") -> Fault:
    """`body`: json (the dialect's own shape), array (the same in a list), text, html or empty."""
    headers = [("retry-after", retry_after)] if retry_after else []
    headers += [("x-should-retry", should_retry)] if should_retry else []

    def make(context: Context) -> Answer:
        trouble = Trouble(code, KINDS.get(code, "server" if code >= 500 else "invalid_request"),
                          message or f"scripted status {code}")
        answer = _trouble(context, trouble, *headers)
        if body == "array":
            return Answer(code, answer.headers, body=b"[" + answer.body + b"]")
        if body == "html":
            return Answer(code, tuple(headers), "text/html", HTML)
        if body == "text":
            return Answer(code, tuple(headers), "text/plain", b"upstream connect error or disconnect before headers\n")
        if body == "empty":
            return Answer(code, tuple(headers), "text/plain")
        return answer

    return _refuse(f"status_{code}_{body}", make)


def rate_limited(retry_after: str = "1", retry_after_ms: str = "") -> Fault:
    """With the provider's own rate headers. `retry_after` may be seconds, a date, nonsense, or "" for none."""

    def make(context: Context) -> Answer:
        headers = [("retry-after", retry_after)] if retry_after else []
        headers += [("retry-after-ms", retry_after_ms)] if retry_after_ms else []
        if context.dialect.name == "messages":
            headers += [("anthropic-ratelimit-requests-limit", "50"), ("anthropic-ratelimit-requests-remaining", "0"),
                        ("anthropic-ratelimit-requests-reset", "2026-11-29T00:00:07Z")]
        elif context.dialect.name != "gemini":
            headers += [("x-ratelimit-limit-requests", "50"), ("x-ratelimit-remaining-requests", "0"),
                        ("x-ratelimit-reset-requests", "6m0s")]
        return _trouble(context, Trouble(429, "rate_limit", "too many requests"), *headers)

    return _refuse("rate_limited", make)


def spend_limit(code: str = "") -> Fault:
    """429 that no waiting mends. Without `code`, the dialect's usual one."""

    def make(context: Context) -> Answer:
        if context.dialect.name == "messages":
            return _trouble(context, Trouble(429, "rate_limit", "the spend limit is reached", code or "enforced_spend_limit_reached"))
        usual = "organization_spend_limit_exceeded" if context.dialect.name != "gemini" else "QUOTA_EXCEEDED"
        return _trouble(context, Trouble(429, "billing", "the spend limit is reached", code or usual))

    return _refuse("spend_limit", make)


def ramp_limit(retry_after: str = "1") -> Fault:
    """Anthropic's limit on acceleration: a wait, though it looks like a spend limit."""
    return _refuse("ramp_limit", lambda context: _trouble(
        context, Trouble(429, "rate_limit", "the rate of requests grows too fast", "ramp_limit_exceeded"), ("retry-after", retry_after)))


def loading() -> Fault:
    """A local server that still reads its weights."""
    return _refuse("loading", lambda context: json_answer(
        {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, 503))


def redirect(location: str, code: int = 307) -> Fault:
    return _refuse("redirect", lambda context: Answer(code, (("location", location),), "text/plain"))


def garbage() -> Fault:
    """200, and not even JSON."""
    return _refuse("garbage", lambda context: Answer(body=b'{"choices": [{"mess\x00\xff\xfe'))


def error_in_200(status_code: int = 500, stream: bool = False, message: str = "the model process died") -> Fault:
    """An error object where success was promised."""
    trouble = Trouble(status_code, KINDS.get(status_code, "server"), message)

    def make(context: Context) -> Answer:
        if stream:
            return stream_answer([context.dialect.error_event(trouble, context.request_id)])
        return json_answer(context.dialect.error(trouble, context.request_id))

    return _refuse("error_in_200", make)


@dataclass(frozen=True)
class Wording:
    """How a provider says that the context is full. `make` builds the body."""

    status: int
    make: Callable[[Context], Any]


def _openai(message: str, code: str | int | None = None, kind: str = "invalid_request_error") -> Callable[[Context], Any]:
    return lambda context: {"error": {"message": message, "type": kind, "param": "messages", "code": code}}


def _anthropic(message: str) -> Callable[[Context], Any]:
    return lambda context: {"type": "error", "error": {"type": "invalid_request_error", "message": message},
                            "request_id": context.request_id}


CONTEXT_WORDINGS: dict[str, Wording] = {
    "openai": Wording(400, _openai("This model's maximum context length is 128000 tokens. However, your messages resulted in "
                                   "150000 tokens. Please reduce the length of the messages.", "context_length_exceeded")),
    "openai_configured": Wording(400, _openai("Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in "
                                              "300000 tokens.", "context_length_exceeded")),
    "anthropic": Wording(400, _anthropic("prompt is too long: 210042 tokens > 200000 maximum")),
    "anthropic_cap": Wording(400, _anthropic("input length and `max_tokens` exceed context limit: 198000 + 8192 > 200000, decrease "
                                             "input length or `max_tokens` and try again")),
    "llama_server": Wording(400, lambda context: {"error": {
        "code": 400, "message": "the request exceeds the available context size, try increasing it",
        "type": "exceed_context_size_error", "n_prompt_tokens": 9001, "n_ctx": 4096}}),
    "tt": Wording(400, _openai("Request exceeds maximum context length (40960 tokens)", None)),
    "vllm": Wording(400, lambda context: {
        "object": "error", "message": "This model's maximum context length is 32768 tokens. However, you requested 40000 tokens (36000 "
        "in the messages, 4000 in the completion).", "type": "BadRequestError", "param": None, "code": 400}),
    "vllm_prompt": Wording(400, _openai("The decoder prompt (length 40000) is longer than the maximum model length of 32768.", 400,
                                        "BadRequestError")),
    "gemini": Wording(400, lambda context: {"error": {
        "code": 400, "message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "status": "INVALID_ARGUMENT"}}),
    "gemini_compat": Wording(400, lambda context: [{"error": {
        "code": 400, "message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "status": "INVALID_ARGUMENT"}}]),
    "cerebras": Wording(400, _openai("Please reduce the length of the messages or completion. Current length is 9000 while limit is "
                                     "8192", "context_length_exceeded")),
    "openrouter": Wording(400, lambda context: {"error": {
        "code": 400, "message": "This endpoint's maximum context length is 65536 tokens. However, you requested about 70000 tokens.",
        "metadata": {"provider_name": "script"}}}),
}


def context_error(wording: str) -> Fault:
    chosen = CONTEXT_WORDINGS[wording]
    return _refuse(f"context_{wording}", lambda context: json_answer(
        chosen.make(context), chosen.status, context.dialect.response_headers(context.request_id)))


def failed_response(code: str, message: str) -> Fault:
    """The responses dialect's `response.failed`, for instance rate_limit_exceeded with "try again in 1.2s"."""

    def make(context: Context) -> Answer:
        response = {"id": "resp_failed", "object": "response", "created_at": 0, "status": "failed", "output": [],
                    "error": {"code": code, "message": message}, "incomplete_details": None, "usage": None}
        return stream_answer([Event({"type": "response.failed", "sequence_number": 0, "response": response}, "response.failed",
                                    role="finish")])

    return _refuse(f"failed_{code}", make)


__all__ = ["CONTEXT_WORDINGS", "context_error", "error_in_200", "failed_response", "garbage", "loading", "ramp_limit",
           "rate_limited", "redirect", "spend_limit", "status"]
