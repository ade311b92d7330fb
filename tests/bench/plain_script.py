#!/usr/bin/env python3
"""The same steps as one verdict of the engine, in one plain process with nothing around them: what the engine is timed against.

Usage: plain_script.py <harness folder> <kind> <name> <backend>. Builds the model, draws inputs, runs it twice, in
double precision, through the backend, and compares five draws.
"""

from __future__ import annotations

import sys
import tempfile

DRAWS = 5
LARGEST_ERROR = 1e-3


def main() -> None:
    harness, kind, name, backend_name = sys.argv[1:]
    sys.path.insert(0, harness)
    import torch
    from adapt_harness import backends
    from adapt_harness.backends.base import capture, keep_program
    from adapt_harness.flat import FlatModel
    from adapt_harness.float64 import Float64
    from adapt_harness.sources import open_source

    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    source = open_source({"kind": kind, "name": name, "size": "tiny", "factory": None, "seed": 0})
    source.resolve()
    loaded = source.load({})
    loaded.model.eval()
    draws = [source.inputs(loaded, {"seed": seed, "variant": "base"}) for seed in range(1, DRAWS + 1)]
    flats = [FlatModel(loaded.model, list(draw.tensors), draw.constants).eval() for draw in draws]
    feeds = [list(draw.tensors.values()) for draw in draws]
    for flat, feed in zip(flats, feeds):
        flat.recorded(*feed)
    first = [flat(*feed) for flat, feed in zip(flats, feeds)]
    second = [flat(*feed) for flat, feed in zip(flats, feeds)]
    assert all(torch.equal(a, b) for x, y in zip(first, second) for a, b in zip(x, y)), "two eager runs differ"

    backend = backends.backend(backend_name)
    with tempfile.TemporaryDirectory() as folder:
        program = (backend.capture or capture)(flats[0], feeds[0], {})
        lowered = (backend.lower or keep_program)(program, feeds[0], folder, {})
        backend.compile(lowered, folder, {})
        run = backend.load(folder, {})
        results = [run(list(feed)) for feed in feeds]
    # Double precision last: it converts the model in place.
    loaded.model.double()
    with Float64():
        precise = [flat(*(t.double() if t.is_floating_point() else t for t in feed)) for flat, feed in zip(flats, feeds)]
    worst = 0.0
    for got, want in zip(results, precise):
        assert len(got) == len(want)
        for a, b in zip(got, want):
            worst = max(worst, ((a.double() - b.double()).norm() / (b.double().norm() + 1e-30)).item())
    assert worst <= LARGEST_ERROR, worst
    print(f"relative L2 {worst:.2e} over {DRAWS} draws")


if __name__ == "__main__":
    main()
