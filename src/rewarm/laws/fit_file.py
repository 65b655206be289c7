"""Fit one law per loss, and store the fits with their pilots in `fit.json`.

Parameters of formulas and their bootstrap draws are stored. Other forms (Gaussian process, trees) are
fitted again when the file is read, from the stored pilots and with the stored seed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from rewarm.errors import RewarmError
from rewarm.laws import pilots as reading
from rewarm.laws import selection
from rewarm.laws.catalogue import BY_NAME, LAWS
from rewarm.laws.formula import FittedFormula, Formula
from rewarm.laws.law import Law
from rewarm.laws.pilots import Pilots

FORMAT = 1


@dataclass(frozen=True)
class Fit:
    """choices: by the name of the loss."""

    pilots: Pilots
    choices: dict[str, selection.Choice]
    seed: int = 0


def fit(
    pilots: Pilots,
    losses: Iterable[str] = (),
    forms: Iterable[Law] = LAWS,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> Fit:
    """Choose and fit a law for each loss, all of them by default.

    Raises:
        RewarmError: a loss that the pilots do not have, or too few pilots for every form.
    """
    names = list(losses) or list(pilots.losses)
    forms = list(forms)
    choices = {}
    for name in names:
        if name not in pilots.losses:
            raise RewarmError(f"--loss: {name!r} is not one of {', '.join(pilots.losses)}")

        def say(form: str, name: str = name) -> None:
            tell(f"{name}: {form}")

        choices[name] = selection.choose(
            pilots.points(name), pilots.losses[name], forms=forms, seed=seed, tell=say
        )
    return Fit(pilots, choices, seed)


def values(fit: Fit) -> dict[str, Any]:
    """What `--json` prints: everything but pilots and draws."""
    return {
        name: {
            "form": choice.law.name,
            "source": choice.law.source,
            "error": choice.error,
            "noise": choice.noise,
            "misfit": choice.misfit,
            "candidates": [
                {"form": one.form, "parameters": one.size, "error": one.error, "refused": one.refused}
                for one in choice.candidates
            ],
            "parameters": {
                one.name: {"value": one.value, "low": one.low, "high": one.high}
                for one in choice.fitted.estimates()
            },
        }
        for name, choice in fit.choices.items()
    }


def write(fit: Fit, path: Path) -> None:
    told = values(fit)
    for name, choice in fit.choices.items():
        told[name]["state"] = None
        if isinstance(choice.fitted, FittedFormula):
            fitted = choice.fitted
            told[name]["state"] = {
                "places": fitted.places.tolist(),
                "inner": fitted.inner,
                "outer": fitted.outer,
                "freedom": fitted.freedom,
            }
    whole = {"format": FORMAT, "seed": fit.seed, "losses": told, "pilots": fit.pilots.rows}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b"\n")


def load(path: Path) -> Fit:
    """Read `fit.json`.

    Raises:
        RewarmError: the file is missing, of another format, or changed by hand.
    """
    if not path.is_file():
        raise RewarmError(f"{path}: no such file. Make it with: rewarm mix fit PILOTS.csv --out {path}")
    try:
        whole = orjson.loads(path.read_bytes())
        if whole.get("format") != FORMAT:
            raise RewarmError(f"{path}: format {whole.get('format')!r} is not {FORMAT}. Fit the pilots again")
        pilots = reading.from_rows(whole["pilots"], str(path))
        choices = {name: _choice(pilots, name, told, whole["seed"]) for name, told in whole["losses"].items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise RewarmError(
            f"{path}: not written by `rewarm mix fit` ({error}). Fit the pilots again"
        ) from None
    return Fit(pilots, choices, whole["seed"])


def _choice(pilots: Pilots, name: str, told: dict[str, Any], seed: int) -> selection.Choice:
    law, points, losses = BY_NAME[told["form"]], pilots.points(name), pilots.losses[name]
    candidates = [
        selection.Candidate(one["form"], one["parameters"], one["error"], one["refused"])
        for one in told["candidates"]
    ]
    if isinstance(law, Formula):
        state = told["state"]
        places = np.array(state["places"], dtype=np.float64)
        parameters = law.parameters(points)
        fitted = FittedFormula(
            law, parameters, pilots.names, places, state["inner"], state["outer"], state["freedom"]
        )
        return selection.Choice(law, fitted, told["noise"], candidates, told["misfit"])
    again = law.fit(points, losses, noise=told["noise"] or 0.0, draws=selection.DRAWS, seed=seed)
    return selection.Choice(law, again, told["noise"], candidates, told["misfit"])
