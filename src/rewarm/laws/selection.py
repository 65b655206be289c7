"""Choose the form of a law by cross-validation on the pilots, and nothing else.

Whole mixes are left out (or whole runs, where there is one mix), because a mix that was trained at another
length tells a law too much about itself. Up to `LEAVE_ONE_OUT` groups are left out one by one, more in
`FOLDS` parts. The error is the root mean square of the difference of log losses, so roughly a relative
error. A form with fewer parameters is preferred where it is at most 2 % worse. Two repeated runs differ by
the noise, so an error below the noise is reported as the noise.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewarm.laws.catalogue import LAWS
from rewarm.laws.forms import boosting
from rewarm.laws.law import Fitted, Law, NotEnoughPilots, refusal
from rewarm.laws.noise import seed_noise
from rewarm.laws.points import Points

Array = NDArray[np.float64]
LEAVE_ONE_OUT, FOLDS = 10, 5
NEARLY = 1.02
DRAWS = 200


@dataclass(frozen=True)
class Candidate:
    """A form and its cross-validated error, or why it has none."""

    form: str
    size: int
    error: float | None
    refused: str | None = None


@dataclass(frozen=True)
class Choice:
    """
    Attributes:
        noise: standard deviation of log losses between repeated runs, None if not measured.
        candidates: the chosen form first, then by error.
        misfit: what the held-out error has beyond the fit's own spread, as a standard deviation of log
            losses. A form that is slightly wrong has small residuals and a larger error on unseen mixes.
    """

    law: Law
    fitted: Fitted
    noise: float | None
    candidates: list[Candidate]
    misfit: float = 0.0

    def draws(self, points: Points, seed: int) -> Array:
        """float64 [draws, rows]: losses of new runs, at least as spread as the held-out error."""
        drawn = self.fitted.draws(points, seed)
        # One error for all rows: a wrong form is wrong by similar amounts at neighbouring shares.
        errors = np.random.default_rng(seed + 2).standard_normal((len(drawn), 1))
        return np.asarray(drawn * np.exp(self.misfit * errors))

    @property
    def error(self) -> float:
        """The cross-validated relative error, at least the noise between repeated runs."""
        found = next(one.error for one in self.candidates if one.form == self.law.name)
        return max(found or 0.0, self.noise or 0.0)


def choose(
    points: Points,
    losses: Array,
    *,
    forms: Iterable[Law] = LAWS,
    seed: int = 0,
    draws: int = DRAWS,
    tell: Callable[[str], None] = lambda _: None,
) -> Choice:
    """Cross-validate every form that the inputs allow and fit the best one to all rows.

    Raises:
        NotEnoughPilots: no form can be fitted; the text has the reason of each.
    """
    noise = seed_noise(points, losses)
    candidates: list[tuple[Candidate, Law]] = []
    for law in forms:
        reason = refusal(law, points)
        if law.name == boosting.LAW.name and reason is None and not boosting.installed():
            reason = "lightgbm is not installed; pip install 'rewarm[laws]'"
        if reason is None:
            tell(law.name)
            try:
                error = held_out_error(law, points, losses, noise or 0.0, seed)
                candidates.append((Candidate(law.name, law.size(points), error), law))
                continue
            except NotEnoughPilots as too_few:
                reason = str(too_few).removeprefix(f"{law.name}: ") + " (while one part is left out)"
        size = law.size(points) if all(map(points.has, law.needs)) else 0
        candidates.append((Candidate(law.name, size, None, reason), law))
    measured = [(one, law) for one, law in candidates if one.error is not None]
    if not measured:
        told = "; ".join(f"{one.form}: {one.refused}" for one, _ in candidates)
        raise NotEnoughPilots(f"not enough pilots to say. {told}. Run more mixes, or restrict the forms")
    least = min(one.error or 0.0 for one, _ in measured)
    near = [pair for pair in measured if (pair[0].error or 0.0) <= NEARLY * least]
    law = min(near, key=lambda pair: (pair[0].size, pair[0].error))[1]
    fitted = law.fit(points, losses, noise=noise or 0.0, draws=draws, seed=seed)
    misfit = 0.0
    if draws:
        spread = float(np.sqrt(np.log(fitted.draws(points, seed)).var(axis=0).mean()))
        held_out = next(one.error for one, form in measured if form is law) or 0.0
        misfit = float(np.sqrt(max(0.0, held_out**2 - spread**2)))
    rows = [one for one, _ in candidates]
    rows.sort(key=lambda one: (one.form != law.name, one.error is None, one.error or 0.0))
    return Choice(law, fitted, noise, rows, misfit)


def held_out_error(law: Law, points: Points, losses: Array, noise: float, seed: int) -> float:
    """Root mean square of the differences of log losses on groups that the fit did not see.

    Raises:
        NotEnoughPilots: a fit without one part is not determined, or there is only one group.
    """
    groups = points.mixes()
    count = int(groups.max()) + 1
    if count < 2:
        raise NotEnoughPilots(f"{law.name}: all rows have one mix and one run")
    parts = count if count <= LEAVE_ONE_OUT else FOLDS
    part = (np.random.default_rng(seed).permutation(count) % parts)[groups]
    squares = np.empty(len(losses))
    for left_out in range(parts):
        seen, unseen = np.flatnonzero(part != left_out), np.flatnonzero(part == left_out)
        fitted = law.fit(points.take(seen), losses[seen], noise=noise, draws=0, seed=seed)
        squares[unseen] = (np.log(fitted.predict(points.take(unseen))) - np.log(losses[unseen])) ** 2
    return float(np.sqrt(squares.mean()))
