"""The trade-off between what a model learned and what it forgot, over training settings and merge weights.

A point is a model: the result of a training setting (learning rate, replay), moved back towards the base by a
merge weight. Its gain is the fall of the domain's bits per byte, its forgetting the largest rise of any
retained channel. Choosing the best of many points on the documents that report it would flatter it, so the
held-out documents are split: one half chooses, the other half reports. Intervals resample documents within
each channel, the same draw for all points (a paired bootstrap); results of several seeds are pooled.

Published results disagree on merging with the base (2608.27147, section 3.3.2, for it; 2510.17776 against):
the front says for each run whether a merged point beats the best model without a merge.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np

from rewarm.errors import RewarmError
from rewarm.statistics.bootstrap import Estimate, interval

# Bits per byte of a retained channel: half of what `evaluate` calls retained.
TOLERANCE = 0.005
# Each channel needs documents on both sides for an interval.
_LEAST = 4
_FINE = 1e-12


@dataclass(frozen=True)
class Documents:
    """Held-out documents. ids: str [documents]; channel: str [documents], the source or label that is
    measured apart; domain: bool [documents]."""

    ids: np.ndarray
    channel: np.ndarray
    domain: np.ndarray

    def __post_init__(self) -> None:
        if not self.domain.any() or self.domain.all():
            missing = "task: domain" if not self.domain.any() else "another task than domain"
            raise RewarmError(
                f"a front needs held-out documents of the domain and of what is retained: none has {missing}"
            )
        for name in dict.fromkeys(self.channel):
            count = int((self.channel == name).sum())
            if count < _LEAST:
                raise RewarmError(
                    f"channel {name}: {count} held-out documents; give at least {_LEAST}, two for each half"
                )

    def first_half(self) -> np.ndarray:
        """bool [documents]: every second document of each channel in the order of a hash of its id."""
        key = np.array([hashlib.blake2b(str(one).encode(), digest_size=8).hexdigest() for one in self.ids])
        first = np.zeros(len(self.ids), dtype=bool)
        for name in dict.fromkeys(self.channel):
            rows = np.flatnonzero(self.channel == name)
            first[rows[np.argsort(key[rows])][::2]] = True
        return first


@dataclass(frozen=True)
class Point:
    """A model on the documents. setting: of the training; weight: of the result, 1 minus that of the base;
    nats: float64 [documents], a mean over seeds."""

    setting: str
    weight: float
    nats: np.ndarray

    @property
    def merged(self) -> bool:
        return 0 < self.weight < 1

    @property
    def name(self) -> str:
        return "base" if self.weight == 0 else f"{self.setting}, weight {self.weight:g}"


@dataclass(frozen=True)
class Measured:
    """A point on one half. gain, forgetting: bits per byte; channels: the change of each retained channel;
    worst: its name; ratio: gain as a share of the reference's."""

    point: Point
    gain: Estimate
    forgetting: Estimate
    worst: str
    channels: dict[str, Estimate]
    ratio: Estimate

    def plain(self) -> dict[str, Any]:
        return {
            "name": self.point.name,
            "setting": self.point.setting,
            "weight": self.point.weight,
            "gain": _plain(self.gain),
            "gain_ratio": _plain(self.ratio),
            "forgetting": _plain(self.forgetting),
            "worst_channel": self.worst,
            "channels": {name: _plain(change) for name, change in self.channels.items()},
        }


