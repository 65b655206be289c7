"""What a run's sequences hold, and where each of their tokens comes from."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewarm.corpus.tables import ids
from rewarm.corpus.tables.blocks import Blocks
from rewarm.errors import RewarmError
from rewarm.runs import history
from rewarm.runs.run import Run


@dataclass(frozen=True, slots=True)
class Origin:
    """A token of a sequence. token: in the sequence; document: its ID; place: the token in the document;
    context: the first token that it attends to; documents_before: of the same context."""

    stage: str
    sequence: int
    token: int
    document: str
    place: int
    source: str
    origin: str
    context: int
    documents_before: int


def summary(run: Run) -> dict[str, Any]:
    """By stage: `order`, as `order.json` has it, and `pack`, the stage's entry of the manifest without
    blocks.

    Raises RewarmError when the run has no blocks.
    """
    packed, ordered = run.json("pack", "manifest.json"), run.json("order", "order.json")
    if packed is None or ordered is None:
        raise RewarmError(f"{run.path}: has no blocks yet; `rewarm run RECIPE --until pack` makes them")
    return {
        stage: {
            "order": ordered[stage],
            "pack": {name: value for name, value in entry.items() if name != "blocks"},
        }
        for stage, entry in packed.items()
    }


def origin(run: Run, stage: str, number: int, token: int) -> Origin:
    """The document that a token of a sequence is of. number: of the sequence in the stage.

    The way back, from a document's tokens to sequences, is `Run.explain`. Raises RewarmError for a stage,
    sequence or token that is not there.
    """
    stages = summary(run)
    if stage not in stages:
        raise RewarmError(f"{run.path}: has no stage {stage!r}; its stages are {', '.join(stages)}")
    blocks = Blocks(run.steps["pack"].path, stage)
    if not 0 <= number < len(blocks):
        raise RewarmError(f"stage {stage}: has no sequence {number}; it has 0 to {len(blocks) - 1}")
    sequence = blocks[number]
    if not 0 <= token < len(sequence.tokens):
        last = len(sequence.tokens) - 1
        raise RewarmError(f"sequence {number} of {stage}: has no token {token}; it has 0 to {last}")
    ends = np.cumsum(sequence.lengths)
    at = int(np.searchsorted(ends, token, side="right"))
    start = int(ends[at] - sequence.lengths[at])
    context = int(sequence.contexts()[at])
    identity = ids.digits(sequence.documents[at : at + 1])[0]
    known = history.known(run.steps, {identity}).get(identity)
    return Origin(
        stage=stage,
        sequence=number,
        token=token,
        document=identity,
        place=int(sequence.offsets[at]) + token - start,
        source=known.source if known else "",
        origin=known.origin if known else "",
        context=context,
        documents_before=at - int(np.searchsorted(ends, context, side="right")),
    )
