"""Turn fitted laws into a domain share: the lowest domain loss at a tolerated general loss.

Shares are searched within the range of the pilots, never beyond; the other sources keep their mean
proportions. Limited domain text enters through repetition: own tokens beyond the unique ones count as
`effective_tokens`, unless the chosen law was fitted with `unique_tokens` itself. The interval of the share
is that over bootstrap draws of all laws. No advice is given where the laws do not determine it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewarm.errors import RewarmError
from rewarm.laws.assumptions import assumptions
from rewarm.laws.fit_file import Fit
from rewarm.laws.law import NotEnoughPilots
from rewarm.laws.run_inputs import run_inputs

Array = NDArray[np.float64]
GRID = 101
LEVEL = 0.9
# Between two shares, the form alone would decide.
LEAST_SHARES = 3
PARTS = (0.1, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Question:
    """
    Attributes:
        domain: the source, and its loss, to be learned.
        general: the losses to be kept; all others by default.
        tolerate: nats that each of them may rise above the base.
        tokens: training tokens (the compute budget: 6 x size x tokens operations); the most of the pilots
            by default.
        domain_tokens: unique tokens of the domain, if limited.
    """

    domain: str = "domain"
    general: tuple[str, ...] = ()
    tolerate: float = 0.01
    tokens: float | None = None
    domain_tokens: float | None = None


@dataclass(frozen=True)
class Forecast:
    """A loss at the advised share, and the 90 % interval of a new run.

    reference: the loss of the base; curve: the expected loss at each part of the run in `PARTS`.
    """

    loss: str
    value: float
    low: float
    high: float
    reference: float
    curve: list[float]


@dataclass(frozen=True)
class Advice:
    """share: of the domain, with its 90 % interval; epochs: passes over the domain's unique tokens."""

    share: float
    low: float
    high: float
    tokens: float | None
    epochs: float | None
    forecasts: list[Forecast]
    assumptions: list[str]


def advise(fit: Fit, question: Question) -> Advice:
    """The best share.

    Raises:
        RewarmError: unknown names, or no share in the pilots' range keeps the general losses.
        NotEnoughPilots: the interval of a loss is wider than its range over all shares.
    """
    general = _general(fit, question)
    shares = _grid(fit, question.domain)
    tokens = _tokens(fit, question)
    losses = (question.domain, *general)
    points = {loss: run_inputs(fit, loss, question.domain, shares, tokens, question.domain_tokens)
              for loss in losses}  # fmt: skip
    fitted = {loss: fit.choices[loss].fitted for loss in losses}
    expected = {loss: fitted[loss].predict(points[loss]) for loss in losses}
    spread = {loss: fitted[loss].expected(points[loss], 0) for loss in losses}
    reference = {loss: fit.pilots.base.get(loss, float(expected[loss][0])) for loss in losses}
    best = _best(expected, reference, question, general)
    if best is None:
        rises = {loss: expected[loss] - reference[loss] for loss in general}
        least = min(rises, key=lambda loss: -rises[loss].min())
        at = int(rises[least].argmin())
        raise RewarmError(
            f"no domain share from {shares[0]:.3g} to {shares[-1]:.3g} keeps {least} within "
            f"{question.tolerate:g}: the least rise is {rises[least][at]:.4f}, at {shares[at]:.3g}. "
            "Tolerate more, train on fewer tokens, or run pilots with less domain text"
        )
    forecasts = []
    for loss in losses:
        low, high = _interval(fit.choices[loss].draws(points[loss], 0), best)
        curve = [
            float(fitted[loss].predict(
                run_inputs(fit, loss, question.domain, shares[[best]], tokens, question.domain_tokens, part)
            )[0])
            for part in PARTS
        ]  # fmt: skip
        forecasts.append(Forecast(loss, float(expected[loss][best]), low, high, reference[loss], curve))
    _determined(forecasts, expected, question)
    low, high = _share_interval(spread, expected, reference, question, general, shares, best)
    own = None if tokens is None else float(shares[best]) * tokens
    epochs = own / question.domain_tokens if own is not None and question.domain_tokens else None
    told = assumptions(fit, losses, tokens, question.domain_tokens, best in (0, len(shares) - 1))
    return Advice(float(shares[best]), low, high, tokens, epochs, forecasts, told)


