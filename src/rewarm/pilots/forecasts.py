"""Laws fitted to a study's losses, one fit for each rate, and what they advise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rewarm.errors import RewarmError
from rewarm.laws import advice, fit_file
from rewarm.laws import pilots as table
from rewarm.laws.advice import Advice, Question
from rewarm.laws.catalogue import LAWS
from rewarm.laws.fit_file import Fit
from rewarm.laws.law import Law
from rewarm.laws.run_inputs import run_inputs
from rewarm.pilots import measured
from rewarm.pilots.measured import Row
from rewarm.pilots.study import Study


@dataclass(frozen=True)
class Forecast:
    """A fit at one rate. advice: None where the pilots do not allow any, for the reason in `refused`; ranges:
    of each expected loss over the shares of the pilots, nats."""

    rate: float
    fit: Fit
    file: Path
    advice: Advice | None
    refused: str
    ranges: dict[str, float]


def forecast(
    study: Study,
    level: str,
    rows: dict[float, list[Row]],
    tolerate: float,
    general: Sequence[str] = (),
    forms: Sequence[Law] = LAWS,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Forecast]:
    """Fit and advise at every rate; pilots and fits are written into the study's folder."""
    domain = study.entries[study.domain]
    found = []
    for rate, own in rows.items():
        path = study.folder / f"{level}-rate{rate:g}.jsonl"
        measured.write(own, path)
        fit = fit_file.fit(table.read(path), forms=forms, tell=tell)
        file = path.with_suffix(".fit.json")
        fit_file.write(fit, file)
        question = Question(domain, tuple(general), tolerate)
        try:
            answer, refused = advice.advise(fit, question), ""
        except RewarmError as error:
            answer, refused = None, str(error)
        found.append(Forecast(rate, fit, file, answer, refused, _ranges(fit, domain)))
    return found


def best(forecasts: Sequence[Forecast], domain: str) -> Forecast | None:
    """The rate with the lowest forecast domain loss among those with an advice."""
    advised = [one for one in forecasts if one.advice is not None]
    return min(advised, key=lambda one: _loss(one, domain), default=None)


def _loss(one: Forecast, domain: str) -> float:
    assert one.advice is not None
    return next(loss.value for loss in one.advice.forecasts if loss.loss == domain)


def _ranges(fit: Fit, domain: str) -> dict[str, float]:
    own = fit.pilots.shares[:, fit.pilots.names.index(domain)]
    shares = np.linspace(own.min(), own.max(), advice.GRID)
    tokens = float(fit.pilots.columns["tokens"].max())
    return {
        loss: float(np.ptp(choice.fitted.predict(run_inputs(fit, loss, domain, shares, tokens, None))))
        for loss, choice in fit.choices.items()
    }
