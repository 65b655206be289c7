"""From the signatures of all shards to what stays: bands one by one, then the sets of candidates only."""

from pathlib import Path
from typing import Any

import numpy as np

from rewarm.data.dedupe.buckets import buckets, join
from rewarm.data.dedupe.gram_sets import gram_sets, vocabularies
from rewarm.data.dedupe.gram_table import table_of
from rewarm.data.dedupe.keep_best import Candidates, keep_best
from rewarm.data.dedupe.tables import CLUSTERS, INDEX, SIGNATURES, TOKENS, column, load, load_tokens, save
from rewarm.data.dedupe.tokens import starts_of

# Larger than this, candidates' sets are read from a file of the step and not held in memory.
_IN_MEMORY = 1 << 30


def find(folder: Path, names: list[str], near: dict[str, Any]) -> None:
    """Write `_clusters-arrays`: document (row over all shards, ascending), stands (row), similarity,

    for everyone who has company: the dropped ones and those that stand for them.
    """
    signed = [folder / SIGNATURES / name for name in names]
    rows = column(signed, "row")
    bands = range(near["bands"] if near["enabled"] else 0)
    candidates, matrix = join((buckets(column(signed, f"key{band}", np.uint64)) for band in bands), len(rows))
    preferred = _preference(folder, names, rows[candidates], near["prefer"])
    chosen = _gather(folder, names, rows, candidates, near)
    stands, similarity = keep_best(
        Candidates(
            matrix[preferred],
            chosen["sketches"][preferred],
            chosen["partial"][preferred],
            chosen["starts"][preferred],
            chosen["counts"][preferred],
            chosen["own"][preferred],
            chosen["grams"],
            chosen["token_starts"][preferred],
            chosen["token_counts"][preferred],
            chosen["tokens"],
        ),
        near["threshold"],
    )
    document = rows[candidates][preferred]
    dropped = stands != np.arange(len(stands))
    company = dropped.copy()
    company[stands[dropped]] = True
    document, stands, similarity = document[company], document[stands[company]], similarity[company]
    order = np.argsort(document)
    save(
        folder / CLUSTERS,
        document=document[order],
        stands=stands[order],
        similarity=similarity[order],
    )


def _preference(folder: Path, names: list[str], rows: np.ndarray, prefer: str) -> np.ndarray:
    """Positions of `rows` from the best to the least: held out, then by the recipe, then by length and id.

    Quality counts by hundredths: what two copies differ in beyond that is noise. Length is counted in
    tokens. Ids are the same in any order of shards.
    """
    paths = [folder / TOKENS / name for name in names]
    heldout = column(paths, "heldout", np.bool_)[rows]
    ids = column(paths, "id", np.bytes_)[rows]
    if prefer == "first":
        return np.lexsort((rows, ~heldout))
    length = -column(paths, "counts", np.int32)[rows].astype(np.int64)
    quality = -np.round(column(paths, "quality", np.float64)[rows], 2)
    first = quality if prefer == "quality" else length
    return np.lexsort((ids, length, quality, first, ~heldout))


def _gather(
    folder: Path, names: list[str], rows: np.ndarray, candidates: np.ndarray, near: dict[str, Any]
) -> dict[str, np.ndarray]:
    """Sketches, sets and vocabularies of the candidates (positions in `rows`, ascending)."""
    index = load(folder / INDEX)
    boilerplate = table_of(index["common"])
    none = np.empty(0, np.int32)
    parts: dict[str, list[np.ndarray]] = {
        "sketches": [np.empty((0, near["bands"] * near["rows"]), np.uint8)],
        "partial": [np.empty(0, np.bool_)],
        "counts": [none],
        "own": [none],
        "token_counts": [none],
    }
    grams, tokens = _Growing(folder / "_candidates.grams"), _Growing(folder / "_candidates.tokens")
    for name, first, last in zip(names, index["offsets"], index["offsets"][1:], strict=False):
        mine = candidates[slice(*np.searchsorted(rows[candidates], [first, last]))]
        if not len(mine):
            continue
        signed = load(folder / SIGNATURES / name)
        here = np.searchsorted(signed["row"], rows[mine])
        parts["sketches"].append(signed["sketch"][here])
        parts["partial"].append(signed["partial"][here])
        chosen = load_tokens(folder / TOKENS / name).of(rows[mine] - first)
        sets, words = gram_sets(chosen, near["ngram"], boilerplate), vocabularies(chosen)
        parts["counts"].append(sets.counts)
        parts["own"].append(sets.own)
        parts["token_counts"].append(words.counts)
        grams.add(sets.values)
        tokens.add(words.values)
    found = {name: np.concatenate(part) for name, part in parts.items()}
    found["starts"], found["token_starts"] = starts_of(found["counts"]), starts_of(found["token_counts"])
    return {**found, "grams": grams.whole(), "tokens": tokens.whole()}


class _Growing:
    """A uint32 array that grows part by part: in memory, beyond a limit in a file that is mapped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parts: list[np.ndarray] = []
        self.spilled = False

    def add(self, part: np.ndarray) -> None:
        self.parts.append(part)
        if sum(part.nbytes for part in self.parts) > _IN_MEMORY:
            self._spill()

    def whole(self) -> np.ndarray:
        if not self.spilled:
            return np.concatenate([np.empty(0, np.uint32), *self.parts])
        self._spill()
        mapped = np.asarray(np.memmap(self.path, np.uint32, "r"))
        # The name goes at once; the bytes stay until the map is gone, also when the process is killed.
        self.path.unlink()
        return mapped

    def _spill(self) -> None:
        with self.path.open("ab" if self.spilled else "wb") as file:
            for part in self.parts:
                part.tofile(file)
        self.parts = []
        self.spilled = True