@dataclass(frozen=True)
class Front:
    """choosing, reporting: every point on each half; chosen, unmerged: positions of the chosen point and of
    the one that is chosen without merging; best: positions on the reporting half that no other dominates;
    within: whether the chosen point keeps the tolerance on the choosing half; difference: chosen minus
    unmerged on the reporting half: gain and forgetting."""

    choosing: list[Measured]
    reporting: list[Measured]
    chosen: int
    unmerged: int
    best: list[int]
    tolerance: float
    within: bool
    unmerged_within: bool
    difference: tuple[Estimate, Estimate]

    @property
    def verdict(self) -> str:
        """Whether merging with the base helps, in one sentence."""
        chosen, other = self.reporting[self.chosen], self.reporting[self.unmerged]
        gain, forgetting = self.difference
        if not self.within:
            merged = sum(self.reporting[number].point.merged for number in self.best)
            return (
                f"no trained point keeps within {self.tolerance:g} bits per byte, with or without a merge; "
                f"{merged} of the {len(self.best)} points on the front are merged ones"
            )
        if not chosen.point.merged:
            return f"merging does not help: {chosen.point.name} is chosen, without a merge"
        kept = f"gain {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
        lost = f"forgetting {forgetting.value:+.4f} [{forgetting.low:+.4f}, {forgetting.high:+.4f}]"
        against = f"against {other.point.name}: {kept}, {lost} bits per byte"
        if not self.unmerged_within:
            helps = forgetting.high < 0
            reason = f"only merged points keep within {self.tolerance:g}"
        else:
            helps = gain.low > 0
            reason = "it gains more" if helps else "its gain is not clearly larger"
        return f"merging {'helps' if helps else 'does not clearly help'}: {reason}; {against}"

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        gain, forgetting = self.difference
        return {
            "tolerance": self.tolerance,
            "chosen": self.reporting[self.chosen].plain(),
            "chosen_within_tolerance": self.within,
            "unmerged": self.reporting[self.unmerged].plain(),
            "difference": {"gain": _plain(gain), "forgetting": _plain(forgetting)},
            "verdict": self.verdict,
            "points": [
                {
                    **here.plain(),
                    "on_front": number in self.best,
                    "choosing_half": {"gain": there.gain.value, "forgetting": there.forgetting.value},
                }
                for number, (there, here) in enumerate(zip(self.choosing, self.reporting, strict=True))
            ],
        }


def front(
    documents: Documents,
    size: np.ndarray,
    base: np.ndarray,
    points: Sequence[Point],
    reference: int | None = None,
    tolerance: float = TOLERANCE,
    draws: int = 2000,
    seed: int = 0,
) -> Front:
    """Choose on one half of the documents, report on the other.

    Args:
        size: float64 [documents], bytes; base: float64 [documents], nats of the base.
        points: models; the base may be among them.
        reference: position of the point whose gain is 100 %. Default: the unmerged one that gains most.

    Raises RewarmError without an unmerged trained point, and when nothing was learned.
    """
    unmerged = [number for number, point in enumerate(points) if point.weight == 1]
    if not unmerged:
        raise RewarmError("a front needs the trained model itself: give the weight 1 among --weights")
    half = documents.first_half()
    choosing, reporting = (
        _changes(documents, size, base, points, rows, draws, seed) for rows in (half, ~half)
    )
    most = min(unmerged, key=lambda number: choosing[number].domain.value)
    best = most if reference is None else reference
    here, there = ([_measured(*pair, side[best]) for pair in zip(points, side, strict=True)]
                   for side in (choosing, reporting))  # fmt: skip
    chosen, within = _choose(here, range(len(points)), tolerance)
    plain, plain_within = _choose(here, unmerged, tolerance)
    left, right = reporting[chosen], reporting[plain]
    difference = (
        _estimate(right.domain.value - left.domain.value, right.domain_draws - left.domain_draws),
        _estimate(left.worst_value - right.worst_value, left.worst_draws - right.worst_draws),
    )
    return Front(here, there, chosen, plain, _undominated(there), tolerance, within, plain_within, difference)


def measure(
    documents: Documents,
    size: np.ndarray,
    base: np.ndarray,
    points: Sequence[Point],
    reference: int,
    draws: int = 2000,
    seed: int = 0,
) -> list[Measured]:
    """Every point on all documents, for points that were not chosen by them. Arguments as of `front`."""
    every = np.ones(len(documents.ids), dtype=bool)
    changes = _changes(documents, size, base, points, every, draws, seed)
    return [_measured(point, one, changes[reference]) for point, one in zip(points, changes, strict=True)]


def _changes(
    documents: Documents,
    size: np.ndarray,
    base: np.ndarray,
    points: Sequence[Point],
    rows: np.ndarray,
    draws: int,
    seed: int,
) -> list["_Change"]:
    """The change of each point on these documents. rows: bool [documents]."""
    draw = _Draw(documents, size, rows, draws, np.random.default_rng(seed))
    return [draw.change(point.nats - base) for point in points]


