"""Who may ask: the token, the Host header, methods; the Unix socket; what headers every answer has."""

import socket
import stat
from pathlib import Path

import pytest

from rewarm.board import serve
from rewarm.board.access import Access
from rewarm.errors import RewarmError

PATHS = (
    "/",
    "/page.js",
    "/api/runs",
    "/api/loss?run=law",
    "/api/loss.csv?run=law",
    "/api/document?run=law&id=0",
)


@pytest.mark.parametrize("path", PATHS)
def test_without_the_token_nothing_is_given(served, path):
    for cookie in ("", "other=1", f"{served.board.access.cookie}=wrong", f"{served.board.access.cookie}="):
        answer = served.get(path, Cookie=cookie)
        assert answer.status == 401 and "law" not in answer.text
    sign = "&" if "?" in path else "?"
    assert served.get(f"{path}{sign}token=wrong", Cookie="").status == 401
    assert served.get(f"{path}{sign}token=", Cookie="").status == 401


@pytest.mark.parametrize("path", PATHS)
def test_with_the_token_everything_is(served, path):
    assert served.get(path).status == 200


def test_the_token_becomes_a_cookie_and_leaves_the_address(served):
    token = served.board.access.token
    answer = served.get(f"/?token={token}&lang=zh", Cookie="")
    assert answer.status == 303 and answer.headers["Location"] == "./?lang=zh" and token not in answer.text
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path" not in cookie
    assert served.get("/", Cookie=cookie.partition(";")[0]).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.nip.io", "", "[::2]"]
)
def test_a_name_that_was_made_to_resolve_here_is_refused(served, host):
    answer = served.get("/api/runs", Host=host or "no host")
    assert answer.status == 403 and "law" not in answer.text
    assert served.get(f"/?token={served.board.access.token}", Host=host or "no host").status == 403


def test_this_machine_by_any_of_its_names_and_ports():
    access = Access(("proxy.example",))
    for host in ("localhost", "LOCALHOST:99", "127.0.0.1:8700", "[::1]:1", "[::1]", "proxy.example:443"):
        assert access.host_allowed(host), host
    assert not access.host_allowed(None) and not access.host_allowed("proxy.example.org")
    assert len(Access().token) >= 32 and Access().token != Access().token


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_reading(served, method):
    answer = served.get("/api/runs", method)
    assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD"


def test_the_body_of_a_request_is_not_taken_for_another(served):
    hidden = b"GET /api/runs HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for method in (b"GET", b"POST"):
        with socket.create_connection(("127.0.0.1", served.port), timeout=5) as connection:
            length = str(len(hidden)).encode()
            head = method + b" / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + b"\r\n\r\n"
            connection.sendall(head + hidden)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.count(b"HTTP/1.1 ") == 1


def test_head_has_no_body(served):
    answer = served.get("/api/runs", "HEAD")
    assert answer.status == 200 and answer.text == "" and int(answer.headers["Content-Length"]) > 10


def test_no_other_file_is_reached(served):
    for path in (
        "/../access.py",
        "/uplot/../../access.py",
        "/%2e%2e/access.py",
        "//etc/passwd",
        "/api/../page.js",
    ):
        assert served.get(path).status == 404, path
    assert served.get("/api/loss?run=../law").status == 404


def test_every_answer_forbids_other_scripts(served):
    for path in ("/", "/api/runs", "/api/loss.csv?run=law", "/api/nothing"):
        headers = served.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
        assert not any(name.startswith("Access-Control") for name in headers)


def test_the_socket_is_for_this_user_alone(tmp_path: Path):
    path = tmp_path / "board.sock"
    with serve.opened(tmp_path, "127.0.0.1", 0, path, ()) as (_, lines):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert any(f"ssh -N -L 8700:{path}" in line for line in lines)
        with pytest.raises(RewarmError, match="another server listens"):
            serve.opened(tmp_path, "127.0.0.1", 0, path, ()).__enter__()
    assert not path.exists()
    # What a killed board left behind.
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    with serve.opened(tmp_path, "127.0.0.1", 0, path, ()):
        pass
    path.write_text("a file")
    with pytest.raises(RewarmError, match="is not a socket"):
        serve.opened(tmp_path, "127.0.0.1", 0, path, ()).__enter__()
    assert path.read_text() == "a file"


def test_the_printed_lines_say_how_to_reach_it(tmp_path: Path):
    with serve.opened(tmp_path, "127.0.0.1", 0, None, ()) as (server, lines):
        port, token = server.server_address[1], server.access.token
        assert f"open      http://127.0.0.1:{port}/?token={token}" in lines
        assert any(f"ssh -N -L {port}:127.0.0.1:{port} " in line for line in lines)
        with pytest.raises(RewarmError, match=f"127.0.0.1:{port}: cannot listen there"):
            serve.opened(tmp_path, "127.0.0.1", port, None, ()).__enter__()
    with pytest.raises(RewarmError, match="is not a directory"):
        serve.opened(tmp_path / "none", "127.0.0.1", 0, None, ()).__enter__()
