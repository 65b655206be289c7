"""A peak rate that is too high: by its size, by what the losses do, or by what the guard had to do."""

from collections.abc import Iterator

import numpy as np

from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules import shape
from rewarm.diagnose.view import View

SWINGS = 2.5  # times the noise of the stage's second half


def oscillating(view: View) -> Iterator[Finding]:
    """Swings around the trend in the first half, while the rate is high, far above those of the second."""
    for one in view.series:
        if one.axis != "all" or len(one.single) < 32:
            continue
        half = len(one.single) // 2
        first, second = (_swing(part) for part in (one.single[:half], one.single[half:]))
        norms = one.norms[np.isfinite(one.norms)]
        heavy = float(np.quantile(norms, 0.95) / max(1e-9, np.median(norms))) if len(norms) else 1.0
        if second > 0 and first > SWINGS * second:
            yield Finding(
                "oscillating", "warning", "all", one.stage,
                f"the loss swings {first / second:.1f} times as much in the first half as in the second",
                "The peak rate is too high: halve stages.schedule.peak.", 0.8,
                {"first": first, "second": second, "gradient_norm_tail": heavy},
            )  # fmt: skip


def rate_high(view: View) -> Iterator[Finding]:
    """The peak is one from which on a base of this size is damaged, or it damaged this one: general text is
    forgotten, and the domain, too, rose before it fell."""
    rates = view.run.json("train", "_rates.json") or {"peaks": {}}
    for stage, peak in rates["peaks"].items():
        if peak > rates["too_high"]:
            yield Finding(
                "rate-high", "warning", "all", stage,
                f"the peak rate is {peak:g}, {peak / rates['auto']:.0f} times what `auto` takes here",
                f"Set stages.schedule.peak: auto ({rates['auto']:g}).", 0.9,
                {"peak": peak, "auto": rates["auto"], "too_high": rates["too_high"]},
            )  # fmt: skip
            return
    worse = [one.value for one in view.generals if view.measured(one).rises(2 * one.least)]
    for one in view.domains if worse else []:
        found = shape.hump(view, one)
        if found is not None:
            yield Finding(
                "rate-high", "warning", "all", one.stage,
                f"{', '.join(worse)} is forgotten, and {one.value} rose too, by "
                f"{found.rise:.2f} {found.unit}, until update {found.update}",
                "The peak rate is too high: halve stages.schedule.peak until the domain falls at once.", 0.8,
                {"rise": found.rise, "update": float(found.update)},
            )  # fmt: skip
            return


def rate_lowered(view: View) -> Iterator[Finding]:
    """The guard found the weights diverged, went back and lowered the rate."""
    cuts = [one for one in view.run.incident_rows if "rate x" in one["action"]]
    if cuts:
        yield Finding(
            "rate-lowered", "warning", "all", cuts[0]["stage"],
            f"the guard {cuts[-1]['action']} (incident {len(cuts)} of this kind)",
            "The peak rate is too high: start again with half of stages.schedule.peak or less.", 0.95,
            {"times": float(len(cuts)), "from_update": float(cuts[0]["update"])},
        )  # fmt: skip


def _swing(values: np.ndarray) -> float:
    """Robust standard deviation of neighbouring updates' differences."""
    return 1.4826 * float(np.median(np.abs(np.diff(values)))) / float(np.sqrt(2))
