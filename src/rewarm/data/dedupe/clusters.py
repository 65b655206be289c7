"""From the signatures of all shards to what stays: bands one by one, then the sets of candidates only."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.corpus.arrays import column, load, load_one, save
from rewarm.data.dedupe.buckets import buckets, join
from rewarm.data.dedupe.keep_best import Candidates, keep_best
from rewarm.data.dedupe.tables import CLUSTERS, INDEX, SIGNATURES, TOKENS, load_tokens, of_sources
from rewarm.engine.work import cores
from rewarm.text.grams.gram_sets import GramSets, Runs, gram_sets, vocabularies
from rewarm.text.grams.gram_table import table_of
from rewarm.text.grams.tokens import starts_of

# Larger than this, candidates' sets are read from a file of the step and not held in memory.
_IN_MEMORY = 1 << 30


def find(
    folder: Path, names: list[str], near: dict[str, Any], base: list[Path], base_sources: list[str]
) -> None:
    """Write `_clusters-arrays`, of everyone who has company, the dropped and those that stand for them:
    document (row over all shards, ascending), stands (row, or -1 for one of the base), match (its id),
    similarity.

    base: stored shards of earlier runs, whose documents stay; base_sources: sources of this run that are
    preferred to all others.
    """
    shards = [
        *((path, path) for path in base),
        *((folder / TOKENS / x, folder / SIGNATURES / x) for x in names),
    ]
    paths, signed = [tokens for tokens, _ in shards], [signs for _, signs in shards]
    offsets = np.cumsum([0, *(len(load_one(path, "counts")) for path in paths)])
    own = int(offsets[len(base)])
    rows = np.concatenate(
        [np.empty(0, np.int64), *(load_one(s, "row") + o for s, o in zip(signed, offsets, strict=False))]
    )
    bands = range(near["bands"] if near["enabled"] else 0)
    with ThreadPoolExecutor(cores()) as pool:  # Sorting leaves Python's lock to others.
        met = list(pool.map(lambda band: buckets(column(signed, f"key{band}", np.uint64)), bands))
    candidates, matrix = join(met, len(rows))
    first = of_sources(paths, base_sources)[rows[candidates]]
    preferred = _preference(paths, rows[candidates], own, near["prefer"], first)
    chosen = _gather(folder, shards, offsets, rows[candidates], near)
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
        fixed=int((rows[candidates] < own).sum()),
    )
    document = rows[candidates][preferred]
    dropped = stands != np.arange(len(stands))
    company = dropped.copy()
    company[stands[dropped]] = True
    company &= document >= own
    document, stands, similarity = document[company], document[stands[company]], similarity[company]
    order = np.argsort(document)
    save(
        folder / CLUSTERS,
        document=document[order] - own,
        stands=np.maximum(stands[order] - own, -1),
        match=column(paths, "id", np.bytes_)[stands[order]],
        similarity=similarity[order],
    )


def _preference(
    paths: list[Path], rows: np.ndarray, own: int, prefer: str, base_source: np.ndarray
) -> np.ndarray:
    """Positions of `rows` from the best to the least: base, held out, base source (bool [rows]), by the
    recipe, by length, by id.

    Quality counts by hundredths: what two copies differ in beyond that is noise. Length is counted in
    tokens. Ids are the same in any order of shards.
    """
    base = rows < own
    heldout = column(paths, "heldout", np.bool_)[rows]
    ids = column(paths, "id", np.bytes_)[rows]
    if prefer == "first":
        return np.lexsort((rows, ~base_source, ~heldout, ~base))
    length = -column(paths, "counts", np.int32)[rows].astype(np.int64)
    quality = -np.round(column(paths, "quality", np.float64)[rows], 2)
    first = quality if prefer == "quality" else length
    return np.lexsort((ids, length, quality, first, ~base_source, ~heldout, ~base))


def _gather(
    folder: Path,
    shards: list[tuple[Path, Path]],
    offsets: np.ndarray,
    candidates: np.ndarray,
    near: dict[str, Any],
) -> dict[str, np.ndarray]:
    """Sketches, sets and vocabularies of the candidates (rows over all shards, ascending)."""
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
    # No document has more grams or words than tokens.
    most = int(column([tokens for tokens, _ in shards], "counts", np.int32)[candidates].sum(dtype=np.int64))
    grams = _Growing(folder / "_candidates.grams", most)
    tokens = _Growing(folder / "_candidates.tokens", most)

    def of_shard(shard: int) -> tuple[np.ndarray, np.ndarray, GramSets, Runs]:
        path, signs = shards[shard]
        first, last = offsets[shard : shard + 2]
        mine = candidates[slice(*np.searchsorted(candidates, [first, last]))] - first
        signed = load(signs)
        here = np.searchsorted(signed["row"], mine)
        chosen = load_tokens(path).of(mine)
        sets = gram_sets(chosen, near["ngram"], boilerplate)
        return signed["sketch"][here], signed["partial"][here], sets, vocabularies(chosen)

    # As many shards at a time as there are cores, so that memory holds the sets of no more.
    at_once = cores()
    with ThreadPoolExecutor(at_once) as pool:
        for begin in range(0, len(shards), at_once):
            numbers = range(begin, min(begin + at_once, len(shards)))
            for sketches, partial, sets, words in pool.map(of_shard, numbers):
                parts["sketches"].append(sketches)
                parts["partial"].append(partial)
                parts["counts"].append(sets.counts)
                parts["own"].append(sets.own)
                parts["token_counts"].append(words.counts)
                grams.add(sets.values)
                tokens.add(words.values)
    columns = {name: np.concatenate(part) for name, part in parts.items()}
    columns["starts"] = starts_of(columns["counts"])
    columns["token_starts"] = starts_of(columns["token_counts"])
    return {**columns, "grams": grams.whole(), "tokens": tokens.whole()}


class _Growing:
    """A uint32 array that grows part by part to `most` values at the most: in memory, or where that could
    take more than a limit in a file that is mapped."""

    def __init__(self, path: Path, most: int) -> None:
        self.path = path
        self.filled = 0
        # Memory that is not written to is not taken.
        self.values = np.empty(most, np.uint32) if 4 * most <= _IN_MEMORY else None
        if self.values is None:
            path.write_bytes(b"")

    def add(self, part: np.ndarray) -> None:
        if self.values is not None:
            self.values[self.filled : self.filled + len(part)] = part
        else:
            with self.path.open("ab") as file:
                part.tofile(file)
        self.filled += len(part)

    def whole(self) -> np.ndarray:
        if self.values is not None:
            return self.values[: self.filled]
        mapped = np.asarray(np.memmap(self.path, np.uint32, "r")) if self.filled else np.empty(0, np.uint32)
        # The name goes at once; the bytes stay until the map is gone, also when the process is killed.
        self.path.unlink()
        return mapped
