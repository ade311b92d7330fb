"""Writes an answer to a socket byte by byte as HTTP/1.1, with whatever breaks it on the way."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from llm_server.answer import Answer, Event

MOST_KEPT = 1 << 20  # bytes of an answer


class Gone(Exception):
    """The client has hung up, or the server is closing."""


@dataclass
class Sent:
    spoken: str = ""  # generated text of the events that went out whole
    payload: bytes = b""  # what went out, without head and framing; the beginning of what is very long
    complete: bool = False  # the answer left as it was meant, to its last byte
    keeps_connection: bool = False
    reset: bool = False


def reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Overloaded" if status == 529 else "Unknown"


class Writer:
    def __init__(self, connection: socket.socket, closing: threading.Event):
        self._connection = connection
        self._closing = closing
        self._left: int | None = None  # bytes of the payload until the cut
        self._kept = bytearray()

    def write(self, answer: Answer) -> Sent:
        sent = Sent()
        try:
            self._write(answer, sent)
        except (Gone, OSError):
            sent.complete = False
        sent.payload = bytes(self._kept)
        return sent

    def _write(self, answer: Answer, sent: Sent) -> None:
        if answer.delay:
            self._pause(answer.delay)
        self._left = answer.cut_after_bytes
        delimited = answer.ending == "close_delimited"
        chunked = answer.events is not None and not delimited
        length = None if chunked or delimited else len(answer.prologue + answer.body)
        self._connection.sendall(self._head(answer, chunked, length))
        if answer.events is None:
            done = self._payload(answer.prologue + answer.body, answer.piece, False)
        else:
            done = self._events(answer, answer.events, chunked, sent)
        if not done:
            sent.reset = answer.ending == "reset"
            return
        if chunked:
            self._connection.sendall(b"0\r\n\r\n")
        sent.complete = True
        sent.keeps_connection = not delimited

    def _head(self, answer: Answer, chunked: bool, length: int | None) -> bytes:
        lines = [f"HTTP/1.1 {answer.status} {reason(answer.status)}", f"content-type: {answer.content_type}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if chunked:
            lines.append("transfer-encoding: chunked")
        elif length is not None:
            lines.append(f"content-length: {length}")
        else:
            lines.append("connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _events(self, answer: Answer, events: tuple[Event, ...], chunked: bool, sent: Sent) -> bool:
        if answer.prologue and not self._payload(answer.prologue, answer.piece, chunked):
            return False
        for place, event in enumerate(events):
            if answer.cut_after_events is not None and place >= answer.cut_after_events:
                return False
            for pause in answer.pauses:
                if pause.before == place:
                    self._pause(pause.seconds, pause.heartbeat, chunked)
            if not self._payload(event.encode(answer.newline), answer.piece, chunked):
                return False
            sent.spoken += event.spoken
        return answer.cut_after_events is None

    def _payload(self, data: bytes, piece: int, chunked: bool) -> bool:
        """Whether all of it went out."""
        for part in _split(data, piece):
            whole = len(part)
            if self._left is not None:
                part = part[:self._left]
                self._left -= len(part)
            # A cut chunk announces its whole length: the client is to notice that bytes are missing.
            self._connection.sendall(b"%x\r\n%s" % (whole, part) if chunked else part)
            self._kept += part[:MOST_KEPT - len(self._kept)]
            if len(part) < whole:
                return False
            if chunked:
                self._connection.sendall(b"\r\n")
        return True

    def _pause(self, seconds: float, heartbeat: float = 0.0, chunked: bool = False) -> None:
        now = time.monotonic()
        end, beat = now + seconds, now + (heartbeat or seconds)
        while now < end:
            readable, _, _ = select.select([self._connection], [], [], min(end - now, 0.05))
            if self._closing.is_set() or (readable and not self._connection.recv(1, socket.MSG_PEEK)):
                raise Gone
            if readable:
                time.sleep(0.01)  # bytes of a next request lie there and stay readable
            now = time.monotonic()
            if heartbeat and now >= beat:
                self._payload(b": \n", 0, chunked)
                beat = now + heartbeat


def _split(data: bytes, size: int) -> Iterator[bytes]:
    if not size:
        yield data
        return
    for start in range(0, len(data), size):
        yield data[start:start + size]
