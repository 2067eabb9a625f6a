"""The HTTP server: connections, bodies, faults and replies."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from tests.hub.faults import Call, Fault, FaultPlan
from tests.hub.replies import HubError, Reply
from tests.hub.routes import answer, find_route
from tests.hub.state import State

__all__ = ["Desk", "Server"]


_KEPT = 1024 * 1024  # longer bodies are not kept in the log


class Desk:
    """What both ports share: the state, the log of calls and the faults."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.plan = FaultPlan()
        self.calls: list[Call] = []
        self.errors: list[BaseException] = []
        self.unavailable = False
        self.on_call: Callable[[Call], None] | None = None
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._number = 0

    def note(self, call: Call) -> None:
        """Number a call and write it down."""
        with self._lock:
            # A client looks for tools that run it once a day: that is no step of any work.
            if call.route != "harnesses":
                self._number += 1
                call.number = self._number
            self.calls.append(call)

    def forget(self) -> None:
        """Empty the log; numbers begin at 1 again."""
        with self._lock:
            self.calls.clear()
            self._number = 0


class Server(ThreadingMixIn, TCPServer):
    """One port, with a thread for each connection."""

    allow_reuse_address = True
    daemon_threads = False  # closing waits for them: none is left
    request_queue_size = 128

    def __init__(self, desk: Desk, name: Literal["hub", "storage"], port: int = 0) -> None:
        self.desk = desk
        self.name: Literal["hub", "storage"] = name
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name=f"loopback-{name}")
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that it can be ended."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep errors of ours; a client that went away is none."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError | TimeoutError):
            self.desk.errors.append(error)

    def stop(self) -> None:
        """Stop listening, end all connections, wait for all threads."""
        self.shutdown()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()


def _corrupted(reply: Reply) -> Reply:
    middle = len(reply.body) // 2
    changed = bytes(byte ^ 0xFF for byte in reply.body[middle : middle + 4])
    return Reply(reply.status, reply.headers, reply.body[:middle] + changed + reply.body[middle + 4 :])


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: calls are in the log of the desk."""

    def do_GET(self) -> None:
        """Serve any method."""
        desk = self.server.desk
        parts = urlsplit(self.path)
        body = self._body()
        route, handler, names = find_route(self.server.name, self.command, parts.path)
        call = Call(
            number=0,
            route=route,
            method=self.command,
            port=self.server.name,
            path=parts.path,
            query=parse_qs(parts.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            size=len(body),
        )
        desk.state.name_caller(call)
        desk.note(call)
        if desk.on_call is not None:
            desk.on_call(call)
        if desk.unavailable:
            self._send(call, HubError(503, "Service Unavailable").reply())
            return
        fault = desk.plan.take(call)
        if fault is None:
            self._send(call, self._answer(call, handler, names))
        else:
            call.fault = fault.kind
            self._fail(call, fault, lambda: self._answer(call, handler, names))
        if len(call.body) > _KEPT:
            call.body = b""

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815

    def _answer(self, call: Call, handler: Any, names: dict[str, str]) -> Reply:
        try:
            return answer(self.server.desk.state, call, handler, names)
        except Exception as error:  # noqa: BLE001  # a mistake of ours must not look like a broken connection
            self.server.desk.errors.append(error)
            return HubError(500, f"Internal error: {error!r}").reply()

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self._read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self._line().split(b";")[0], 16):
            pieces.append(self._read(size))
            self._line()
        while self._line().strip():
            pass
        return b"".join(pieces)

    def _read(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise ConnectionError("the client went away")  # half a request has no effect
        return data

    def _line(self) -> bytes:
        line = self.rfile.readline(65537)
        if not line.endswith(b"\n"):
            raise ConnectionError("the client went away")
        return line

    def _fail(self, call: Call, fault: Fault, effect: Callable[[], Reply]) -> None:
        refusal = HubError(fault.status, fault.message)
        refusal.headers.update(fault.headers)
        match fault.kind:
            case "status":
                self._send(call, refusal.reply())
            case "status_after":
                effect()
                self._send(call, refusal.reply())
            case "delay":
                self._wait(fault.seconds)
                self._send(call, effect())
            case "timeout":
                self._wait(fault.seconds)
                self.close_connection = True
            case "timeout_after":
                effect()
                self._wait(fault.seconds)
                self.close_connection = True
            case "drop_before":
                self.close_connection = True
            case "drop_after":
                effect()
                self.close_connection = True
            case "drop_midway":
                self._send(call, effect(), whole=False)
                self.close_connection = True
            case "corrupt":
                self._send(call, _corrupted(effect()))
            case "reset":
                self._reset()

    def _wait(self, seconds: float) -> None:
        """Wait, but no longer than the client and the Hub are there."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.server.desk.closing.is_set():
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.05))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return
            if readable:
                time.sleep(0.01)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # detached, as a plain close would first say goodbye properly
        os.close(self.connection.detach())
        self.close_connection = True

    def _send(self, call: Call, reply: Reply, *, whole: bool = True) -> None:
        call.status = reply.status
        headers = {"X-Request-Id": f"Root=1-{call.number:08d}", **reply.headers, "Content-Length": str(len(reply.body))}
        head = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        body = b"" if self.command == "HEAD" else reply.body
        if not whole:
            body = body[: len(body) // 2]
        self.wfile.write(head.encode("latin-1", "replace") + b"\r\n" + body)
