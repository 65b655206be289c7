"""Shares of kinds of text in what a tokenizer was trained on: usually close to the base's own data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.diagnose.base_mix import words
from rewarm.diagnose.base_mix.pair_counts import PairCounts
from rewarm.diagnose.base_mix.rivals import Rivals
from rewarm.diagnose.base_mix.shares import Moment, solve
from rewarm.errors import RewarmError

MERGES = 3000
_MOMENTS = 1000


@dataclass(frozen=True, slots=True)
class BaseMix:
    """Shares of bytes by kind of text.

    Attributes:
        shares: by kind, they add up to 1.
        spread: half the difference between the estimates from every second merge, by kind.
        merges: looked at; unknown: the share of them that occurs in none of the texts. When it is large,
            a kind is missing.
        bytes: of text, by kind.
    """

    shares: dict[str, float]
    spread: dict[str, float]
    merges: int
    unknown: float
    bytes: dict[str, int]

    def lines(self) -> Iterator[str]:
        """For the terminal."""
        yield f"{'kind of text':<28}{'share':>8}{'±':>8}{'text':>12}"
        for name in sorted(self.shares, key=lambda name: -self.shares[name]):
            share, spread, size = self.shares[name], self.spread[name], self.bytes[name] / 1e6
            yield f"{name:<28}{share:>8.1%}{spread:>8.1%}{size:>9.2f} MB"
        yield (
            f"from the first {self.merges:,} merges of the tokenizer; {self.unknown:.1%} of them are in none "
            "of the texts" + (": a kind of text is missing here" if self.unknown > 0.1 else "")
        )

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def estimate(tokenizer: Path, texts: Mapping[str, Sequence[str]], merges: int = MERGES) -> BaseMix:
    """tokenizer: a tokenizer.json; texts: samples of each kind, some megabytes; merges: the first ones.

    What the tokenizer saw and no kind covers is given to the kinds nearest to it. Raises RewarmError for a
    tokenizer that is not BPE, for fewer than two kinds and for one without text.
    """
    from tokenizers import Tokenizer

    if len(texts) < 2:
        raise RewarmError(f"a mix needs at least two kinds of text, and {len(texts)} was given")
    pairs = words.merges(tokenizer)[:merges]
    rust = Tokenizer.from_file(str(tokenizer))
    counted = {name: words.counted(rust, sample) for name, sample in texts.items()}
    for name, (_, size) in counted.items():
        if not size:
            raise RewarmError(f"{name}: holds no text, so nothing can be counted")
    counts = PairCounts([found for found, _ in counted.values()], [size for _, size in counted.values()])
    moments, unknown = _moments(counts, pairs)
    if not moments:
        raise RewarmError(f"{tokenizer}: none of its first {len(pairs):,} merges occurs in the texts")
    whole = solve(moments, counts.kinds)
    halves = [solve(moments[start::2] or moments, counts.kinds) for start in (0, 1)]
    spread = np.abs(halves[0] - halves[1]) / 2
    return BaseMix(
        shares=dict(zip(counted, whole.tolist(), strict=True)),
        spread=dict(zip(counted, spread.tolist(), strict=True)),
        merges=len(pairs),
        unknown=unknown / len(pairs),
        bytes={name: size for name, (_, size) in counted.items()},
    )


def _moments(counts: PairCounts, pairs: Sequence[words.Pair]) -> tuple[list[Moment], int]:
    """Each merge with its rivals, of at most _MOMENTS merges, and how many merges no text has."""
    rivals = Rivals(counts.kinds)
    rivals.update(counts.table, np.arange(len(counts.table)))
    step = max(1, len(pairs) // _MOMENTS)
    moments, unknown = [], 0
    for number, pair in enumerate(pairs):
        row = counts.row(pair)
        if row is None or not counts.table[row].any():
            unknown += 1
            continue
        if number % step == 0:
            rows = rivals.of(counts.table, row)
            moments.append(Moment(counts.table[row].copy(), counts.table[rows].copy(), rows))
        changed = counts.merge(pair)
        rivals.update(counts.table, changed)
    return moments, unknown
