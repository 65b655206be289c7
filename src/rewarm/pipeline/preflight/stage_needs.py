"""Memory and time of every stage, printed before anything runs; what machine or base cannot hold."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rewarm.engine.durations import duration
from rewarm.errors import RewarmError
from rewarm.model import base, gguf_header
from rewarm.pipeline.preflight import budget, stage_rates
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject
from rewarm.plan import memory, stage_needs
from rewarm.plan.stage_needs import StageNeed

# Of the speed of one large matrix product, what training reaches on a CPU; measured between 0.35 and 0.6.
_EFFICIENCY = 0.5


def check(subject: Subject) -> Iterator[Finding]:
    """A note a stage, and warnings for too little memory and for sequences beyond the base's positions."""
    found = base.on_disk(subject.recipe.model, subject.folder) if subject.trains else None
    if found is None:
        return
    model = None
    with suppress(OSError, ValueError, KeyError, RewarmError):
        model, positions = memory.shapes(found), _positions(found)
    if model is None:
        return
    from rewarm.model.precision import native_bf16

    yield from stage_rates.check(subject, model.parameters)
    recipe = subject.recipe
    if recipe.vocabulary is not None:
        model = stage_needs.extended(model, recipe.vocabulary.tokens)
    on_cpu = _on_cpu(recipe.train.device)
    if on_cpu and recipe.train.precision == "bf16" and not native_bf16():
        recipe = recipe.model_copy(update={"train": recipe.train.model_copy(update={"precision": "fp32"})})
    speed = _speed() if on_cpu else None
    needs = stage_needs.of_recipe(recipe, model)
    for number, (need, tokens) in enumerate(zip(needs, budget.stage_tokens(subject), strict=True)):
        where, asked = subject.at("stages", number), recipe.stages[number].tokens
        operations = need.operations * tokens / asked
        trained = f"all {asked:,}" if tokens == asked else f"about {budget.rounded(tokens)} of its {asked:,}"
        size = need.process if on_cpu else need.device
        time = f"; about {duration(operations / speed)} on this CPU" if speed else ""
        what = (
            f"stage '{need.stage}' at {need.seq_len:,} tokens: an estimated {size / 1e9:.2f} GB of memory, "
            f"{operations:.2g} operations{time} for {trained} tokens."
        )
        yield Finding("note", "stages.need", where, what)
        yield from _too_large(need, where, on_cpu)
        known = recipe.stages[number].rope is not None or any(one.rope for one in recipe.stages[:number])
        if positions and need.seq_len > positions and not known:
            yield Finding(
                "warning",
                "stages.rope",
                where,
                f"stage '{need.stage}' has sequences of {need.seq_len:,} tokens, and the base was trained "
                f"for {positions:,} positions.",
                "Set the stage's rope, as in {type: default, theta: 1e6}.",
            )


def _positions(model: Path) -> int | None:
    """For how many the base was trained; None where a folder does not say. A GGUF file says it itself."""
    if model.is_dir():
        length: int | None = json.loads((model / "config.json").read_text()).get("max_position_embeddings")
        return length
    settings = gguf_header.read(model).settings
    return int(settings[f"{settings['general.architecture']}.context_length"])


def _too_large(need: StageNeed, where: str, on_cpu: bool) -> Iterator[Finding]:
    if not on_cpu:
        return
    import psutil

    free = psutil.virtual_memory().available
    if need.process > free:
        yield Finding(
            "warning",
            "stages.memory",
            where,
            f"stage '{need.stage}' needs an estimated {need.process / 1e9:.1f} GB, and {free / 1e9:.1f} GB "
            "are free.",
            "Set train.activation_checkpointing: true, lower train.micro_batch, or use train.lora.",
        )


def _on_cpu(device: str) -> bool:
    if device != "auto":
        return device == "cpu"
    import torch

    return not torch.cuda.is_available()


def _speed() -> float:
    """Operations per second that training can expect here, from one matrix product of a few milliseconds."""
    from time import perf_counter

    import numpy as np

    side = 768
    table = np.ones((side, side), np.float32)
    best = 0.0
    for _ in range(3):
        began = perf_counter()
        table @ table
        best = max(best, 2 * side**3 / (perf_counter() - began))
    return _EFFICIENCY * best
