"""The engine's tools as personas use them: their names, their arguments, and what their answers say. The one place to
change when the tools do. A persona reads the schemas that the request offers and fails loudly where one does not fit."""

from __future__ import annotations

import json
import re
from typing import Any

from llm_server.conversation import Call, Request, Result
from llm_server.persona import Unable

OPTIONAL = {"imports", "limit", "on"}  # left out where a tool does not take them


class Tools:
    def __init__(self, request: Request):
        self._request = request

    def has(self, name: str) -> bool:
        return self._request.offer(name) is not None

    def call(self, name: str, **given: Any) -> Call:
        offer = self._request.offer(name)
        if offer is None:
            raise Unable(f"the persona needs the tool '{name}'; offered are {[tool.name for tool in self._request.tools]}")
        arguments = {key: value for key, value in given.items() if key in offer.properties or key not in OPTIONAL}
        if unknown := sorted(set(arguments) - set(offer.properties)):
            raise Unable(f"the tool '{name}' takes no {unknown}; it takes {sorted(offer.properties)}")
        if missing := sorted(set(offer.required) - set(arguments)):
            raise Unable(f"the tool '{name}' needs {missing}, which the persona does not give")
        return Call(name, json.dumps(arguments, ensure_ascii=False))

    def read(self, symbol: str) -> Call:
        return self.call("read_source", symbol=symbol)

    def find(self, code: str) -> Call:
        return self.call("find_nodes", code=code, limit=5)

    def rewrite_function(self, symbol: str, code: str, imports: list[str]) -> Call:
        return self.call("rewrite", symbol=symbol, code=code, **({"imports": imports} if imports else {}))

    def rewrite_text(self, module: str, search: str, replacement: str, imports: list[str]) -> Call:
        return self.call("rewrite", symbol=module, search=search, replace=replacement, **({"imports": imports} if imports else {}))

    def compare(self) -> Call:
        return self.call("run_compare")

    def give_up(self, reason: str) -> Call:
        return self.call("give_up", reason=reason)


def symbol_of(module: str, qualified: str) -> str:
    return f"{module}:{qualified}"


def passed(result: Result) -> bool:
    """Whether an answer of run_compare says that every stage passed: "Passed every stage up to compare on ..."."""
    return not result.is_error and bool(re.match(r"\W*passed\b", result.text.lower()))


def went_wrong(result: Result) -> bool:
    return result.is_error or bool(re.match(r"\W*(error|refused)\b", result.text.lower()))
