"""What a persona is: a policy from what a request shows to the next reply."""

from __future__ import annotations

from collections.abc import Callable

from llm_server.conversation import Reply, Request

Persona = Callable[[Request], Reply]


class Unable(Exception):
    """A persona cannot play its part with what it is given, such as a tool that is not offered."""
