"""A stand-in for the engine's tools in tests of the scripted LLM server: it edits the text of one model file, and its
`run_compare` compares that text with the one that is wanted. No model is run."""

from __future__ import annotations

import ast
import json
import textwrap
from dataclasses import dataclass, field


@dataclass
class StandInTools:
    module: str
    text: str
    wanted: str = ""
    called: list[str] = field(default_factory=list)
    gave_up: str = ""

    def __call__(self, name: str, arguments: str) -> str:
        self.called.append(name)
        try:
            given = json.loads(arguments)
        except ValueError:
            return "error: the arguments are not JSON"
        if not isinstance(given, dict):
            return "error: the arguments are no object"
        if name == "rewrite":
            return self._rewrite(given)
        if name == "run_compare":
            return ("Passed every stage up to compare on nothing.\nfurther: the failure before was at capture" if self.passes()
                    else "Failed after passing run on nothing.")
        if name == "give_up":
            self.gave_up = given["reason"]
        return f"{name}: done" if name in ("read_source", "find_nodes", "inspect_failure", "give_up") else f"error: no tool '{name}'"

    def passes(self) -> bool:
        return ast.dump(ast.parse(self.text)) == ast.dump(ast.parse(self.wanted))

    def _rewrite(self, given: dict) -> str:
        module, _, qualified = str(given.get("symbol", "")).partition(":")
        if module != self.module:
            return f"error: no symbol '{given.get('symbol')}'"
        if "search" in given:
            if self.text.count(given["search"]) != 1:
                return f"error: the text stands {self.text.count(given['search'])} times in the file"
            self.text = self.text.replace(given["search"], given["replace"])
        else:
            body = ast.parse(self.text).body
            for word in qualified.split("."):
                node = next(node for node in body if getattr(node, "name", "") == word)
                body = node.body
            lines = self.text.splitlines(keepends=True)
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
            lines[first:node.end_lineno] = [textwrap.indent(given["code"].rstrip("\n") + "\n", " " * node.col_offset)]
            self.text = "".join(lines)
        for line in given.get("imports", []):
            self.text = self.text.replace("import torch\n", f"{line}\nimport torch\n", 1)
        ast.parse(self.text)
        return "done"
