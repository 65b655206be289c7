"""The query of a request, read with types. Every fault is a `BadQuery`, which the server answers with 400."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qs


class BadQuery(Exception):
    """A parameter that is missing or has a wrong value; its text names both."""


class NotThere(Exception):
    """What was asked for does not exist: answered with 404."""


class Query:
    """The parameters of a request."""

    def __init__(self, text: str) -> None:
        self._values: Mapping[str, Sequence[str]] = parse_qs(text, keep_blank_values=True, max_num_fields=200)

    def text(self, name: str, default: str | None = None) -> str:
        """The first value. Raises BadQuery when there is none and no default."""
        found = self._values.get(name, [default])[0]
        if found is None:
            raise BadQuery(f"{name}: missing")
        return found

    def all(self, name: str) -> list[str]:
        """Every value of a repeated parameter."""
        return list(self._values.get(name, []))

    def choice(self, name: str, allowed: Iterable[str]) -> str:
        """One of some values, the first by default."""
        known = list(allowed)
        found = self.text(name, known[0])
        if found not in known:
            raise BadQuery(f"{name}: {found!r} is not one of {', '.join(known)}")
        return found

    def number(self, name: str) -> int | None:
        """A whole number from 0; None when it is missing or empty."""
        found = self.text(name, "")
        if not found:
            return None
        if not found.isascii() or not found.isdigit() or len(found) > 18:
            raise BadQuery(f"{name}: {found!r} is not a whole number from 0")
        return int(found)
