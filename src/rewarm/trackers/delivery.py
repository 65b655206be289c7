"""Delivers a notification: a command that reads JSON on stdin, or a webhook that gets JSON by POST.

A URL may hold a secret. So no error text of a library is passed on, since it may quote the URL; redirects are
not followed, since they would hand the text to another host; and only https and this machine's own addresses
are accepted.
"""

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message
from http.client import HTTPException
from typing import IO, Any
from urllib.parse import urlsplit

from rewarm.recipe import webhook_url


class NotDelivered(Exception):
    """Why a notification was not delivered, without the URL."""


def by_command(command: list[str], payload: Mapping[str, Any], timeout: float) -> None:
    """Run a program without a shell: JSON on stdin, and REWARM_EVENT, _LEVEL, _RUN, _UPDATE, _TEXT set.

    timeout: seconds, after which the program and what it started are killed. Its output is discarded. Raises
    NotDelivered.
    """
    known = {"REWARM_EVENT": "event", "REWARM_LEVEL": "level", "REWARM_RUN": "run",
             "REWARM_UPDATE": "update", "REWARM_TEXT": "text"}  # fmt: skip
    # A NUL byte cannot be passed in an environment variable.
    variables = {name: str(payload[key]).replace("\0", "") for name, key in known.items()}
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, **variables}, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise NotDelivered(f"{command[0]} could not be started: {error.strerror}") from None
    try:
        process.communicate(json.dumps(payload, ensure_ascii=False).encode(), timeout=timeout)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise NotDelivered(f"{command[0]} did not end within {timeout:g} s") from None
    if process.returncode:
        raise NotDelivered(f"{command[0]} ended with {process.returncode}")


def by_webhook(url: str, payload: Mapping[str, Any], timeout: float) -> None:
    """POST JSON. timeout: seconds of each wait for the server. Raises NotDelivered."""
    fault = webhook_url.fault_of(url)
    if fault:
        raise NotDelivered(fault)
    body = json.dumps(payload, ensure_ascii=False).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json; charset=utf-8"})
    # This machine's own addresses are not reached through a proxy.
    proxies = [urllib.request.ProxyHandler({})] if urlsplit(url).scheme == "http" else []
    try:
        with urllib.request.build_opener(_NoRedirect(), *proxies).open(request, timeout=timeout):
            return
    except urllib.error.HTTPError as error:
        error.close()
        raise NotDelivered(f"the server answered with HTTP {error.code}") from None
    except TimeoutError:
        raise NotDelivered(f"no answer within {timeout:g} s") from None
    except urllib.error.URLError as error:
        timed_out = isinstance(error.reason, TimeoutError)
        why = f"no answer within {timeout:g} s" if timed_out else _reason(error.reason)
        raise NotDelivered(why) from None
    except (OSError, HTTPException, ValueError) as error:
        raise NotDelivered(_reason(error)) from None


def _reason(error: object) -> str:
    """The kind of a fault; its text may quote the URL."""
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, socket.gaierror):
        return "the host is not known"
    return f"the request failed ({type(error).__name__})"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow none: the status becomes an HTTPError."""
