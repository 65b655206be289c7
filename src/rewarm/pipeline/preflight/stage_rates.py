"""A peak rate that would damage the base, before anything is trained."""

from collections.abc import Iterator

from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject
from rewarm.recipe import reading
from rewarm.train import rates


def check(subject: Subject, parameters: int) -> Iterator[Finding]:
    """A warning for each stage whose peak is far above what suits a base of this many parameters."""
    lora, batch = bool(subject.recipe.train.lora), reading.batch_size(subject.recipe)[0]
    limit = rates.too_high(parameters, batch, lora)
    auto, why = rates.suiting(lora)(parameters, "strong", batch)
    for number, stage in enumerate(subject.recipe.stages):
        peak = stage.schedule.peak
        if peak == "auto" or peak <= limit:
            continue
        yield Finding(
            "warning",
            "stages.rate",
            subject.at("stages", number),
            f"stage '{stage.name}' has a peak rate of {peak:g}, {peak / auto:.0f} times what `auto` takes "
            f"({why}): the base forgets, or the loss diverges.",
            "Set schedule.peak: auto, or try the rate in a run of few tokens.",
        )
