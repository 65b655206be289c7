"""The chat vector: what instruction tuning changed, added to a continued base.

Huang et al. 2024 (arXiv 2310.04799): result = continued + scale × (instruct − base). It is a linear
combination whose weights sum to one, so `combination.py` computes it. It is valid only where continued and
instruct were trained from this very base: then both differences start at the same point. Where one of the
two was trained from the other, both changes point the same way, and the sum would count it twice: a cosine
above 0.5 between them is refused. A small change inside a large one is below that and is not detected.
"""

from math import isfinite, sqrt
from pathlib import Path

from rewarm.errors import RewarmError
from rewarm.merge import compatibility
from rewarm.merge.weight_files import WeightFiles

_MOST_SHARED = 0.5


def parts(continued: Path, base: Path, instruct: Path, scale: float = 1.0) -> list[tuple[Path, float]]:
    """Models and weights for `combination.combine`; the continued base is the last, so the result is like it.

    Raises RewarmError where a difference is zero, or the models do not descend from this base.
    """
    if not isfinite(scale) or scale == 0:
        raise RewarmError(f"--scale {scale}: give a number that is not 0; 1 adds the whole difference")
    models = {name: WeightFiles(folder) for name, folder in
              (("continued", continued), ("base", base), ("instruct", instruct))}  # fmt: skip
    learned, tuned, shared = _changes(models["base"], models["continued"], models["instruct"])
    if tuned == 0:
        raise RewarmError(f"{instruct} equals {base}: there is no difference to add. Give the instruct model")
    if learned == 0:
        raise RewarmError(f"{continued} equals {base}: nothing was trained; use {instruct} as it is")
    if shared > _MOST_SHARED * learned * tuned:
        raise RewarmError(
            f"{continued} and {instruct} changed {base} in the same direction (cosine "
            f"{shared / learned / tuned:.2f}): one was trained from the other, or the base is another one, "
            "and the sum would count the change twice. Give the base that both were trained from"
        )
    return [(instruct, scale), (base, -scale), (continued, 1.0)]


def _changes(base: WeightFiles, one: WeightFiles, other: WeightFiles) -> tuple[float, float, float]:
    """Length of both changes from the base and their inner product, over a sample of the matrices."""
    product = left = right = 0.0
    for (start, first), (_, second) in zip(
        compatibility.sampled(base, one), compatibility.sampled(base, other), strict=True
    ):
        a, b = first - start, second - start
        product, left, right = product + float(a @ b), left + float(a @ a), right + float(b @ b)
    return sqrt(left), sqrt(right), product
