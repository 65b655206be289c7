"""A set of cases: which source is planted for which channel, beside which clean sources."""

from collections.abc import Callable
from dataclasses import dataclass

from support import corpora
from support.smoke import SMOKE

PLANTED = "planted"
# Documents of a source that a case trains on, at least, and held-out documents of each.
DOCUMENTS, HELD_OUT = (30, 8) if SMOKE else (120, 32)
# Clean sources of a case beside the channel's own; with it and the planted one there are nine sources.
_CLEAN = 2 if SMOKE else 7


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
class Base:
    """What a base learns: text of channels, and of the first corpora that can be read here.

    texts: of a channel, documents for the base and others for the cases; tokens: that it trains on; known:
    their share from channels.
    """

    name: str
    channels: tuple[str, ...]
    corpora: tuple[str, ...]
    texts: Callable[[str], tuple[list[str], list[str]]]
    tokens: int
    known: float

    @property
    def clean(self) -> list[str]:
        return _readable(self.corpora)


@dataclass(frozen=True, slots=True)
class CaseSet:
    """corpora: of the clean sources, as for a base; planted: of a case, given the documents of its channel
    for the base; compared: the first cases, which are also trained without other sources than the planted
    one."""

    name: str
    base: Base
    cases: tuple[Case, ...]
    corpora: tuple[str, ...]
    planted: Callable[[Case, list[str]], list[str]]
    compared: int

    @property
    def clean(self) -> list[str]:
        """The clean sources of every case, beside the channel's own."""
        return _readable(self.corpora)

    def sources(self, case: Case) -> list[str]:
        """What a case trains on, the planted source first."""
        return [PLANTED, case.channel, *self.clean]


def _readable(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in corpora.NAMES][:_CLEAN]
