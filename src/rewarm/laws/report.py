"""Fits and advice as lines."""

from collections.abc import Iterator

from rewarm.laws.advice import PARTS, Advice
from rewarm.laws.fit_file import Fit


def fit_lines(fit: Fit) -> Iterator[str]:
    for name, choice in fit.choices.items():
        error = f"{100 * choice.error:.3f} %"
        noise = "not measured" if choice.noise is None else f"{100 * choice.noise:.3f} %"
        yield f"{name}: {choice.law.name}, held-out error {error}, noise between runs {noise}"
        for one in choice.candidates:
            told = one.refused if one.error is None else f"{100 * one.error:.3f} %   {one.size} parameters"
            yield f"  {one.form:<20}{told}"
        for parameter in choice.fitted.estimates():
            interval = (
                "" if parameter.low == parameter.high else f"{parameter.low:.4g} to {parameter.high:.4g}"
            )
            yield f"    {parameter.name:<28}{parameter.value:<12.4g}{interval}"


def advice_lines(advice: Advice) -> Iterator[str]:
    tokens = "" if advice.tokens is None else f" of {advice.tokens:,.0f} tokens"
    epochs = "" if advice.epochs is None else f"   {advice.epochs:.1f} epochs of the domain"
    yield (f"domain share {advice.share:.3f}{tokens}   90 % {advice.low:.3f} to {advice.high:.3f}{epochs}")
    for one in advice.forecasts:
        yield (
            f"{one.loss:<20}{one.value:.4f}   90 % {one.low:.4f} to {one.high:.4f}   "
            f"{one.value - one.reference:+.4f} against {one.reference:.4f}"
        )
    parts = " / ".join(f"{100 * part:.0f}" for part in PARTS)
    for one in advice.forecasts:
        yield f"{one.loss} at {parts} % of the run: {' / '.join(f'{value:.4f}' for value in one.curve)}"
    for line in advice.assumptions:
        yield f"assumed: {line}"
