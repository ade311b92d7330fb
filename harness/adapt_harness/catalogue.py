"""`probe` and `models`: quick questions that load no model."""

from __future__ import annotations

from typing import Any

from adapt_harness import backends
from adapt_harness.protocol import BadRequest, field
from adapt_harness.session import Session


def level(cap: str) -> int:
    return -1 if cap == "none" else int(cap.removeprefix("L"))


def _row(name: str) -> dict[str, Any]:
    try:
        backend = backends.backend(name)
        found = backend.probe()
    except Exception as error:  # a broken installation is evidence, not an end of the probe
        return {
            "name": name,
            "available": False,
            "evidence": f"{type(error).__name__}: {error}",
            "version": None,
            "options": [],
            "concession": None,
            "cap": None,
            "executes": True,
        }
    return {
        "name": name,
        "available": found.available,
        "evidence": found.evidence,
        "version": found.version,
        "options": [option.wire() for option in backend.options],
        "concession": "; ".join(said for said in (backend.concession, found.concession) if said) or None,
        "cap": min((cap for cap in (backend.cap, found.cap) if cap), key=level, default=None),
        "executes": found.executes,
    }


def probe(session: Session) -> dict[str, Any]:
    wanted = field(session.params, "backends", list, None)
    names = backends.names() if wanted is None else wanted
    unknown = [name for name in names if name not in backends.names()]
    if unknown:
        raise BadRequest(f"unknown backends {unknown}; known: {', '.join(backends.names())}")
    return {"backends": [_row(name) for name in names]}


def models(session: Session) -> dict[str, Any]:
    from adapt_harness.sources import model_names

    params = session.params
    return model_names(
        field(params, "prefix", str, ""), field(params, "near", str, None), field(params, "limit", int, 50)
    )
