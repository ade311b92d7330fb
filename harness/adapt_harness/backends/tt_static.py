"""The StableHLO that tt-xla would hand to tt-mlir, read against what tt-mlir converts. Nothing is compiled by it.

The operators that tt-xla keeps whole are kept, the others are decomposed as it does. The module then runs on the CPU
through XLA, so that what was checked is known to compute what the model does.
"""

from __future__ import annotations

from adapt_harness.backends import xla
from adapt_harness.backends.base import Backend, Placement
from adapt_harness.backends.evidence import package_probe
from adapt_harness.backends.shared_options import CONVERTER
from adapt_harness.backends.xla import free_views, refuse_custom_operators, stablehlo_of
from adapt_harness.tt.front_end import HELPERS, front_end


def lower(program, inputs, folder, settings):
    program = front_end(free_views(refuse_custom_operators(program)))
    stablehlo_of(program, folder)
    return program


def check(folder, settings):
    from adapt_harness.tt import report

    report.check(folder, settings.get("arch"))


def placement(folder, run, inputs, settings):
    from adapt_harness.tt import report

    return Placement(
        run.text.count("stablehlo."),
        0,
        [
            "every operation was read against tt-mlir's table; the numbers are XLA's on the CPU; no Tenstorrent device "
            "and no Tenstorrent compiler took part",
            *report.summary(folder),
        ],
    )


BACKEND = Backend(
    "tt-static",
    lambda: package_probe("torch_xla"),
    lower=lower,
    check=check,
    compile=xla.compile,
    load=xla.load,
    placement=placement,
    helpers=(*xla.BACKEND.helpers, *HELPERS),
    options=CONVERTER,
    concession="read against the compiler's table, never compiled for a Tenstorrent device",
    cap="L2",
    preload=xla.PRELOAD,
)
