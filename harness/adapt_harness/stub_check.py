"""`stubs`: whether stub modules do what is asked of them, without a model (PROTOCOL.md section 6)."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from adapt_harness.protocol import BadRequest, stubs_of
from adapt_harness.session import Session
from adapt_harness.stubs import StubCalled, Stubs


def _found(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # of a package above it
        return False


def _try(stub: dict[str, Any]) -> None:
    name = stub["module"]
    for when in ("before", "after"):
        if _found(name) != stub["spec"]:
            raise RuntimeError(f"find_spec('{name}') {'fails' if stub['spec'] else 'succeeds'} {when} the import")
        module = importlib.import_module(name)
    for function in stub["functions"]:
        try:
            getattr(module, function)()
        except StubCalled:
            continue
        raise RuntimeError(f"{name}.{function}() returns")


def stubs(session: Session) -> dict[str, Any]:
    asked = stubs_of(session.params)
    if not asked:
        raise BadRequest("params.stubs is empty")
    failure = None
    try:
        with session.stages.enter("load"):
            Stubs(asked).install()
            for stub in asked:
                _try(stub)
    except Exception as error:
        failure = session.failure(error)
    return {"ok": failure is None, "failure": failure}
