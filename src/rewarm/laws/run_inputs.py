"""Inputs of the laws for a run that is to be predicted: a domain share, tokens, limited domain text."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rewarm.laws.fit_file import Fit
from rewarm.laws.forms.repetition import effective_tokens
from rewarm.laws.points import Points
from rewarm.laws.schedules import Schedules

Array = NDArray[np.float64]


def run_inputs(
    fit: Fit,
    loss: str,
    domain: str,
    shares: Array,
    tokens: float | None,
    domain_tokens: float | None,
    part: float = 1.0,
) -> Points:
    """One row per domain share, at a part of the run.

    The other sources keep their mean proportions of the pilots; other columns have the pilots' greatest
    value. Own tokens beyond `domain_tokens` count as `effective_tokens` for the domain's loss, which
    lowers both the own share and the number of tokens. With schedules, the run follows the longest one.
    """
    pilots, place, rows = fit.pilots, fit.pilots.names.index(domain), len(shares)
    others = np.delete(pilots.shares, place, axis=1).sum(axis=0)
    others = others / others.sum() if others.sum() else np.full(len(others), 1 / max(1, len(others)))
    weight, total = shares, np.ones(rows)
    if tokens is not None:
        own = shares * tokens * part
        other = (1 - shares) * tokens * part
        if domain_tokens is not None and loss == domain and fit.choices[loss].law.name != "repetition":
            own = effective_tokens(own, np.full(rows, domain_tokens))
        total = own + other
        weight = own / total
    mix = np.insert((1 - weight)[:, None] * others[None], place, weight, axis=1)
    columns = {name: np.full(rows, values.max()) for name, values in pilots.columns.items()}
    if tokens is not None:
        columns["tokens"] = total
    if "unique_tokens" in columns and domain_tokens is not None:
        columns["unique_tokens"] = np.full(rows, domain_tokens)
    own_place = pilots.names.index(loss) if loss in pilots.names else None
    points = Points(pilots.names, mix, own_place, columns, None, np.zeros(rows, dtype=np.int64))
    if pilots.schedules is None:
        return points
    rates = pilots.schedules.rates
    longest = int(np.argmax([len(one) for one in rates]))
    step = np.full(rows, round(part * (len(rates[longest]) - 1)), dtype=np.int64)
    return replace(points, schedules=Schedules(rates, np.full(rows, longest, dtype=np.int64), step))
