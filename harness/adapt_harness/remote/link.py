"""Frames over a pair of descriptors: what ssh carries. A frame is a letter, a length of eight bytes, and as many bytes."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any, Iterator

_HEAD = struct.Struct(">cQ")
CHUNK = 1 << 18
JSON_BYTES = 8 << 20


class ConnectionLost(Exception):
    """The other end is gone, or what comes is no frame: the same for whoever waits for an answer."""


class Link:
    def __init__(self, source: int, target: int):
        self.source = source
        self._target = target

    def send(self, message: dict[str, Any]) -> None:
        self._frame(b"J", json.dumps(message, separators=(",", ":")).encode("utf-8", "replace"))

    def data(self, data: bytes) -> None:
        self._frame(b"D", data)

    def file(self, path: Path, size: int) -> None:
        """Exactly `size` bytes: a file that is shorter by now is filled up, and its hash tells."""
        with open(path, "rb") as file:
            left = size
            while left > 0:
                block = file.read(min(CHUNK, left))
                block = block or bytes(min(CHUNK, left))
                self.data(block)
                left -= len(block)

    def receive(self) -> dict[str, Any]:
        kind, data = self._next(JSON_BYTES)
        try:
            message = json.loads(data) if kind == b"J" else None
        except ValueError:
            message = None
        if not isinstance(message, dict):
            raise ConnectionLost("a frame of another kind was expected")
        return message

    def blocks(self, size: int) -> Iterator[bytes]:
        while size > 0:
            kind, data = self._next(CHUNK)
            if kind != b"D" or len(data) > size or not data:
                raise ConnectionLost("data of a file were expected")
            size -= len(data)
            yield data

    def _frame(self, kind: bytes, data: bytes) -> None:
        view = memoryview(_HEAD.pack(kind, len(data)) + data)
        try:
            while view:
                view = view[os.write(self._target, view) :]
        except OSError as error:
            raise ConnectionLost(str(error)) from error

    def _next(self, most: int) -> tuple[bytes, bytes]:
        kind, length = _HEAD.unpack(self._read(_HEAD.size))
        if length > most:
            raise ConnectionLost(f"a frame of {length} bytes")
        return kind, self._read(length)

    def _read(self, size: int) -> bytes:
        out = bytearray()
        while len(out) < size:
            try:
                block = os.read(self.source, min(size - len(out), CHUNK))
            except OSError as error:
                raise ConnectionLost(str(error)) from error
            if not block:
                raise ConnectionLost("the connection ended")
            out += block
        return bytes(out)
