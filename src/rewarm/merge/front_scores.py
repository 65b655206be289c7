"""Held-out losses of models on the way from a base to a result.

A point between the two is written as a folder, scored as any model is, and removed, so what is scored is
what `rewarm merge` would publish. Sums are kept by the identity of base, result and documents: a stopped
front goes on with the next point, and a second one with other weights scores only these.
"""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rewarm.engine.progress import progress, update_of
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.evaluate import run_heldout, texts
from rewarm.evaluate.score import loaded_model
from rewarm.merge.combination import combine
from rewarm.runs.models import base_of
from rewarm.runs.run import Run
from rewarm.statistics.outcome import LEARN

Score = Callable[[Path, str], np.ndarray]


@dataclass(frozen=True)
class Trained:
    """A result and what it is measured on. setting: of the training; ids, channel: str [documents]; domain:
    bool [documents]; score: float64 [documents, 3] (nats, tokens, bytes) of a model folder; known: sums that
    the run has, by merge weight; key: changes with the documents and how they are scored."""

    setting: str
    base: Path
    result: Path
    ids: np.ndarray
    channel: np.ndarray
    domain: np.ndarray
    score: Score
    known: dict[float, np.ndarray]
    key: str


def of_run_directory(path: Path, device: str = "auto") -> Trained:
    """A finished run: its base, its result and its held-out documents, each source a channel.

    Raises RewarmError for a run that is not finished.
    """
    run = Run(path)
    result = run.file("export", "model")
    if result is None:
        raise RewarmError(f"{path}: has no result yet; finish it with `rewarm run`")
    held = run_heldout.of_run(run, device)
    return Trained(
        setting_of(run),
        base_of(run),
        result,
        held.ids,
        held.source,
        held.domain,
        held.score,
        {0.0: held.base, 1.0: held.result},
        run.steps["evaluate"].path.name,
    )


def of_folders(base: Path, result: Path, held: Path, device: str = "auto") -> Trained:
    """Two model folders and a file of texts, whose records name `labels.task` and optionally `source`.

    Raises RewarmError for texts that cannot be read or are named twice.
    """
    own = texts.read(held)
    ids = np.array([text.id for text in own])
    if len(set(ids)) < len(ids):
        raise RewarmError(f"{held}: two records have the same id; give each its own")
    task = np.array([text.labels.get("task", "") for text in own])
    channel = np.array([text.labels["source"] for text in own])
    both = sorted(
        {str(name) for name in channel[task == LEARN]} & {str(name) for name in channel[task != LEARN]}
    )
    if both:
        # One file with both kinds: the task tells them apart.
        channel = np.array([f"{name} {kind}" for name, kind in zip(channel, task, strict=True)])

    def score(model: Path, name: str) -> np.ndarray:
        loaded = loaded_model.load(model, device)
        with progress(f"{name}", total=len(own), unit="window") as bar:
            return texts.losses(loaded, own, update_of(bar))

    content = "\n".join(f"{text.id}\t{text.text}" for text in own)
    key = hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=10).hexdigest()
    return Trained("result", base, result, ids, channel, task == LEARN, score, {}, key)


def setting_of(run: Run) -> str:
    """Peak learning rate, of the recipe or for `auto` as it was trained, and share of replay as trained."""
    peaks = [(stage.get("schedule") or {}).get("peak") for stage in run.recipe.get("stages", [])]
    numbers = [float(peak) for peak in peaks if isinstance(peak, int | float)]
    if len(numbers) < len(peaks):
        numbers = run.metrics("updates")["rate"].to_pylist()
    trained = run.metrics("leaves")
    learned = [leaf.number for leaf in run.leaves if leaf.labels.get("task") == LEARN]
    tokens = trained["tokens"].to_numpy()
    replayed = tokens[~np.isin(trained["leaf"].to_numpy(), learned)].sum()
    share = float(replayed / tokens.sum()) if tokens.sum() else 0.0
    return f"rate {max(numbers, default=0.0):.2g}, replay {share:.0%}"


def sums(trained: Trained, weights: Sequence[float], folder: Path) -> dict[float, np.ndarray]:
    """float64 [documents, 3] by merge weight. folder: of kept sums and of the model that is being scored."""
    found = {}
    for weight in weights:
        if weight in trained.known:
            found[weight] = trained.known[weight]
            continue
        kept = folder / "scores" / f"{_key(trained, weight)}.npy"
        if not kept.exists():
            values = _scored(trained, weight, folder)
            kept.parent.mkdir(parents=True, exist_ok=True)
            with writing(kept) as aside, aside.open("wb") as file:
                np.save(file, values)
        found[weight] = np.load(kept)
    return found


def _scored(trained: Trained, weight: float, folder: Path) -> np.ndarray:
    name = f"weight {weight:g}"
    if weight in (0.0, 1.0):
        return trained.score(trained.result if weight else trained.base, name)
    place = folder / "models" / f"weight-{weight:g}"
    shutil.rmtree(place, ignore_errors=True)
    combine([(trained.base, 1 - weight), (trained.result, weight)], place, quiet=True)
    try:
        return trained.score(place, name)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _key(trained: Trained, weight: float) -> str:
    parts = [loaded_model.identity(trained.base), trained.key]
    if weight:
        parts += [loaded_model.identity(trained.result), f"{weight:.6g}"]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=10).hexdigest()
