"""What a backend prints on descriptors 1 and 2, kept for the failure record."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from pathlib import Path
from typing import Iterator

_COPIED_BYTES = 64 << 10
_READ_BYTES = 1 << 20  # of each end of a log that is longer
_PUNCH_HOLE, _KEEP_SIZE = 2, 1  # of fallocate(2)


@contextlib.contextmanager
def backend_log(path: Path, stderr_fd: int, limit: int | None = None) -> Iterator[None]:
    """Both descriptors go to `path` meanwhile, and its tail to the worker's own stderr afterwards.

    A file and not a pipe: when the backend crashes, the file still holds its last words. Of a file that grows beyond
    `limit` bytes the middle is given back to the disk, and reads as zeros.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    kept = {fd: os.dup(fd) for fd in (1, 2)}
    for fd in kept:
        os.dup2(file, fd)
    done = threading.Event()
    if limit is not None:
        threading.Thread(target=_keep_short, args=(file, limit, done), daemon=True).start()
    try:
        yield
    finally:
        done.set()
        sys.stdout.flush()
        sys.stderr.flush()
        for fd, own in kept.items():
            os.dup2(own, fd)
            os.close(own)
        if limit is None:
            os.close(file)
        with contextlib.suppress(OSError), open(path, "rb") as written:
            written.seek(max(0, path.stat().st_size - _COPIED_BYTES))
            os.write(stderr_fd, written.read())


def log_text(path: Path) -> str:
    """All of it, or both ends of a long one."""
    if not path.exists():
        return ""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= 2 * _READ_BYTES:
            return file.read().decode("utf-8", "replace")
        head = file.read(_READ_BYTES)
        file.seek(size - _READ_BYTES)
        left_out = f"\n... {size - 2 * _READ_BYTES} bytes left out ...\n"
        return head.decode("utf-8", "replace") + left_out + file.read().decode("utf-8", "replace")


def _keep_short(file: int, limit: int, done: threading.Event) -> None:
    """Frees all but both ends of a growing file; its length stays, so nobody who appends to it is disturbed."""
    libc = ctypes.CDLL(None, use_errno=True)
    freed = limit // 2
    while not done.wait(0.25):
        end = os.fstat(file).st_size - limit // 2
        if end > freed:
            offset, length = ctypes.c_int64(freed), ctypes.c_int64(end - freed)
            if libc.fallocate(file, _PUNCH_HOLE | _KEEP_SIZE, offset, length) != 0:
                break  # the file system cannot: the limit on file sizes is the only one then
            freed = end
    os.close(file)
