"""A study as lines."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rewarm.laws import fit_file, report
from rewarm.pilots import cost
from rewarm.pilots.command import Studied
from rewarm.pilots.design import TARGET_WIDTH
from rewarm.pilots.study import Study


def plan_lines(study: Study, level: str) -> Iterator[str]:
    """Design and cost, before anything runs."""
    domain = study.entries[study.domain]
    design, price = study.design, cost.of_level(study, level)
    shares = ", ".join(f"{mix[study.domain]:.3g}" for mix in design.mixes)
    yield f"design    {len(design.mixes)} mixes of {', '.join(study.entries)}; share of {domain}: {shares}"
    yield (
        f"          expected 90 % interval of a loss: {100 * design.width:.0f} % of its range over mixes "
        f"(target {100 * TARGET_WIDTH:.0f} %; evenly spread mixes {100 * design.width_uniform:.0f} %)"
    )
    rates = ", ".join(f"{rate:g}" for rate in study.rates)
    merged = f", {price.merged} merged models" if price.merged else ""
    yield (
        f"cost      {price.runs} runs of {study.tokens:,} tokens{merged}; learning rates {rates}; "
        f"{price.operations:.2g} operations, {price.disk / 1e9:.1f} GB of models"
    )


def plan_values(study: Study, level: str) -> dict[str, Any]:
    """What `--dry-run --json` prints."""
    return {
        "study": str(study.folder),
        "entries": study.entries,
        "domain": study.entries[study.domain],
        "level": level,
        "rates": study.rates,
        "tokens": study.tokens,
        "design": asdict(study.design),
        "cost": asdict(cost.of_level(study, level)),
        "pilots": [pilot.name for pilot in study.pilots(level)],
    }


def values(study: Study, found: Studied) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "study": str(study.folder),
        "design": asdict(study.design),
        "rates": [
            {
                "rate": one.rate,
                "fit": str(one.file),
                "losses": fit_file.values(one.fit),
                "ranges": one.ranges,
                "advice": None if one.advice is None else asdict(one.advice),
                "refused": one.refused or None,
            }
            for one in found.forecasts
        ],
        "advised_rate": None if found.chosen is None else found.chosen.rate,
        "confirmed": [{**asdict(one), "inside": one.inside} for one in found.confirmed],
        "agreement": [asdict(row) for row in found.agreement],
    }


def lines(study: Study, found: Studied) -> Iterator[str]:
    for one in found.forecasts:
        yield f"rate {one.rate:g}"
        for loss, choice in one.fit.choices.items():
            yield f"  {loss}: {choice.law.name}, held-out error {100 * choice.error:.2f} %"
        if one.advice is None:
            yield f"  no advice: {one.refused}"
        else:
            yield from (f"  {line}" for line in report.advice_lines(one.advice))
        yield f"  fit in {one.file}"
    if found.chosen is not None and len(found.forecasts) > 1:
        domain = study.entries[study.domain]
        yield f"advised: rate {found.chosen.rate:g}, the lowest forecast loss of {domain}"
    for confirmed in found.confirmed:
        verdict = "inside" if confirmed.inside else "OUTSIDE"
        yield (
            f"confirmed {confirmed.loss:<20}forecast {confirmed.forecast:.4f}   90 % {confirmed.low:.4f} to "
            f"{confirmed.high:.4f}   measured {confirmed.measured:.4f}   {verdict}   width "
            f"{100 * confirmed.width:.0f} % of the range"
        )
    for row in found.agreement:
        yield (
            f"{row.level} against full, rate {row.rate:g}, {row.loss}: Spearman {row.spearman:.3f} over "
            f"{row.mixes} mixes, regret {row.regret:.4f}"
        )
