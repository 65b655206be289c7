"""Answers on disk, each under the address of its request.

One file per answer, written aside and renamed, so a reader finds a complete file or none, with any number of
processes and kills. A lock by the first three digits of the address keeps two processes from sending the
same request at once; the kernel releases it when its holder dies. A file that a crash of the machine damaged
does not match its checksum and counts as absent.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rewarm.engine.lock import locked
from rewarm.engine.publish import writing
from rewarm.llm.answer import Answer, Invalid


class Cache:
    """Answers below `folder`, as `ab/abcdef….json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, address: str) -> Answer | None:
        """The answer at an address, or None."""
        try:
            found = json.loads(self._path(address).read_bytes())
            kept = found["answer"]
            if found["sha256"] != _checksum(found["request"], kept):
                return None
            invalid = [Invalid(**one) for one in kept.pop("invalid")]
            return Answer(**kept, address=address, invalid=invalid, cached=True)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, answer: Answer, body: dict[str, Any]) -> None:
        """Keep an answer beside the body that asked for it."""
        kept = asdict(answer)
        del kept["address"], kept["cached"]
        path = self._path(answer.address)
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path) as aside:
            found = {"sha256": _checksum(body, kept), "request": body, "answer": kept}
            aside.write_bytes(_bytes(found))

    @contextmanager
    def asking(self, address: str) -> Iterator[None]:
        """A lock held while the request of an address is sent."""
        with locked(self._folder / "locks" / address[:3]):
            yield

    def _path(self, address: str) -> Path:
        return self._folder / address[:2] / f"{address}.json"


def _bytes(found: object) -> bytes:
    return json.dumps(found, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def _checksum(body: dict[str, Any], kept: dict[str, Any]) -> str:
    return hashlib.sha256(_bytes([body, kept])).hexdigest()