@dataclass(frozen=True)
class _Change:
    """Of a point against the base, bits per byte. *_draws: float64 [draws]."""

    domain: Estimate
    domain_draws: np.ndarray
    channels: dict[str, Estimate]
    worst: str
    worst_value: float
    worst_draws: np.ndarray


class _Draw:
    """Resampled documents of one half, by channel: the same for every point."""

    def __init__(
        self, documents: Documents, size: np.ndarray, half: np.ndarray, draws: int, rng: np.random.Generator
    ) -> None:
        self.parts: list[tuple[str, bool, np.ndarray, np.ndarray, np.ndarray]] = []
        for name in dict.fromkeys(documents.channel):
            rows = np.flatnonzero((documents.channel == name) & half)
            times = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=draws)
            learned = bool(documents.domain[rows].any())
            self.parts.append((str(name), learned, rows, size[rows] * log(2), times.astype(np.float64)))

    def change(self, nats: np.ndarray) -> _Change:
        """nats: float64 [documents], result minus base."""
        channels: dict[str, Estimate] = {}
        drawn: dict[str, np.ndarray] = {}
        sums = np.zeros(2)
        sums_drawn = np.zeros((2, len(self.parts[0][4])))
        for name, domain_part, rows, bits, times in self.parts:
            above, below = times @ nats[rows], times @ bits
            if domain_part:
                sums += (nats[rows].sum(), bits.sum())
                sums_drawn += (above, below)
            else:
                drawn[name] = above / below
                channels[name] = _estimate(float(nats[rows].sum() / bits.sum()), drawn[name])
        worst = max(channels, key=lambda name: channels[name].value)
        domain = sums_drawn[0] / sums_drawn[1]
        highest: np.ndarray = np.max(np.stack(list(drawn.values())), axis=0)
        learned = _estimate(float(sums[0] / sums[1]), domain)
        return _Change(learned, domain, channels, worst, channels[worst].value, highest)


def _measured(point: Point, change: _Change, reference: _Change) -> Measured:
    if reference.domain.value >= -_FINE:
        raise RewarmError(
            f"nothing was learned: the domain's loss of the reference changed by "
            f"{reference.domain.value:+.4f} bits per byte, so there is no gain to trade"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = change.domain_draws / reference.domain_draws
    ratio = _estimate(0 + change.domain.value / reference.domain.value, ratios[np.isfinite(ratios)])
    # 0 minus, since the base's gain would be printed as -0.
    gain = _estimate(0 - change.domain.value, 0 - change.domain_draws)
    return Measured(
        point, gain, _estimate(change.worst_value, change.worst_draws), change.worst, change.channels, ratio
    )


def _choose(points: Sequence[Measured], among: Sequence[int] | range, tolerance: float) -> tuple[int, bool]:
    """The position of the point with the largest gain within the tolerance, and whether there is one.

    Without one: the largest gain minus forgetting. Equal points: the larger weight, so the model that is
    not merged where a merge changes nothing.
    """
    within = [
        number
        for number in among
        if points[number].forgetting.value <= tolerance and points[number].gain.value > _FINE
    ]
    if within:
        return max(within, key=lambda n: (points[n].gain.value, points[n].point.weight)), True
    return max(among, key=lambda n: points[n].gain.value - points[n].forgetting.value), False


def _undominated(points: Sequence[Measured]) -> list[int]:
    """Positions of the points such that no other has more gain and no more forgetting, by gain."""
    found = []
    for number, one in enumerate(points):
        gain, lost = one.gain.value, one.forgetting.value
        if not any(
            other.gain.value >= gain
            and other.forgetting.value <= lost
            and (other.gain.value > gain or other.forgetting.value < lost)
            for other in points
        ):
            found.append(number)
    return sorted(found, key=lambda n: points[n].gain.value)


def _estimate(value: float, draws: np.ndarray) -> Estimate:
    return Estimate(float(value), *interval(draws))


def _plain(value: Estimate) -> dict[str, float]:
    return {"value": value.value, "low": value.low, "high": value.high}
