"""Measures of the transport to language models and of the loop with one, against servers on loopback inside bench_llm
and bench_llm_loop."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from search_measures import Line, at_most

STREAMS, RATE, SECONDS = 64, 1000, 5  # streams at once, events a second of each
# The delay is from the server's write to the caller's hands; processor seconds are those of the client's side.
BARS = {"llm_event_delay_p50": 10, "llm_event_delay_p99": 50, "llm_cpu": SECONDS, "llm_peak_rss": 64}
TURNS = 40  # answers of a conversation
# One conversation alone is timed; memory is that of as many at once as there are streams.
LOOP_TIME_BARS = {"llm_turn_overhead_p50": 5, "llm_turn_overhead_p90": 20}
LOOP_MEMORY_BARS = {"llm_loop_peak_rss": 512}
FIGURE = re.compile(r"(\w+) ([\d.]+) (\w+)")


def llm(agent: str) -> list[Line]:
    return [*figures(agent, "bench_llm", ["streams", STREAMS, RATE, SECONDS], BARS),
            *figures(agent, "bench_llm_loop", [1, TURNS], LOOP_TIME_BARS),
            *figures(agent, "bench_llm_loop", [STREAMS, TURNS], LOOP_MEMORY_BARS)]


def figures(agent: str, program: str, arguments: list[object], bars: dict[str, float]) -> list[Line]:
    command = [Path(agent).with_name(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [at_most(name, float(value), unit, bars[name]) for name, value, unit in FIGURE.findall(done.stdout)
            if name in bars]
