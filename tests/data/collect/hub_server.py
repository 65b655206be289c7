"""A server that speaks the part of the hub's protocol by which data sets are read: commits, trees, files.

`huggingface_hub` asks `/api/datasets/OWNER/NAME/revision/REVISION` for a commit and its files, `/tree/` for a
folder, `/refs` for branches, and `/datasets/OWNER/NAME/resolve/COMMIT/FILE` for content, whose headers name
commit, entity tag and size; Range requests are answered as S3 does. A gated data set is listed for everybody
and read with a token, as on the hub.
"""

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

_REPO = r"/(?:api/)?datasets/(?P<repo>[^/]+/[^/]+)"


class Hub:
    """repos: name → commit → file → content; branches: name → branch or tag → commit; asked: lines of
    requests; sent: bytes of content; gated: names; breaks: how often an answer to come ends half-way; down:
    files whose content is refused."""

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, dict[str, bytes]]] = {}
        self.branches: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.gated: set[str] = set()
        self.breaks = 0
        self.down: set[str] = set()
        self.sent = 0
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub._answer(self, with_body=True)

            def do_HEAD(self) -> None:
                hub._answer(self, with_body=False)

            def do_POST(self) -> None:
                hub._answer(self, with_body=True)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def commit(self, repo: str, files: dict[str, bytes], branch: str = "main") -> str:
        """Add a commit to a branch; its hash."""
        digest = hashlib.sha1(repr((repo, sorted(files.items()))).encode()).hexdigest()
        self.repos.setdefault(repo, {})[digest] = files
        self.branches.setdefault(repo, {})[branch] = digest
        return digest

    def _answer(self, request: BaseHTTPRequestHandler, *, with_body: bool) -> None:
        path = unquote(urlsplit(request.path).path)
        self.asked.append(f"{request.command} {path}")
        length = int(request.headers.get("Content-Length") or 0)
        if length:
            request.rfile.read(length)
        if match := re.fullmatch(_REPO + r"/revision/(?P<revision>.+)", path):
            self._about(request, match, with_body)
        elif match := re.fullmatch(_REPO + r"/refs", path):
            refs = [
                {"name": name, "ref": f"refs/heads/{name}", "targetCommit": commit}
                for name, commit in self.branches.get(match["repo"], {}).items()
            ]
            about = {"branches": refs, "tags": [], "converts": []}
            self._send(
                request, 200, json.dumps(about).encode(), {"Content-Type": "application/json"}, with_body
            )
        elif match := re.fullmatch(_REPO + r"/tree/(?P<revision>[^/]+)/?(?P<folder>.*)", path):
            self._tree(request, match, with_body)
        elif match := re.fullmatch(_REPO + r"/resolve/(?P<revision>[^/]+)/(?P<file>.+)", path):
            self._file(request, match, with_body)
        elif match := re.fullmatch(_REPO, path):
            self._about(request, match, with_body)
        else:
            self._send(request, 404, b"{}", {}, with_body)

    def _files(self, match: re.Match[str]) -> tuple[str, dict[str, bytes]] | None:
        repo, revision = match["repo"], match.groupdict().get("revision") or "main"
        commit = self.branches.get(repo, {}).get(revision, revision)
        known = [one for one in self.repos.get(repo, {}) if one.startswith(commit)]
        return (known[0], self.repos[repo][known[0]]) if known else None

    def _about(self, request: Any, match: re.Match[str], with_body: bool) -> None:
        found = self._files(match)
        if found is None:
            missing = "RevisionNotFound" if match["repo"] in self.repos else "RepoNotFound"
            self._send(request, 404, b"{}", {"X-Error-Code": missing}, with_body)
            return
        about = {
            "id": match["repo"], "sha": found[0], "private": False, "downloads": 0, "likes": 0, "tags": [],
            "siblings": [{"rfilename": name} for name in sorted(found[1])],
            "gated": "manual" if match["repo"] in self.gated else False,
        }  # fmt: skip
        self._send(request, 200, json.dumps(about).encode(), {"Content-Type": "application/json"}, with_body)

    def _tree(self, request: Any, match: re.Match[str], with_body: bool) -> None:
        found = self._files(match)
        if found is None:
            self._send(request, 404, b"[]", {"X-Error-Code": "RevisionNotFound"}, with_body)
            return
        rows = [
            {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
            for name, data in sorted(found[1].items())
            if name.startswith(match["folder"])
        ]
        self._send(request, 200, json.dumps(rows).encode(), {"Content-Type": "application/json"}, with_body)

    def _file(self, request: Any, match: re.Match[str], with_body: bool) -> None:
        found = self._files(match)
        if found is None or match["file"] not in found[1]:
            code = "EntryNotFound" if found else "RevisionNotFound"
            self._send(request, 404, b"", {"X-Error-Code": code}, with_body)
            return
        if match["repo"] in self.gated and not request.headers.get("Authorization"):
            self._send(request, 401, b"", {"X-Error-Code": "GatedRepo"}, with_body)
            return
        if match["file"] in self.down:
            self._send(request, 418, b"", {}, with_body)
            return
        data = found[1][match["file"]]
        headers = {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "X-Repo-Commit": found[0],
                   "Accept-Ranges": "bytes"}  # fmt: skip
        status = 200
        if span := re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range") or ""):
            last = int(span[2]) if span[2] else len(data) - 1
            headers["Content-Range"] = f"bytes {span[1]}-{min(last, len(data) - 1)}/{len(data)}"
            data, status = data[int(span[1]) : last + 1], 206
        if with_body and self.breaks:
            self.breaks -= 1
            request.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(data[: len(data) // 2])
            request.close_connection = True
            return
        self.sent += len(data) if with_body else 0
        self._send(request, status, data, headers, with_body)

    def _send(self, request: Any, status: int, data: bytes, headers: dict[str, str], with_body: bool) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        if with_body:
            request.wfile.write(data)
