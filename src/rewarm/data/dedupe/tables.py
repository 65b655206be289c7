"""Names of what the phases of `dedupe` hand each other; those of shards are gone when the step is done."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rewarm.corpus.arrays import load_one
from rewarm.text.grams.tokens import Tokens

TOKENS, SIGNATURES = "_tokens-arrays", "_signatures-arrays"
INDEX, CLUSTERS = "_index-arrays", "_clusters-arrays"


def load_tokens(folder: Path) -> Tokens:
    """The tokens of a shard."""
    return Tokens(*(load_one(folder, name) for name in ("exact", "counts", "titles", "hashes")))


def of_sources(folders: Sequence[Path], names: Sequence[str]) -> np.ndarray:
    """bool [documents of all shards]: those of the named sources; of an earlier run's shards none."""
    parts = [np.empty(0, bool)]
    for folder in folders:
        if not names or not (folder / "sources.npy").exists():
            parts.append(np.zeros(len(load_one(folder, "counts")), bool))
            continue
        named = np.isin(load_one(folder, "sources"), list(names))
        parts.append(named[load_one(folder, "source")])
    return np.concatenate(parts)
