"""What a check says, and how a crash becomes a saying too."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """seen: what was measured, in words; remedy: what to do, empty when all is well."""

    name: str
    ok: bool
    seen: str
    remedy: str = ""


class CheckFailed(Exception):
    """A check that failed: what was seen and what to do about it."""

    def __init__(self, seen: str, remedy: str) -> None:
        super().__init__(seen)
        self.remedy = remedy


def attempt(name: str, remedy: str, check: Callable[[], str]) -> Check:
    """Run `check`, which returns what it saw or raises CheckFailed; `remedy` is for any other exception."""
    try:
        return Check(name, True, check())
    except (KeyboardInterrupt, SystemExit):
        raise
    except CheckFailed as failed:
        return Check(name, False, str(failed), failed.remedy)
    except BaseException as error:  # a panic in a library of Rust is no Exception
        lines = str(error).strip().splitlines()
        return Check(name, False, lines[0] if lines else type(error).__name__, remedy)


def gigabytes(size: float) -> str:
    """Bytes as text, in GB of 10^9 bytes with one decimal."""
    return f"{size / 1e9:.1f} GB"
