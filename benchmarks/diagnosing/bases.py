"""The bases of the runs, each with its own corpora and rate.

A Llama of 0.6 M weights, pre-trained here until its loss is nearly flat, and SmolLM2-135M. Both also exist
as a base that has read some passages many times, for the runs whose domain is known already.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from support import smollm2
from support.smoke import SMOKE

from diagnosing import base_model, texts
from diagnosing.texts import Half


@dataclass(frozen=True)
class Base:
    """folder: of the runs, within the work folder; model: as a recipe names it, none if it is pre-trained
    here; rate: peak of a clean run; batch_tokens: of an update; memorising: how it learns passages by heart.
    """

    folder: str
    model: str | None
    halves: Mapping[str, Half]
    rate: float
    batch_tokens: int
    precision: str
    memorising: base_model.Training


SMALL = Base(
    ".", None, texts.HALVES, rate=5e-4, batch_tokens=512 if SMOKE else 1024, precision="fp32",
    memorising=base_model.Training(
        {"known": 0.7, "manuals": 0.1, "prose-zh": 0.1, "code": 0.1}, updates=2 if SMOKE else 200,
        sequences=32, peak=3e-3, final=4e-4,
    ),
)  # fmt: skip
# The rate is what `peak: auto` gives for its size and these updates.
LARGE = Base(
    "large", smollm2.MODEL, texts.LARGE_HALVES, rate=1e-4, batch_tokens=512, precision="bf16",
    memorising=base_model.Training(
        {"known": 0.7, "encyclopedia": 0.2, "code": 0.1}, updates=200, sequences=8, peak=3e-4, final=3e-5,
        precision="bf16",
    ),
)  # fmt: skip


def prepare(base: Base, work: Path, updates: int, knowing: bool) -> tuple[str, str]:
    """The base, and the one that knows the passages, as a recipe names them; trained in `work` where they are
    not there. updates: of the pre-training of a base that has none; knowing: whether the second is needed."""
    work.mkdir(parents=True, exist_ok=True)
    model = base.model
    if model is None:
        base_model.build(work / "base", updates)
        model = str(work / "base")
    second = work / "base-knowing"
    if knowing:
        known = [text for half in base.halves.values() for text in texts.known(half)]
        base_model.build_knowing(second, model, known, base.memorising)
    return model, str(second)
