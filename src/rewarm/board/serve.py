"""Opens a board and says how to reach it."""

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rewarm.board.access import Access
from rewarm.board.folder import RunFolder
from rewarm.board.server import Board, SocketBoard
from rewarm.errors import RewarmError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_ANY = 8700  # the port on the user's side in the printed ssh command, when a socket is forwarded


@contextmanager
def opened(
    folder: Path, host: str, port: int, path: Path | None, hosts: tuple[str, ...]
) -> Iterator[tuple[Board, list[str]]]:
    """A board that listens, and the lines to print. path: of a Unix socket, instead of host and port; hosts:
    further names in the Host header. Raises RewarmError for a folder that is not there."""
    if not folder.is_dir():
        raise RewarmError(f"{folder}: is not a directory; give the one that your runs are in")
    access = Access((*hosts, *(() if host in ("0.0.0.0", "::") else (host,))))
    runs = RunFolder(folder)
    server = SocketBoard(runs, access, path) if path else Board(runs, access, host, port)
    found = len(runs.names())
    try:
        yield (
            server,
            [f"board     {found} run{'s' * (found != 1)} under {folder}", *_lines(server, host, path)],
        )
    finally:
        server.server_close()


def _lines(server: Board, host: str, path: Path | None) -> list[str]:
    token = server.access.token
    login = f"{getpass.getuser()}@{socket.gethostname()}"
    if path:
        return [
            f"socket    {path.absolute()}, only for this user",
            f"tunnel    ssh -N -L {_ANY}:{path.absolute()} {login}",
            f"open      http://localhost:{_ANY}/?token={token}",
        ]
    port = server.server_address[1]
    shown = f"[{host}]" if ":" in host else host
    lines = [f"open      http://{shown}:{port}/?token={token}"]
    if host in _LOOPBACK:
        lines.append(f"tunnel    ssh -N -L {port}:{shown}:{port} {login}")
    else:
        lines.append("warning   not loopback: who reads the network's traffic reads the token and the texts")
    return [*lines, "          Ctrl-C ends it"]
