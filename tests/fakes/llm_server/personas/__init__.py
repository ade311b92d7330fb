"""Policies: from what a request shows to the next reply. They remember nothing, so a request that is sent again, also
after a restart, is answered as before."""

from __future__ import annotations

from llm_server.conversation import Reply, Request
from llm_server.personas import cheats, talkers, workers
from llm_server.personas.repair import Case
from llm_server.persona import Persona

NEEDS_CASE = ("oracle",)


def names() -> list[str]:
    return sorted([*talkers.TABLE, *NEEDS_CASE, *(f"cheater-{name}" for name in cheats.CHEATS)])


def make(name: str, case: Case | None = None) -> Persona:
    if name in talkers.TABLE:
        return talkers.TABLE[name]
    if name != "oracle" and name.removeprefix("cheater-") not in cheats.CHEATS:
        raise ValueError(f"no persona '{name}'; there are {', '.join(names())}")
    if case is None:
        raise ValueError(f"the persona '{name}' needs a case: a diff, a folder with model.py and patched.py, or a model file")
    if name == "oracle":
        return workers.Worker(case.module, case.repair)
    return cheats.cheater(name.removeprefix("cheater-"), case)


__all__ = ["Case", "Reply", "Request", "make", "names"]
