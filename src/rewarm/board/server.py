"""The server of the board: GET and HEAD only, on loopback or a Unix socket.

Python's own server: one person looks at a page, and no dependency is needed for it. Every address that the
page uses is relative, so it works behind a Jupyter proxy or any other prefix. No request reaches the disk by
name: files of the page are read at the start, and runs come from a list of names.
"""

import gzip
import os
import socket
import stat
from collections.abc import Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from rewarm.board import page_files, routes
from rewarm.board.access import Access
from rewarm.board.folder import RunFolder
from rewarm.board.query import BadQuery, NotThere, Query
from rewarm.board.safe_text import safe
from rewarm.errors import RewarmError

_HEADERS = {
    # The page's own files and nothing else; no inline script or style, no frame, no form.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_COMPRESSED = 4096  # bytes from which compression is worth its time
_TIMEOUT = 30  # seconds that a client may take to send a request


class Board(ThreadingHTTPServer):
    """A board of the runs under a folder. host, port: of loopback, 0 for any free port."""

    daemon_threads = True

    def __init__(self, folder: RunFolder, access: Access, host: str = "127.0.0.1", port: int = 0) -> None:
        """Raises RewarmError for an address that cannot be used."""
        self.folder, self.access, self.files = folder, access, page_files.files()
        if ":" in host:
            self.address_family = socket.AF_INET6
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise RewarmError(
                f"{host}:{port}: cannot listen there ({error}). Give another --port, or 0 for a free one"
            ) from None

    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name, as HTTPServer would."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", 0

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base class
        """Nothing to say: a browser closes connections when it leaves a page."""


class SocketBoard(Board):
    """The same on a Unix socket that only this user may open."""

    address_family = socket.AF_UNIX

    def __init__(self, folder: RunFolder, access: Access, path: Path) -> None:
        """Raises RewarmError where `path` is a file, or the socket of a server that listens."""
        _free(path)
        self.path = path
        super().__init__(folder, access, str(path))

    def server_bind(self) -> None:
        """Bind with mode 0600 from the start."""
        before = os.umask(0o177)
        try:
            self.socket.bind(str(self.path))
        finally:
            os.umask(before)
        self.server_name, self.server_port = "localhost", 0

    def server_close(self) -> None:
        """Close, and remove the socket."""
        super().server_close()
        self.path.unlink(missing_ok=True)


def _free(path: Path) -> None:
    """Remove a socket that nothing listens on."""
    if not path.exists() and not path.is_symlink():
        return
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise RewarmError(f"--socket {path}: is there and is not a socket; give another path")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise RewarmError(f"--socket {path}: another server listens there; give another path")


class _Handler(BaseHTTPRequestHandler):
    server: Board
    protocol_version = "HTTP/1.1"  # one connection for the files of the page
    wbufsize = 1 << 16  # headers and body in one packet
    timeout = _TIMEOUT
    server_version, sys_version = "rewarm", ""

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _refuse(self) -> None:
        self.close_connection = True
        self._send(
            HTTPStatus.METHOD_NOT_ALLOWED, "the board is read-only: GET and HEAD", {"Allow": "GET, HEAD"}
        )

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_CONNECT = _refuse

    def _answer(self, *, body: bool) -> None:
        self._body = body
        # Nothing is read of a request's body, which would be taken for the next request.
        if self.headers.get("Content-Length") or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
        access, target = self.server.access, urlsplit(self.path)
        if not access.host_allowed(self.headers.get("Host")):
            self._send(
                HTTPStatus.FORBIDDEN,
                "this Host is not allowed; open the board as localhost, or give --allow-host",
            )
            return
        if (rest := access.admitted(target.query)) is not None:
            where = target.path.rpartition("/")[2] + (f"?{rest}" if rest else "")
            headers = {
                "Location": f"./{where}",
                "Set-Cookie": access.set_cookie(),
                "Cache-Control": "no-store",
            }
            self._send(HTTPStatus.SEE_OTHER, "", headers)
            return
        if not access.token_allowed(self.headers.get("Cookie")):
            self._send(
                HTTPStatus.UNAUTHORIZED, "open the address that `rewarm board` printed: it has the token"
            )
            return
        try:
            self._found(target.path.lstrip("/"), target.query)
        except (NotThere, BadQuery) as error:
            kind = HTTPStatus.NOT_FOUND if isinstance(error, NotThere) else HTTPStatus.BAD_REQUEST
            self._json(kind, {"error": str(error)})
        except RewarmError as error:
            self._json(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(error)})
        except (FileNotFoundError, ValueError, KeyError) as error:
            # A training that goes on replaced a file meanwhile: the page asks again.
            self._json(HTTPStatus.SERVICE_UNAVAILABLE, {"error": f"{type(error).__name__}: {error}"})

    def _found(self, path: str, query: str) -> None:
        if path in self.server.files:
            kind, content = self.server.files[path]
            self._send(HTTPStatus.OK, content, {"Content-Type": kind, "Cache-Control": "no-cache"})
            return
        if not path.startswith("api/"):
            raise NotThere(f"{path}: the board has no such address")
        name = path.removeprefix("api/")
        found = routes.answer(self.server.folder, name, Query(query))
        tag = f'"{found.tag}"'
        if tag in (self.headers.get("If-None-Match") or ""):
            self._send(HTTPStatus.NOT_MODIFIED, "", {"ETag": tag})
        elif name.endswith(".csv"):
            self._csv(name, tag, found.body() if self._body else [])
        else:
            self._json(HTTPStatus.OK, found.body(), {"ETag": tag})

    def _json(self, status: HTTPStatus, value: object, headers: dict[str, str] | None = None) -> None:
        content = orjson.dumps(safe(value), option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
        self._send(status, content, {"Content-Type": "application/json", **(headers or {})})

    def _csv(self, name: str, tag: str, pieces: Iterable[str]) -> None:
        """A table in pieces; the end of the connection ends it, since its length is not known."""
        self.send_response(HTTPStatus.OK)
        file = f"rewarm-{name}"
        headers = {"Content-Type": "text/csv; charset=utf-8", "ETag": tag, "Cache-Control": "no-store"}
        headers["Content-Disposition"] = f'attachment; filename="{file}"'
        self._head({**headers, "Connection": "close"})
        for piece in pieces:
            self.wfile.write(piece.encode("utf-8", "replace"))

    def _send(self, status: HTTPStatus, content: str | bytes, headers: dict[str, str] | None = None) -> None:
        data = content.encode() if isinstance(content, str) else content
        found = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", **(headers or {})}
        if len(data) >= _COMPRESSED and "gzip" in (self.headers.get("Accept-Encoding") or ""):
            data = gzip.compress(data, 1)
            found |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        self.send_response(status)
        if status is not HTTPStatus.NOT_MODIFIED:
            found["Content-Length"] = str(len(data))
        if self.close_connection:
            found["Connection"] = "close"
        self._head(found)
        if getattr(self, "_body", True):
            self.wfile.write(data)

    def _head(self, headers: dict[str, str]) -> None:
        for name, value in {**_HEADERS, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def address_string(self) -> str:
        """A Unix socket has no address."""
        return str(self.client_address[0]) if self.client_address else "socket"

    def log_message(self, format: str, *args: object) -> None:
        """No line for each request: the page asks every few seconds."""
