"""What a worker may use, and the state every run of a model starts from."""

from __future__ import annotations

import ctypes
import os
import random
import resource
from typing import Any

_PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> None:
    """Orphans of our children become our children, so that none outlives its worker unseen."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def apply(params: dict[str, Any]) -> None:
    """Resource limits of a `fork` request; a value of zero or none sets no limit.

    Memory is RLIMIT_DATA: it counts private writable memory. RLIMIT_AS would also count what torch and LLVM only
    reserve, which is many times what they use.
    """
    rows = (
        (resource.RLIMIT_DATA, params.get("memory_bytes"), 0),
        (resource.RLIMIT_CPU, params.get("cpu_seconds"), 5),  # SIGXCPU first, SIGKILL five seconds later
        (resource.RLIMIT_FSIZE, params.get("file_bytes"), 0),
    )
    for kind, value, grace in rows:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            hard = resource.getrlimit(kind)[1]
            wanted = int(value)
            capped = wanted + grace if hard == resource.RLIM_INFINITY else min(wanted + grace, hard)
            resource.setrlimit(kind, (min(wanted, capped), capped))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def thread_environment(threads: int) -> None:
    """Must run before anything starts OpenMP; libraries read these once."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
        os.environ[name] = str(threads)


def seed_everything(seed: int) -> None:
    import numpy
    import torch

    random.seed(seed)
    numpy.random.seed(seed & 0xFFFFFFFF)
    torch.manual_seed(seed)


def settle_torch(threads: int) -> None:
    """Inference as a user's eval run does it: no gradients, fixed threads, deterministic seeds."""
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    seed_everything(0)
