"""Gradient attribution of a run: which documents and sources raised the loss of the queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from rewarm.diagnose.attribution import candidates, gradients, influence
from rewarm.diagnose.attribution.queries import Query
from rewarm.engine.progress import progress, update_of
from rewarm.errors import RewarmError
from rewarm.model import causal_lm, pretrained
from rewarm.runs import models
from rewarm.runs.run import Run


@dataclass(frozen=True, slots=True)
class Settings:
    """candidates: documents whose gradients are computed; device: auto, cpu or cuda; blocks: last decoder
    layers that are observed; width: of a projection, whose square is the numbers kept of a layer."""

    candidates: int = 400
    device: str = "auto"
    blocks: int = 4
    width: int = 16


@dataclass(frozen=True, slots=True)
class Influences:
    """documents: ID → influence, summed over base and result, in units of the mean absolute influence of a
    document at each; negative raised the queries' loss. sources: source → mean influence of a token, and the
    gain of leaving it out."""

    documents: dict[str, float]
    sources: dict[str, tuple[float, float]]


def influences(
    run: Run,
    asked: Sequence[Query],
    near: Iterable[str],
    source_of: Mapping[str, str],
    trained: Mapping[str, float],
    how: Settings,
) -> Influences:
    """Influence of training documents on the mean loss of the queries, over base and result.

    near: documents that are candidates beside the sample, nearest first; source_of: trained document →
    source; trained: source → share of the training tokens. Raises RewarmError for a run without result.
    """
    result = run.file("export", "model")
    if result is None:
        raise RewarmError(f"{run.path}: has no result yet; finish it with `rewarm run`")
    start = models.trained_from(run)
    chosen = candidates.choose(run, source_of, near, how.candidates, int(run.recipe["seed"]))
    tokenizer = pretrained.tokenizer_of(start)
    queries = [candidates.of_query(query, tokenizer) for query in asked]
    sums = np.zeros(len(chosen.documents))
    device = causal_lm.device_of(how.device)
    passages = [*queries, *chosen.passages]
    with progress("attribute", total=2 * len(passages), unit="doc") as bar:
        for folder in (start, result):
            model = causal_lm.load(folder, device)
            found = gradients.of_passages(
                model, passages, blocks=how.blocks, width=how.width,
                precision=run.recipe["train"]["precision"], on_progress=update_of(bar),
            )  # fmt: skip
            del model
            sums += influence.products(found[: len(queries)], found[len(queries) :])
    if device.type == "cuda":
        torch.cuda.empty_cache()
    tokens = np.array([float(one.weights[1:].sum()) for one in chosen.passages])
    drawn = np.flatnonzero(chosen.sampled)
    sources = influence.of_sources(
        sums[drawn], np.maximum(tokens[drawn], 1),
        [source_of[chosen.documents[row]] for row in drawn], dict(trained),
    )  # fmt: skip
    return Influences(dict(zip(chosen.documents, sums.tolist(), strict=True)), sources)
