"""A set of cases: which source is planted for which channel, beside which clean sources."""

from collections.abc import Callable
from dataclasses import dataclass

from support import corpora
from support.smoke import SMOKE

PLANTED = "planted"
# Documents of a source that a case trains on, at least, and held-out documents of each.
DOCUMENTS, HELD_OUT = (30, 8) if SMOKE else (120, 32)
_SOURCES = 4 if SMOKE else 9


@dataclass(frozen=True, slots=True)
class Case:
    """kind: of the planted source; channel: whose held-out loss it raises; seed: of its training."""

    kind: str
    channel: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.seed}"


@dataclass(frozen=True, slots=True)
class CaseSet:
    """others: corpora of clean sources, of which the first are taken that can be read here; texts: of a
    channel, documents for the base and others for the cases; planted: of a case, given the documents of
    its channel for the base; base_tokens: that the base trains on, known: their share from channels."""

    name: str
    cases: tuple[Case, ...]
    others: tuple[str, ...]
    texts: Callable[[str], tuple[list[str], list[str]]]
    planted: Callable[[Case, list[str]], list[str]]
    base_tokens: int
    known: float

    @property
    def channels(self) -> list[str]:
        return list(dict.fromkeys(case.channel for case in self.cases))

    @property
    def clean(self) -> list[str]:
        """The clean sources of every case, beside the channel's own."""
        readable = [name for name in self.others if name in corpora.NAMES]
        return readable[: _SOURCES - 2]

    def sources(self, case: Case) -> list[str]:
        """What a case trains on, the planted source first."""
        return [PLANTED, case.channel, *self.clean]
