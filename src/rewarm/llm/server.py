"""One attempt at an OpenAI-compatible server, and what kind of fault it met.

The `openai` package speaks the protocol; its own retries are off, so that the budget sees every attempt. The
answer's body is read here piece by piece: the package's timeout is one of silence, and a server that sends a
byte a minute would hold a request for ever.
"""

import email.utils
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rewarm.errors import RewarmError
from rewarm.recipe.llm import Llm

if TYPE_CHECKING:
    from openai import APIStatusError

_RETRIED = {408, 409, 425, 429}
# No answer of one request is longer; a body without end must not fill the memory.
_MOST_BYTES = 64 << 20
_HIDDEN = "[key]"


@dataclass(frozen=True)
class Reply:
    """text: of the first choice; finish: `stop`, `length` …; tokens: as the server counted, None where it
    did not say."""

    text: str
    finish: str
    input_tokens: int | None
    output_tokens: int | None


class Fault(Exception):
    """An attempt without a usable reply.

    reason: a dotted name, `http.500`, `timeout`, `connection`, `body`; detail: what the server said, without
    the key; passes: another attempt may succeed; billed: the server may have charged for it; wait: seconds
    that the server asks to wait.
    """

    def __init__(
        self, reason: str, detail: str, *, passes: bool, billed: bool, wait: float | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail
        self.passes, self.billed, self.wait = passes, billed, wait


class Server:
    """The server of a recipe. Raises RewarmError without the package, a model's name, or the key that a
    server elsewhere needs."""

    def __init__(self, llm: Llm) -> None:
        try:
            import openai
        except ImportError as error:
            raise RewarmError("llm: needs the openai package; pip install 'rewarm[llm]'") from error
        if not llm.model:
            raise RewarmError("llm: `model` is not set; name the model as its server does")
        key = os.environ.get(llm.key, "")
        if not key and llm.url.startswith("https://"):
            raise RewarmError(
                f"llm: the environment variable {llm.key} is not set, and {llm.url} will need a key; set it, "
                "or name another variable with `key`"
            )
        self._openai, self._llm, self._key = openai, llm, key
        self._client = openai.OpenAI(
            base_url=llm.url, api_key=key or "none", max_retries=0, timeout=llm.timeout,
            organization="", project="",
        )  # fmt: skip

    def close(self) -> None:
        """Close open connections."""
        self._client.close()

    def send(self, body: dict[str, Any]) -> Reply:
        """One attempt. Raises Fault."""
        deadline = time.monotonic() + self._llm.timeout
        known = {key: body[key] for key in ("model", "messages")}
        other = {key: value for key, value in body.items() if key not in known}
        openai = self._openai
        try:
            with self._client.chat.completions.with_streaming_response.create(
                **known, extra_body=other
            ) as response:
                data = bytearray()
                for piece in response.iter_bytes():
                    data += piece
                    if time.monotonic() > deadline:
                        raise Fault("timeout", "the answer did not end in time", passes=True, billed=True)
                    if len(data) > _MOST_BYTES:
                        raise Fault("body", "is larger than 64 MiB", passes=False, billed=True)
        except openai.APITimeoutError:
            raise Fault(
                "timeout", f"no answer in {self._llm.timeout:g} s", passes=True, billed=True
            ) from None
        except openai.APIStatusError as error:
            raise self._status(error) from None
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            # Not even connected: nothing can have been billed.
            billed = "Connect" not in type(cause).__name__
            raise Fault(
                "connection", self._clean(f"{type(cause).__name__}: {cause}"), passes=True, billed=billed
            ) from None
        except Fault:
            raise
        except Exception as error:
            # The HTTP library's own errors while the body is read: cut, not decodable, reset.
            raise Fault(
                "connection", self._clean(f"{type(error).__name__}: {error}"), passes=True, billed=True
            ) from None
        return self._reply(bytes(data))

    def _reply(self, data: bytes) -> Reply:
        try:
            found = json.loads(data)
            choice = found["choices"][0]
            text = choice["message"].get("content") or ""
            usage = found.get("usage") or {}
            if not isinstance(text, str):
                raise TypeError("content is not text")
            return Reply(
                text,
                str(choice.get("finish_reason") or ""),
                _count(usage.get("prompt_tokens")),
                _count(usage.get("completion_tokens")),
            )
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            start = data[:80].decode("utf-8", "replace")
            detail = self._clean(f"is not a chat completion ({type(error).__name__}); it begins {start!r}")
            raise Fault("body", detail, passes=True, billed=True) from None

    def _status(self, error: "APIStatusError") -> Fault:
        status = int(error.status_code)
        said = self._clean(str(error.message))[:300]
        spent = getattr(error, "code", None) == "insufficient_quota"
        passes = (status in _RETRIED or status >= 500) and not spent
        wait = retry_after(error.response.headers, time.time())
        return Fault(f"http.{status}", said, passes=passes, billed=False, wait=wait)

    def _clean(self, text: str) -> str:
        """Without the key, which some servers repeat in their errors, whole or in its parts."""
        for part in (self._key, self._key[:8], self._key[-4:]) if len(self._key) >= 12 else (self._key,):
            if part:
                text = text.replace(part, _HIDDEN)
        return text


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a response asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            return max(0.0, float(value) * scale)
        except ValueError:
            pass
        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - now)
        except (ValueError, TypeError):
            continue
    return None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
