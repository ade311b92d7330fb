"""PyTorch itself: the reference. It compiles nothing, so a build stops after the eager run and leaves no artefact."""

from __future__ import annotations

from adapt_harness.backends.base import Backend
from adapt_harness.backends.evidence import package_probe

BACKEND = Backend("eager", lambda: package_probe("torch"))
