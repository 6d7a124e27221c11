"""HTTP/1.1 in front of a WSGI application, with nothing but the standard library.

What other servers get wrong for S3, and this one keeps: the path as it was sent (``RAW_URI``),
header names with an underscore (user metadata), bodies in chunks, ``Expect: 100-continue``.
Nagle's algorithm is off: with it an answer takes 40 ms instead of half a one.

A thread serves each connection, up to a number of them. For a further one room is made: the
one that has waited longest for its client is closed, of those between requests or in the head of
one, else of those in the midst of a body. So connections that are opened and left, wherever they
stand, keep nobody out and cost no more than that number does.
"""

from __future__ import annotations

import re
import socket
import sys
import threading
from collections import OrderedDict
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import RawIOBase
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from orchestrator import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO
    from wsgiref.types import StartResponse, WSGIApplication

MOST_CONNECTIONS = 512
IDLE_SECONDS = 75.0
"""How long a connection may wait: clients keep theirs open for about a minute."""

ROOM_SECONDS = 1.0
"""How long a connection that was cut may take to end before another one is."""

DRAINED_BYTES = 16 << 20
"""Of a body that the application did not read; with more left the connection is closed. More than
a request may have, because a client that is cut off while it sends does not see the refusal.
"""

LONGEST_CHUNK_LINE = 4096
_LENGTH = re.compile(r"[0-9]{1,18}")
PRESERVED_NAMES = "moto.preserved_header_names"
"""Where moto looks for the spelling of names with an underscore."""


class Server(ThreadingHTTPServer):
    """Listens at once; answers when `serve_forever` runs.

    Raises:
        OSError: The address cannot be listened on.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, application: WSGIApplication, host: str, port: int) -> None:
        self.application = application
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._waiting: OrderedDict[_Handler, None] = OrderedDict()
        self._reading: OrderedDict[_Handler, None] = OrderedDict()
        self._open = 0
        self._leaving = False
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        super().__init__((host, port), _Handler)

    @property
    def port(self) -> int:
        """The port, also when 0 asked for any free one."""
        return int(self.server_address[1])

    def server_bind(self) -> None:
        """Bind, without asking a name server who this is as the standard library does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.port

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  (as inherited)
        """A client that goes away in the middle is no news; anything else is told."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def quiet(self, timeout_seconds: float) -> bool:
        """Wait until no request is in hand; False when time ran out first."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open <= len(self._waiting), timeout_seconds)

    def shutdown(self) -> None:
        """Accept no more; returns once nothing is being accepted."""
        with self._changed:
            self._leaving = True
            self._changed.notify_all()
        super().shutdown()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  (as inherited)
        """Start a thread for a connection, when there is room for it."""
        with self._changed:
            while self._open >= MOST_CONNECTIONS and not self._leaving:
                if self._waiting or self._reading:
                    (self._waiting or self._reading).popitem(last=False)[0].cut()
                self._changed.wait(ROOM_SECONDS)
            self._open += 1
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread to be had
            self._ended()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  (as inherited)
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._ended()

    def _ended(self) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def left(self, handler: _Handler) -> None:
        """This connection is not to be cut any more: it ends."""
        with self._lock:
            self._waiting.pop(handler, None)
            self._reading.pop(handler, None)

    def waits(self, handler: _Handler) -> None:
        """This connection waits for a request."""
        with self._lock:
            self._reading.pop(handler, None)
            self._waiting[handler] = None
            self._waiting.move_to_end(handler)
            self._changed.notify_all()

    def reads(self, handler: _Handler) -> None:
        """This connection has one, and its body is to come."""
        with self._lock:
            self._waiting.pop(handler, None)
            self._reading[handler] = None

    def works(self, handler: _Handler) -> None:
        """This connection's request is there whole."""
        with self._lock:
            self._reading.pop(handler, None)


class _Handler(BaseHTTPRequestHandler):
    server: Server  # type: ignore[mutable-override]  # set by the server, once
    protocol_version = "HTTP/1.1"
    server_version = f"amt/{__version__}"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = IDLE_SECONDS  # type: ignore[mutable-override]  # never changed

    def handle(self) -> None:
        try:
            with suppress(ConnectionError):
                super().handle()
        finally:
            self.server.left(self)

    def handle_one_request(self) -> None:
        self.server.waits(self)
        super().handle_one_request()

    def parse_request(self) -> bool:
        usable = super().parse_request()
        self.server.reads(self)
        return usable

    def handle_expect_100(self) -> bool:
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def cut(self) -> None:
        """End the connection from another thread."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (as inherited)
        """Requests are not logged: they hold names and addresses of the user's."""

    def _serve(self) -> None:
        body = _Body.of(self)
        if body is None:
            self.send_error(400)
            return
        answer = _Answer(self)
        pieces = self.server.application(_environ(self, body), answer.start)
        try:
            for piece in pieces:
                answer.write(piece)
            answer.end()
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        self.wfile.flush()
        if not body.drain():
            self.close_connection = True

    # The names are the standard library's.
    do_GET = do_HEAD = do_PUT = do_POST = _serve  # noqa: N815
    do_DELETE = do_OPTIONS = do_PATCH = _serve  # noqa: N815


