"""Items that a base model answers from the options alone.

The options are scored without question, title and document. Where the right one leads by a margin, it stands
out by itself (it is the only common word, say), and the item measures nothing. Without a margin a quarter of
the good items would be dropped by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rewarm.evaluate.score import loaded_model, task_scores
from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import Prompt

_PROMPT = Prompt(cloze="Answer:")


@dataclass(frozen=True)
class Guesses:
    """ids: of items whose right option leads; accuracy: of choosing the likeliest option; chance: of
    guessing."""

    ids: frozenset[str]
    accuracy: float
    chance: float


def guess(items: Sequence[Item], folder: Path, margin: float) -> Guesses:
    """Score the options of items. folder: the model; margin: in nats. Raises RewarmError for no model."""
    asked = [replace(item, question="?", context="") for item in items if item.options]
    if not asked:
        return Guesses(frozenset(), 0.0, 0.0)
    loaded = loaded_model.load(folder)
    table = task_scores.score(
        loaded.network, loaded.tokenizer, Asked(asked, _PROMPT, "cloze", normalise="none")
    ).table
    leads = []
    for row in table.to_pylist():
        nats = np.array(row["nats"])
        leads.append(float(np.delete(nats, row["gold"]).min() - nats[row["gold"]]))
    right = np.array(leads) > 0
    found = frozenset(item.id for item, lead in zip(asked, leads, strict=True) if lead >= max(margin, 1e-9))
    return Guesses(found, float(right.mean()), float(np.mean([item.chance for item in asked])))