def _general(fit: Fit, question: Question) -> tuple[str, ...]:
    general = question.general or tuple(name for name in fit.choices if name != question.domain)
    for name in (question.domain, *general):
        if name not in fit.choices:
            raise RewarmError(
                f"loss {name!r} has no fit; fitted are {', '.join(fit.choices)}. Name one of them"
            )
    if question.domain not in fit.pilots.names:
        raise RewarmError(
            f"--domain: {question.domain!r} is not one of the sources {', '.join(fit.pilots.names)}"
        )
    return general


def _grid(fit: Fit, domain: str) -> Array:
    own = fit.pilots.shares[:, fit.pilots.names.index(domain)]
    different = len(np.unique(own.round(9)))
    if different < LEAST_SHARES:
        raise NotEnoughPilots(
            f"not enough pilots to say: {different} different domain shares, from {own.min():.3g} to "
            f"{own.max():.3g}. Run pilots with {LEAST_SHARES} or more"
        )
    return np.linspace(own.min(), own.max(), GRID)


def _tokens(fit: Fit, question: Question) -> float | None:
    known = fit.pilots.columns.get("tokens")
    if known is None:
        if question.tokens or question.domain_tokens:
            raise RewarmError(
                "--budget, --domain-tokens: the pilots have no column tokens. Add it and fit again"
            )
        return None
    return question.tokens or float(known.max())


def _best(
    losses: dict[str, Array], reference: dict[str, float], question: Question, general: tuple[str, ...]
) -> int | None:
    """The place of the least domain loss where every general loss is tolerated."""
    kept = np.all([losses[loss] - reference[loss] <= question.tolerate for loss in general], axis=0)
    if general and not np.any(kept):
        return None
    domain = np.where(kept, losses[question.domain], np.inf) if general else losses[question.domain]
    return int(np.argmin(domain))


def _share_interval(
    spread: dict[str, Array],
    expected: dict[str, Array],
    reference: dict[str, float],
    question: Question,
    general: tuple[str, ...],
    shares: Array,
    best: int,
) -> tuple[float, float]:
    """The share that each bootstrap draw would advise; a draw without one counts as the least share."""
    count = min(len(draws) for draws in spread.values())
    found = []
    for draw in range(count):
        losses = {loss: draws[draw] for loss, draws in spread.items()}
        # Without a measured base, the reference is the law's own value at the least share.
        moved = {
            loss: value if value != float(expected[loss][0]) else float(losses[loss][0])
            for loss, value in reference.items()
        }
        place = _best(losses, moved, question, general)
        found.append(shares[0 if place is None else place])
    low, high = np.percentile(found, [5, 95])
    return min(float(low), float(shares[best])), max(float(high), float(shares[best]))


def _interval(draws: Array, place: int) -> tuple[float, float]:
    low, high = np.percentile(draws[:, place], [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)


def _determined(forecasts: list[Forecast], expected: dict[str, Array], question: Question) -> None:
    """Refuse advice that rests on a loss that the pilots do not determine."""
    for one in forecasts:
        kept = one.loss != question.domain and one.high <= one.reference + question.tolerate
        span = float(np.ptp(expected[one.loss]))
        if not kept and one.high - one.low > span:
            raise NotEnoughPilots(
                f"not enough pilots to say: the interval of {one.loss} ({one.low:.4f} to {one.high:.4f}) "
                f"is wider than its range over all shares ({span:.4f}). Run more mixes, repeat one mix with "
                "several seeds, or train the pilots longer"
            )
