"""Runs the stand-in by hand. Prints its URL, and at its end what it billed and what was wrong with the requests."""

from __future__ import annotations

import argparse
import inspect
import json
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from llm_server import FakeServer, Fault, Plan, Rules, at, breakages, personas, random_plan, refusals
from llm_server.personas.repair import load_case


def makers() -> dict[str, Callable[..., Fault]]:
    """Every fault by its name."""
    return {name: make for module in (refusals, breakages) for name, make in vars(module).items()
            if inspect.isfunction(make) and make.__module__ == module.__name__ and not name.startswith("_")}


def fault_of(text: str) -> Fault:
    """Of "NAME" or "NAME=VALUE,VALUE...": values are those of the function of that name, numbers where they look like it."""
    name, _, values = text.partition("=")
    if name not in makers():
        raise argparse.ArgumentTypeError(f"no fault '{name}'; there are {', '.join(sorted(makers()))}")
    given = [_value(value) for value in values.split(",")] if values else []
    try:
        return makers()[name](*given)
    except (TypeError, KeyError) as error:
        raise argparse.ArgumentTypeError(f"{name}{inspect.signature(makers()[name])}: {error}") from None


def _value(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def numbered(text: str) -> tuple[int, Fault]:
    number, colon, rest = text.partition(":")
    if not colon or not number.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is not NUMBER:FAULT")
    return int(number), fault_of(rest)


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="llm_server", description="A scripted stand-in for a language model's service. No model "
                                     "is behind it.")
    parser.add_argument("--persona", default="nop", help=f"one of {', '.join(personas.names())}")
    parser.add_argument("--case", type=Path, help="a diff, a folder with model.py and patched.py, or a model file")
    parser.add_argument("--source", type=Path, help="the file that the diff changes; default: the one it names, beside it")
    parser.add_argument("--port", type=int, default=0, help="on the loopback interface; 0 takes a free one")
    parser.add_argument("--idle-seconds", type=float, default=300, help="ends when nobody talks to it for so long")
    parser.add_argument("--api-key", default="", help="the only key that is taken")
    parser.add_argument("--secret", action="append", default=[], help="a value that must never be sent here")
    parser.add_argument("--context-tokens", type=int, default=0)
    parser.add_argument("--fault", type=numbered, action="append", default=[], metavar="NUMBER:NAME[=VALUES]",
                        help=f"what the request of this number meets: {', '.join(sorted(makers()))}")
    parser.add_argument("--fault-seed", type=int)
    parser.add_argument("--fault-rate", type=float, default=0.2)
    parser.add_argument("--books", type=Path, help="where the ledger and the violations are written to at the end, as JSON")
    return parser


SEEDED = [refusals.status(500), refusals.status(503, "html"), refusals.status(529), refusals.rate_limited("0"),
          breakages.cut_after_bytes(300), breakages.reset(2), breakages.without_terminal(), breakages.error_event(2)]


def main(arguments: list[str] | None = None) -> int:
    parser = options()
    chosen = parser.parse_args(arguments)
    try:
        persona = personas.make(chosen.persona, load_case(chosen.case, chosen.source) if chosen.case else None)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    plan: Plan = at(dict(chosen.fault))
    if chosen.fault_seed is not None:
        plan = random_plan(chosen.fault_seed, chosen.fault_rate, SEEDED)
    rules = Rules(api_key=chosen.api_key, secrets=tuple(chosen.secret), context_tokens=chosen.context_tokens)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with FakeServer(persona, rules, plan, chosen.port, chosen.idle_seconds) as server:
        print(server.url, flush=True)
        while not ended.wait(0.1) and not server.closed:
            pass
        books = {"total": asdict(server.ledger.total()), "requests": len(server.exchanges),
                 "ledger": [asdict(entry) for entry in server.ledger.entries],
                 "violations": [asdict(violation) for violation in server.violations]}
    if chosen.books:
        chosen.books.write_text(json.dumps(books, indent=1), "utf-8")
    print(f"{books['requests']} requests, {len(books['violations'])} violations, billed {books['total']}", file=sys.stderr)
    return 1 if server.violations else 0


if __name__ == "__main__":
    sys.exit(main())
