"""Shares of kinds of text in what a tokenizer was trained on: usually close to the base's own data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.diagnose.base_mix import words
from rewarm.diagnose.base_mix.pair_counts import PairCounts
from rewarm.diagnose.base_mix.shares import Moment, solve
from rewarm.errors import RewarmError

MERGES = 3000
# Rivals of a merge under each of these mixes are looked at.
_MIXES, _STRONGEST = 24, 2
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
    rng = np.random.default_rng(0)
    mixes = np.concatenate(
        [np.eye(counts.kinds), rng.dirichlet(np.full(counts.kinds, 0.7), size=_MIXES)]
    ).T  # [kinds, mixes]
    step = max(1, len(pairs) // _MOMENTS)
    moments, unknown = [], 0
    for number, pair in enumerate(pairs):
        row = counts.row(pair)
        if row is None or not counts.table[row].any():
            unknown += 1
            continue
        if number % step == 0:
            moments.append(_moment(counts.table, row, mixes))
        counts.merge(pair)
    return moments, unknown


def _moment(table: np.ndarray, row: int, mixes: np.ndarray) -> Moment:
    # A rival is stronger than the merge under some mix, so in some kind of text.
    able = np.flatnonzero((table > table[row]).any(axis=1))
    strengths = table[able] @ mixes
    strongest = min(_STRONGEST, len(able))
    best = (
        np.argpartition(-strengths, strongest - 1, axis=0)[:strongest] if strongest else np.empty((0, 1), int)
    )
    rows = able[np.unique(best)]
    return Moment(table[row].copy(), table[rows].copy(), rows)
