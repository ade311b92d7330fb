"""Who works with the tools: reads, rewrites one thing a turn, runs, and reports."""

from __future__ import annotations

import json
from dataclasses import dataclass

from llm_server.conversation import Call, Reply, Request, Result, say
from llm_server.personas.repair import Repair
from llm_server.personas.tools import Tools, passed, symbol_of, went_wrong

MOST_READS = 4


@dataclass(frozen=True)
class Worker:
    """Knows its edits beforehand. `claim` is what it ends with; a liar says it whatever the run said."""

    module: str
    repair: Repair
    thought: str = "The failing place is known; first look at it, then change it, then run it."
    claim: str = "Every stage passes now. The change computes the same for every input that the original accepts."
    lies: bool = False

    def __call__(self, request: Request) -> Reply:
        tools, done = Tools(request), request.answered()
        if not done:
            return say("I look at what has to change first.", *self._reads(tools), thought=self.thought)
        rewrites = [pair for pair in done if pair[0].name == "rewrite"]
        steps = self._steps(tools)
        if rewrites and went_wrong(rewrites[-1][1]) and not self.lies:
            return self._surrender(tools, done, rewrites[-1])
        if len(rewrites) < len(steps):
            return say(f"Step {len(rewrites) + 1} of {len(steps)}.", steps[len(rewrites)], thought="")
        runs = [result for call, result in done if call.name == "run_compare"]
        if not runs:
            return say("Now the whole model.", tools.compare(), thought="All edits are in.")
        if passed(runs[-1]) or self.lies:
            return say(self.claim)
        return self._surrender(tools, done, (tools.compare(), runs[-1]))

    def _reads(self, tools: Tools) -> list[Call]:
        symbols = [symbol_of(self.module, edit.qualified) for edit in self.repair.functions[:MOST_READS]]
        reads = [tools.read(symbol) for symbol in symbols or [self.module]]
        return reads + ([tools.find("$X.forward($Y)")] if tools.has("find_nodes") else [])

    def _steps(self, tools: Tools) -> list[Call]:
        """All edits; the first brings the imports."""
        steps: list[Call] = []
        imports = list(self.repair.imports)
        for edit in self.repair.functions:
            steps.append(tools.rewrite_function(symbol_of(self.module, edit.qualified), edit.code, imports))
            imports = []
        for text in self.repair.texts:
            steps.append(tools.rewrite_text(self.module, text.search, text.replacement, imports))
            imports = []
        return steps

    def _surrender(self, tools: Tools, done: list[tuple[Call, Result]], why: tuple[Call, Result]) -> Reply:
        if any(call.name == "give_up" for call, _ in done):
            return say("There is nothing more that I know.")
        told = json.dumps(why[1].text[:300], ensure_ascii=False)
        return say("What I know does not work here.", tools.give_up(f"{why[0].name} answered {told}"))
