"""Which stage a worker is in: told to the engine, timed, and watched by faulthandler."""

from __future__ import annotations

import contextlib
import faulthandler
import time
from typing import Any, Iterator

from adapt_harness.protocol import STAGES, Channel

# The engine kills at its own deadline; a stack two seconds earlier says where the time went.
_EARLY_SECONDS = 2.0


class Stages:
    """Enters stages one after the other. `current` names the stage to blame when something is raised."""

    def __init__(self, channel: Channel, limits: dict[str, Any], stderr_fd: int):
        self._channel = channel
        self._limits = limits
        self._stderr_fd = stderr_fd  # kept apart from fd 2, which a model may close and a backend stage redirects
        self.current = "resolve"
        self._armed: float | None = None  # seconds until the stack of a hanging stage is told
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def enter(self, stage: str) -> Iterator[None]:
        assert stage in STAGES, stage
        self.current = stage
        self._channel.stage(stage)
        limit = self._limits.get(stage)
        self._armed = max(0.5, limit - _EARLY_SECONDS) if isinstance(limit, (int, float)) and limit > 0 else None
        self._arm()
        start = time.monotonic()
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            spent = time.monotonic() - start
            self.seconds[stage] = round(self.seconds.get(stage, 0.0) + spent, 4)

    def again(self) -> None:
        """The stage's clock starts anew, here and at the engine: what was waited for is not its own doing."""
        self._channel.stage(self.current)
        self._arm()

    def _arm(self) -> None:
        if self._armed is not None:
            faulthandler.dump_traceback_later(self._armed, exit=False, file=self._stderr_fd)

    def note(self, text: str) -> None:
        self._channel.note(text)
