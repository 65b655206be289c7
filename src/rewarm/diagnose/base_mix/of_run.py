"""Shares of a run's sources in what its base was trained on, from the base's losses on held-out documents."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.corpus.tables import heldout, leaves
from rewarm.diagnose.attribution.attribute import drawn
from rewarm.diagnose.attribution.gradients import Passage
from rewarm.diagnose.base_mix import from_losses
from rewarm.engine.progress import progress, update_of
from rewarm.errors import RewarmError
from rewarm.model import causal_lm
from rewarm.runs import models
from rewarm.runs.run import Run
from rewarm.statistics.bootstrap import LEAST_DOCUMENTS

# An interval above which the order of the sources is not known.
_WIDE = 0.3


@dataclass(frozen=True, slots=True)
class Source:
    """share: of the base's training tokens, if the base saw these sources only, with its 95 % interval over
    documents; mix: share of the run's training tokens; loss: of the base in nats per token; slope: how fast a
    small step on the source's own text lowers it, in units of the mean over the sources."""

    source: str
    share: float
    low: float
    high: float
    mix: float
    loss: float
    slope: float
    documents: int


@dataclass(frozen=True, slots=True)
class RunMix:
    """sources: the largest share first."""

    sources: list[Source]

    def lines(self) -> Iterator[str]:
        """For the terminal."""
        yield f"{'source':<24}{'base':>8}{'95 % interval':>18}{'this run':>10}{'loss':>7}{'slope':>7}"
        for one in self.sources:
            between = f"{one.low:.1%} – {one.high:.1%}"
            yield (
                f"{one.source:<24}{one.share:>8.1%}{between:>18}{one.mix:>10.1%}{one.loss:>7.2f}"
                f"{one.slope:>7.2f}"
            )
        yield "shares among these sources only; other text that the base saw is given to the nearest of them"
        if any(one.high - one.low > _WIDE for one in self.sources):
            yield "the intervals are wide: more held-out documents (`holdout.min_documents`) narrow them"

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {"format": 1, "sources": [asdict(one) for one in self.sources]}


def of_run(run: Run, documents: int = 64, tokens: int = 256, device: str = "auto") -> RunMix:
    """Estimate from `documents` held-out documents of each source, a piece of `tokens` of each.

    Raises RewarmError for a run that has no held-out documents or mix yet, for fewer than two sources, and
    for a source with fewer held-out documents than an interval needs.
    """
    folder, leaf_of = run.file("tokenize", "heldout"), run.file("mix", "heldout_leaf_of")
    if not (folder and leaf_of):
        raise RewarmError(f"{run.path}: has no held-out documents yet; run it up to `pack` at least")
    _, used = drawn(run)
    names = list(used)
    if len(names) < 2:
        raise RewarmError(f"{run.path}: a mix needs at least two sources, and the run has {len(names)}")
    passages, kind = _passages(run, folder, leaf_of, names, documents, tokens)
    model = causal_lm.load(models.trained_from(run), causal_lm.device_of(device))
    with progress("base-mix", total=2 * len(passages), unit="doc") as bar:
        found = from_losses.estimate(
            model, passages, kind, precision=run.recipe["train"]["precision"], on_progress=update_of(bar)
        )
    whole, counts = sum(used.values()), np.bincount(kind)
    sources = [
        Source(
            source=name,
            share=float(found.shares[number]),
            low=float(found.low[number]),
            high=float(found.high[number]),
            mix=used[name] / whole,
            loss=float(found.losses[number]),
            slope=float(found.slopes[number]),
            documents=int(counts[number]),
        )
        for number, name in enumerate(names)
    ]
    return RunMix(sorted(sources, key=lambda one: -one.share))


def _passages(
    run: Run, folder: Path, leaf_of: Path, names: Sequence[str], most: int, longest: int
) -> tuple[list[Passage], np.ndarray]:
    """A piece of each of some held-out documents, and the number of its source: int64 [passages]."""
    held = heldout.read(folder)
    number_of = {leaf.number: names.index(leaf.source) for leaf in run.leaves}
    numbers = np.array(
        [number_of[leaf] for leaf in leaves.of_documents(leaf_of, held.ids).tolist()], np.int64
    )
    rng = np.random.default_rng(int(run.recipe["seed"]))
    passages: list[Passage] = []
    kind: list[int] = []
    for number, name in enumerate(names):
        found = 0
        for row in rng.permutation(np.flatnonzero(numbers == number)).tolist():
            tokens, weights = held.tokens[row], held.tokens.weights(row)
            start = int(rng.integers(0, max(1, len(tokens) - longest + 1)))
            part = slice(start, start + longest)
            if found < most and weights[part][1:].any():
                passages.append(Passage(tokens[part], weights[part]))
                kind.append(number)
                found += 1
        if found < LEAST_DOCUMENTS:
            raise RewarmError(
                f"{run.path}: source {name} has {found} held-out documents with tokens that carry loss; the "
                f"estimate needs {LEAST_DOCUMENTS}. Raise `holdout.min_documents`"
            )
    return passages, np.array(kind, np.int64)
