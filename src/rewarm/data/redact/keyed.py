"""Draws that follow from a key and a value: the same value gets the same surrogate, unforeseeably.

HMAC-SHA256 over (type, value, attempt) under a key of its own for each document or conversation:
within it a person stays one person, across documents nothing can be joined (Bellare et al. 1996, the
construction; the use as in pseudonymisation by keyed hashing, ENISA 2019, section 5).
"""

import hashlib
import hmac
from collections.abc import Sequence


def key_of(seed: int, scope: str) -> bytes:
    """The key of a document or conversation; scope: its name or the hash of its text."""
    return hmac.new(
        f"rewarm redact {seed}".encode(), scope.encode("utf-8", "replace"), hashlib.sha256
    ).digest()


class Draw:
    """An endless stream of numbers for one value."""

    def __init__(self, key: bytes, kind: str, value: str, attempt: int = 0) -> None:
        self._key, self._base, self._block, self._left = key, f"{kind}\0{value}\0{attempt}\0", 0, b""

    def below(self, bound: int) -> int:
        """0 … bound − 1, evenly but for 1 part in 2^24."""
        if len(self._left) < 4:
            text = f"{self._base}{self._block}".encode("utf-8", "replace")
            self._left = hmac.new(self._key, text, hashlib.sha256).digest()
            self._block += 1
        number, self._left = int.from_bytes(self._left[:4], "big"), self._left[4:]
        return number % bound

    def one(self, options: Sequence[str]) -> str:
        return options[self.below(len(options))]

    def digits(self, count: int) -> str:
        return "".join(str(self.below(10)) for _ in range(count))
