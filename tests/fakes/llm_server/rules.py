"""What this server wants to see, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    api_key: str = ""  # "" takes any key, and none
    secrets: tuple[str, ...] = ()  # canaries: nowhere in a URL, a body or a header (the key itself has its own header)
    bearer_everywhere: bool = False  # every dialect takes its key as `authorization: Bearer`, as newer clients send it
    sampling: bool = False  # temperature and its kin are allowed
    forced_tool: bool = False  # tool_choice may be more than auto or none
    output_cap: bool = True  # a request has to bound its answer
    reasoning_returns: bool = True  # reasoning has to come back (chat completions: where it was told in a member)
    call_signatures: bool = False  # chat completions: calls carry a signature in extra_content that has to come back
    branches: bool = False  # a conversation may be continued from any earlier state, not from its last alone
    body_bytes: int = 32 << 20
    context_tokens: int = 0  # prompts above this are refused in the dialect's own words; 0: no limit
    cache_minimum: int = 1024  # tokens

    def key_header(self, usual: str) -> str:
        return "authorization" if self.bearer_everywhere else usual
