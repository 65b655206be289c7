"""What training at a stage's sequence length takes: memory and operations, before it runs.

Memory on a CPU is what `memory.py` counts, plus the process itself: Python, torch, transformers and what
they load by the time that they train (measured: 0.75 GB, with a model of 1 MB), plus a checkpoint that is
being written in the background, which is a copy of weights and moments. On a GPU these parts are in host
memory. A run trains all stages in one process, so it needs the largest of them.
"""

from dataclasses import dataclass, replace

from rewarm.plan import compute, memory
from rewarm.plan.memory import Shapes
from rewarm.recipe import Recipe

PROCESS = 0.75e9


@dataclass(frozen=True, slots=True)
class StageNeed:
    """device: bytes where the model is; process: bytes of the whole process, the device being its CPU;
    operations: of all tokens of the stage."""

    stage: str
    seq_len: int
    device: float
    process: float
    operations: float


def of_recipe(recipe: Recipe, model: Shapes) -> list[StageNeed]:
    """A row a stage. model: the base, with the tokens that `vocabulary` adds."""
    train = recipe.train
    found = []
    for stage in recipe.stages:
        seq_len = stage.seq_len or recipe.pack.seq_len
        need = memory.need(model, train, train.micro_batch * seq_len)
        once = compute.work(model, seq_len, "full" if train.activation_checkpointing else "none")
        found.append(
            StageNeed(
                stage.name, seq_len, need.device, PROCESS + need.device + need.host + need.checkpoint,
                once.done * stage.tokens,
            )
        )  # fmt: skip
    return found


def extended(model: Shapes, tokens: int) -> Shapes:
    """The base with rows for new tokens."""
    rows = round(model.tables / (model.vocabulary * model.width)) if model.vocabulary else 1
    added = rows * tokens * model.width
    return replace(
        model, parameters=model.parameters + added, tables=model.tables + added,
        vocabulary=model.vocabulary + tokens,
    )  # fmt: skip
