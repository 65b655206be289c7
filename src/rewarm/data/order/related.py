"""Related documents of a channel: from texts to a path (`text/related/`)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.corpus.tables import documents, ids, texts
from rewarm.engine.work import Work
from rewarm.text.grams.tokens import Tokens, joined, token_parts
from rewarm.text.related import dense, neighbours, path, sparse_vectors
from rewarm.text.related.path import Paths

SPARSE = "sparse"


@dataclass(frozen=True)
class Related:
    """paths: of documents by their place in `wanted`; following: mean cosine of documents that follow each
    other on a path; by_chance: of as many pairs drawn by chance."""

    paths: Paths
    following: float
    by_chance: float


def related(work: Work, wanted: np.ndarray, settings: dict[str, Any]) -> Related:
    """The path through some documents.

    wanted: V10, distinct, in an order that decides which of two near-copies is the original; settings: an
    `Ordering`, plain.
    """
    if settings["vectors"] == SPARSE:
        vectors = _sparse(work, wanted)
        near = neighbours.nearest(vectors, settings["neighbours"], max(settings["min_similarity"], 1e-6))
    else:
        embedded = dense.embeddings(_texts(work, wanted), settings["vectors"])
        near = dense.nearest(embedded, settings["neighbours"], settings["min_similarity"])
    found = path.paths(near, settings["copy_similarity"])
    same = found.path[1:] == found.path[:-1]
    first, second = found.order[:-1][same], found.order[1:][same]
    drawn = np.random.default_rng(0).integers(0, max(1, len(wanted)), (2, min(len(first), 20_000)))
    if settings["vectors"] == SPARSE:
        pairs = [neighbours.cosine(vectors, *pair) for pair in ((first, second), (drawn[0], drawn[1]))]
    else:
        pairs = [
            np.einsum("ij,ij->i", embedded[one], embedded[other])
            for one, other in ((first, second), (drawn[0], drawn[1]))
        ]
    following, by_chance = (float(pair.mean()) if len(pair) else 0.0 for pair in pairs)
    return Related(found, following, by_chance)


def _sparse(work: Work, wanted: np.ndarray) -> sparse_vectors.Vectors:
    frequencies = sparse_vectors.Frequencies()
    for tokens, _ in _tokens(work, wanted):
        frequencies.add(tokens)
    inverse = frequencies.weights()
    terms = np.zeros((len(wanted), sparse_vectors.TERMS), dtype=np.uint32)
    weights = np.zeros((len(wanted), sparse_vectors.TERMS), dtype=np.float32)
    for tokens, places in _tokens(work, wanted):
        found = sparse_vectors.vectors(tokens, inverse)
        terms[places], weights[places] = found.terms, found.weights
    return sparse_vectors.Vectors(terms, weights)


def _tokens(work: Work, wanted: np.ndarray):  # type: ignore[no-untyped-def]
    """Tokens of some documents and their places in `wanted`, shard by shard."""
    for column, places in _columns(work, wanted):
        parts: list[Tokens] = list(token_parts([column]))
        yield joined(parts), places


def _texts(work: Work, wanted: np.ndarray) -> list[str]:
    found = [""] * len(wanted)
    for column, places in _columns(work, wanted):
        for at, text in zip(places.tolist(), column.to_pylist(), strict=True):
            found[at] = text
    return found


def _columns(work: Work, wanted: np.ndarray):  # type: ignore[no-untyped-def]
    """Texts of the wanted documents, batch by batch, with their places."""
    keys = ids.sortable(wanted)
    order = np.argsort(keys)
    for shard in documents.shards(work.table("documents")):
        for batch in texts.batches(shard, ["id", "text"], 4096):
            own = ids.sortable(ids.of_digits(batch["id"]))
            at = np.minimum(np.searchsorted(keys, own, sorter=order), max(0, len(keys) - 1))
            places = order[at] if len(keys) else at
            mine = keys[places] == own if len(keys) else np.zeros(len(own), bool)
            if mine.any():
                yield batch["text"].filter(pa.array(mine)), places[mine]
