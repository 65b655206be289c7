"""What an advice rests on and cannot check; printed with it."""

from collections.abc import Iterable

from rewarm.laws.fit_file import Fit
from rewarm.laws.forms.repetition import PUBLISHED_HALF_LIFE

# Beyond this factor of the longest pilot, published laws are no longer within their measured error.
FAR = 4.0


def assumptions(
    fit: Fit, losses: Iterable[str], tokens: float | None, domain_tokens: float | None, at_end: bool
) -> list[str]:
    told = [
        "The base's pre-training data are not known: the general losses of the pilots stand for them.",
        "The base's schedule is not known: it is taken as fully decayed, and the run uses the pilots' rate "
        "and warm-up.",
    ]
    for loss in losses:
        if loss not in fit.pilots.base:
            told.append(
                f"No row has 0 tokens, so {loss} is compared with the law's value at the least domain share."
            )
        if fit.choices[loss].noise is None:
            told.append(
                f"No mix was repeated, so the noise of {loss} between runs is not measured: the residuals "
                "stand for it."
            )
    longest = fit.pilots.columns.get("tokens")
    if tokens is not None and longest is not None and tokens > FAR * longest.max():
        told.append(
            f"The budget is {tokens / longest.max():.1f} times the longest pilot: the intervals do not "
            "include the error of extrapolating the form."
        )
    if domain_tokens is not None and not any(fit.choices[loss].law.name == "repetition" for loss in losses):
        told.append(
            f"Repeated domain tokens lose value as in pre-training from scratch (R* = {PUBLISHED_HALF_LIFE})."
        )
    if at_end:
        told.append("The advised share is at the end of the pilots' range: the best may lie beyond.")
    if len(fit.pilots.names) > 2:
        told.append("The other sources keep their mean proportions of the pilots.")
    return told
