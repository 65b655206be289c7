"""Names of what the phases of `dedupe` hand each other; those of shards are gone when the step is done."""

from pathlib import Path

from rewarm.corpus.arrays import load_one
from rewarm.text.grams.tokens import Tokens

TOKENS, SIGNATURES = "_tokens-arrays", "_signatures-arrays"
INDEX, CLUSTERS = "_index-arrays", "_clusters-arrays"


def load_tokens(folder: Path) -> Tokens:
    """The tokens of a shard."""
    return Tokens(*(load_one(folder, name) for name in ("exact", "counts", "titles", "hashes")))
