"""A peak rate that would damage the base, before anything is trained."""

from collections.abc import Iterator

from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject
from rewarm.train import lora, rates


def check(subject: Subject, parameters: int) -> Iterator[Finding]:
    """A warning for each stage whose peak is far above what suits a base of this many parameters."""
    train = subject.recipe.train
    of = lora if train.lora else rates
    limit = of.too_high(parameters, train.batch_tokens)
    auto, why = of.peak_rate(parameters, "strong", train.batch_tokens)
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
