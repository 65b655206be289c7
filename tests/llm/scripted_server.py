"""A chat-completions server on this machine whose answers a test writes, and a proxy that spoils them.

Both are real HTTP over real sockets. The server keeps every body that it answered. The proxy forwards to the
server, or does to a request what its plan says: the n-th request that arrives meets the n-th fault.
"""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], str | tuple[str, str]]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed break connections: that is no news."""


class ScriptedServer:
    """answer: from a request's body to the content of the reply, or (content, finish_reason)."""

    def __init__(self, answer: Answer, port: int = 0, delay: float = 0) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                body = json.loads(raw)
                if self.path != "/v1/chat/completions":
                    self.send_error(404)
                    return
                time.sleep(delay)
                content = answer(body)
                with outer._lock:
                    outer.bodies.append(body)
                    outer.headers.append({name.lower(): value for name, value in self.headers.items()})
                text, finish = content if isinstance(content, tuple) else (content, "stop")
                told = sum(len(message["content"].encode()) for message in body["messages"])
                reply = {
                    "id": "x",
                    "object": "chat.completion",
                    "created": 0,
                    "model": body["model"],
                    "choices": [
                        {
                            "index": 0,
                            "message": {"role": "assistant", "content": text},
                            "finish_reason": finish,
                        }
                    ],
                    "usage": {"prompt_tokens": told // 4, "completion_tokens": len(text.encode()) // 4},
                }
                data = json.dumps(reply).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = _Quiet(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class FaultProxy:
    """Between a client and a server. plan: a fault for each request in the order of arrival, "" for none:

    429 or 500 …: this status, `429:SECONDS` with Retry-After; drop: the server answers and the connection
    breaks before the answer; truncate: half of the answer's body; garbage: HTML with status 200; hang: no
    answer for `hang` seconds.
    """

    def __init__(self, server: str, plan: Iterator[str], hang: float = 1.0) -> None:
        self.arrived = 0
        self.met: list[str] = []
        lock = threading.Lock()
        host = server.split("//")[1].split("/")[0]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    fault = next(plan, "")
                    outer.arrived += 1
                    outer.met.append(fault)
                status, _, after = fault.partition(":")
                if status.isdigit():
                    self._reply(int(status), b'{"error": {"message": "planned"}}', after)
                    return
                if fault == "garbage":
                    self._reply(200, b"<html><body>Bad gateway</body></html>")
                    return
                if fault == "hang":
                    time.sleep(hang)
                    self.close_connection = True
                    return
                forward = http.client.HTTPConnection(host, timeout=30)
                forward.request("POST", self.path, raw, {"Content-Type": "application/json"})
                reply = forward.getresponse()
                data = reply.read()
                forward.close()
                if fault == "drop":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                elif fault == "truncate":
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data[: len(data) // 2])
                    self.wfile.flush()
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                else:
                    self._reply(reply.status, data)

            def _reply(self, status: int, data: bytes, after: str = "") -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                if after:
                    self.send_header("Retry-After", after)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
