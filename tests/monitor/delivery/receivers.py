"""A receiver on loopback with faults: what arrived there, and how often."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

Fault = str
"""ok, 500, 429, slow, cut (the whole message taken, then no answer)."""


class Receiver:
    """Takes webhooks; `fault(n)` says how the n-th request (from 0) goes wrong."""

    def __init__(self, fault: Callable[[int], Fault] = lambda _: "ok", slow_s: float = 1.5) -> None:
        self.fault, self.slow_s = fault, slow_s
        self.got: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.asked: list[str] = []
        self._lock = Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer._take(self)

            def do_GET(self) -> None:
                outer.asked.append(self.path)
                outer._answer(self, 200)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._number = 0

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, secret: str = "s3cr3t-path") -> str:
        """An Apprise address that leads here, with secrets in its path, user and header."""
        return f"json://user:pass-{secret}@127.0.0.1:{self.port}/{secret}?+X-Token=tok-{secret}"

    @property
    def bodies(self) -> list[str]:
        """What was told, in order."""
        return [each["message"] for each in self.got]

    def _take(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            number, self._number = self._number, self._number + 1
        fault = self.fault(number)
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        if fault not in ("500", "429"):
            with self._lock:
                self.got.append(body)
                self.keys.append(handler.headers.get("Idempotency-Key", ""))
        if fault == "cut":
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        if fault == "slow":
            time.sleep(self.slow_s)
        self._answer(handler, int(fault) if fault.isdigit() else 200)

    def _answer(self, handler: BaseHTTPRequestHandler, status: int) -> None:
        try:
            handler.send_response(status)
            if status == 429:
                handler.send_header("Retry-After", "1")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        except OSError:
            pass  # it has not waited for the answer


def free_port() -> int:
    """A port that refuses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
