"""The result of a check, also of one that crashes."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """seen: what was measured, as text; remedy: what to do, empty for a check that passed."""

    name: str
    ok: bool
    seen: str
    remedy: str = ""


class CheckFailed(Exception):
    """A check failed. seen: what was measured; remedy: what to do."""

    def __init__(self, seen: str, remedy: str) -> None:
        super().__init__(seen)
        self.remedy = remedy


def attempt(name: str, remedy: str, check: Callable[[], str]) -> Check:
    """Run `check`, which returns what it measured or raises CheckFailed. remedy: for other exceptions."""
    try:
        return Check(name, True, check())
    except (KeyboardInterrupt, SystemExit):
        raise
    except CheckFailed as failed:
        return Check(name, False, str(failed), failed.remedy)
    except BaseException as error:  # a panic in a Rust library is not an Exception
        lines = str(error).strip().splitlines()
        return Check(name, False, lines[0] if lines else type(error).__name__, remedy)


def gigabytes(size: float) -> str:
    """Bytes as text, in GB of 10^9 bytes with one decimal."""
    return f"{size / 1e9:.1f} GB"
