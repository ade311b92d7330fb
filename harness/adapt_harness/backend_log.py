"""What a backend prints on descriptor 2, kept for the failure record."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Iterator

_COPIED_BYTES = 64 << 10


@contextlib.contextmanager
def backend_log(path: Path, stderr_fd: int) -> Iterator[None]:
    """Descriptor 2 goes to `path` meanwhile, and its tail to the worker's own stderr afterwards.

    A file and not a pipe: when the backend crashes, the file still holds its last words.
    """
    sys.stderr.flush()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    kept = os.dup(2)
    os.dup2(file, 2)
    os.close(file)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        with contextlib.suppress(OSError), open(path, "rb") as written:
            written.seek(max(0, path.stat().st_size - _COPIED_BYTES))
            os.write(stderr_fd, written.read())
