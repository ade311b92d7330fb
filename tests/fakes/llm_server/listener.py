"""HTTP on a loopback socket: reads requests, hands them over, and ends connections in the way that an answer wants."""

from __future__ import annotations

import socket
import struct
import sys
import threading
import urllib.parse
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from llm_server.answer import Answer
from llm_server.rules import Rules
from llm_server.wire import Sent, Writer


class Service(Protocol):
    rules: Rules
    closing: threading.Event

    def listing(self, path: str, headers: Mapping[str, str]) -> Answer | None: ...

    def exchange(self, path: str, headers: Mapping[str, str], body: bytes, writer: Writer) -> Sent: ...

    def violate(self, number: int, what: str) -> None: ...


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, server: Service, port: int):
        self.fake = server
        self.to_reset: set[int] = set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def get_request(self) -> Any:
        request, address = super().get_request()
        with self._lock:
            self._open.add(request)
        return request, address

    def hang_up(self) -> None:
        """On everybody: a connection that is kept open would outlive the server."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # the other end was first

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        if request.fileno() in self.to_reset:
            self.to_reset.discard(request.fileno())
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.close()  # without a shutdown before it, which would send FIN instead of RST
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            self.fake.violate(-1, f"the stand-in itself failed: {type(error).__name__}: {error}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds for the next request of a connection

    server: Listener

    def handle_expect_100(self) -> bool:
        return True  # counted among the violations later, and not waited for

    def do_GET(self) -> None:
        fake = self.server.fake
        answer = fake.listing(urllib.parse.urlsplit(self.path).path, self._headers())
        unknown = Answer(404, body=b'{"error":{"message":"no such path","type":"not_found_error","code":null}}')
        self._finish(self._writer().write(answer or unknown))

    def do_POST(self) -> None:
        fake = self.server.fake
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > fake.rules.body_bytes:
            fake.violate(-1, f"a body of '{length}' bytes: at most {fake.rules.body_bytes} are taken")
            self._writer().write(Answer(413, content_type="text/html", body=b"<html><body>too large</body></html>"))
            self.close_connection = True
            return
        body = self.rfile.read(int(length))
        self._finish(fake.exchange(self.path, self._headers(), body, self._writer()))

    def _headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _writer(self) -> Writer:
        return Writer(self.connection, self.server.fake.closing)

    def _finish(self, sent: Sent) -> None:
        if not sent.keeps_connection:
            self.close_connection = True
        if sent.reset:
            self.server.to_reset.add(self.connection.fileno())

    def log_message(self, format: str, *args: Any) -> None:
        pass