class _Answer:
    """What the application says, on its way to the client."""

    def __init__(self, handler: _Handler) -> None:
        self._handler = handler
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._sent = False

    @property
    def start(self) -> StartResponse:
        """PEP 3333's start_response."""

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: object = None, /
        ) -> Callable[[bytes], object]:
            del exc_info
            self._head = (status, headers)
            return self.write

        return start

    def write(self, piece: bytes) -> None:
        """Send the head, once, and a piece of the body."""
        self._begin()
        if piece and self._handler.command != "HEAD":
            self._handler.wfile.write(piece)

    def end(self) -> None:
        """Send the head if nothing else was to be sent."""
        self._begin()

    def _begin(self) -> None:
        if self._sent:
            return
        assert self._head is not None, "the application never called start_response"
        self._sent = True
        status, headers = self._head
        code, _, phrase = status.partition(" ")
        self._handler.send_response(int(code), phrase)
        for name, value in headers:
            self._handler.send_header(name, value)
        names = {name.lower() for name, _ in headers}
        if "content-length" not in names and code not in {"204", "304"}:
            self._handler.send_header("Connection", "close")
        self._handler.end_headers()


class _Body(RawIOBase):
    """A request's body, which ends where it ends: by its length, or by its last chunk."""

    def __init__(self, reading: BinaryIO, length: int | None, whole: Callable[[], None]) -> None:
        self._reading = reading
        self._left = length or 0
        self._chunked = length is None
        self._done = False
        self._whole = whole
        if length == 0:
            self._finish()

    @classmethod
    def of(cls, handler: _Handler) -> _Body | None:
        """The body of the request in hand; None when its length makes no sense."""
        coding = handler.headers.get("Transfer-Encoding", "").lower()
        lengths = set(handler.headers.get_all("Content-Length", ()))
        reading: Any = handler.rfile

        def whole() -> None:
            handler.server.works(handler)

        if coding:
            return cls(reading, None, whole) if coding == "chunked" and not lengths else None
        if len(lengths) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
            return None
        return cls(reading, int(lengths.pop()) if lengths else 0, whole)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  (any writable buffer)
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes; all that is left without one."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self._piece(1 << 16), b""))
        found = bytearray()
        while len(found) < size and (piece := self._piece(size - len(found))):
            found += piece
        return bytes(found)

    def drain(self) -> bool:
        """Read on to the end; False when that is too far."""
        read = 0
        while read <= DRAINED_BYTES:
            piece = self._piece(1 << 16)
            if not piece:
                return True
            read += len(piece)
        return False

    def _piece(self, size: int) -> bytes:
        if self._chunked and not self._left and not self._done:
            self._next_chunk()
        if self._done or not size:
            return b""
        piece = self._reading.read(min(size, self._left))
        if not piece:
            raise ConnectionResetError("the client left in the middle of its request")
        self._left -= len(piece)
        if not self._left:
            self._end_chunk()
        return piece

    def _next_chunk(self) -> None:
        line = self._reading.readline(LONGEST_CHUNK_LINE)
        try:
            self._left = int(line.split(b";")[0].strip(), 16)
        except ValueError:
            raise ConnectionResetError("a chunk's size makes no sense") from None
        if not self._left:
            while self._reading.readline(LONGEST_CHUNK_LINE) not in {b"\r\n", b"\n", b""}:
                pass  # trailers
            self._finish()

    def _end_chunk(self) -> None:
        if self._chunked:
            self._reading.readline(LONGEST_CHUNK_LINE)
        else:
            self._finish()

    def _finish(self) -> None:
        self._done = True
        self._whole()


def _environ(handler: _Handler, body: _Body) -> dict[str, Any]:
    path, _, query = handler.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": handler.command,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": handler.path,
        "REQUEST_URI": handler.path,
        "SERVER_NAME": handler.server.server_name,
        "SERVER_PORT": str(handler.server.port),
        "SERVER_PROTOCOL": handler.request_version,
        "REMOTE_ADDR": str(handler.client_address[0]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    _add_headers(environ, handler)
    return environ


def _add_headers(environ: dict[str, Any], handler: _Handler) -> None:
    """Every header; one with an underscore never stands in for one with a dash."""
    preserved: dict[str, str] = {}
    dashed = {name.lower() for name in handler.headers if "_" not in name}
    for name, value in handler.headers.items():
        if "_" in name and name.replace("_", "-").lower() in dashed:
            continue
        bare = name.upper().replace("-", "_")
        key = bare if bare in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{bare}"
        if "_" in name:
            preserved.setdefault(key, name)
        text = value.replace("\r\n", "")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    environ[PRESERVED_NAMES] = preserved
