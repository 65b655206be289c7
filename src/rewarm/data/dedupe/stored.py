"""Tokens and signatures of the documents that a run keeps, for later runs to be compared with.

A later run takes them as documents that stay without a question: its own copies of them go, whatever
their quality, and nothing of the earlier corpus is read or tokenised again. An index of several
corpora is a list of runs; to append is to name one more. The folder's name keeps it out of the step's
content, so that asking for it later runs nothing behind this step again.
"""

from pathlib import Path

import numpy as np

from rewarm.corpus.arrays import load, load_one, save, unique_sorted
from rewarm.data.dedupe.tables import CLUSTERS, INDEX, SIGNATURES, TOKENS, load_tokens
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts

STORED = "_stored"


def store_shard(name: str, position: int, folder: str) -> Counts:
    """Write `_stored/NAME/`: of every kept training document that has tokens what `clusters` reads."""
    root = Path(folder)
    index, clusters = load(root / INDEX), load(root / CLUSTERS)
    signed, shard = load(root / SIGNATURES / name), load(root / TOKENS / name)
    fell = clusters["document"][clusters["stands"] != clusters["document"]]
    own = signed["row"] + index["offsets"][position]
    kept = ~np.isin(own, fell) & ~index["heldout"][own]
    rows = signed["row"][kept]
    tokens = load_tokens(root / TOKENS / name).of(rows)
    save(
        root / STORED / name,
        row=np.arange(len(rows)),
        id=shard["id"][rows],
        heldout=np.zeros(len(rows), bool),
        quality=shard["quality"][rows],
        exact=tokens.exact,
        counts=tokens.counts,
        titles=tokens.titles,
        hashes=tokens.hashes,
        **{key: signed[key][..., kept] for key in signed if key.startswith("key")},
        sketch=signed["sketch"][kept],
        partial=signed["partial"][kept],
    )
    return {}


def store_boilerplate(folder: Path) -> None:
    """Write `_stored/boilerplate.npy`, what is out of the signatures."""
    (folder / STORED).mkdir(exist_ok=True)
    with writing(folder / STORED / "boilerplate.npy") as aside, aside.open("wb") as file:
        np.save(file, load(folder / INDEX)["signing"])


def shards(base: list[dict[str, str]]) -> list[Path]:
    """The folders of every stored shard, run by run."""
    return [path for run in base for path in sorted(Path(run["folder"], STORED).iterdir()) if path.is_dir()]


def boilerplate(base: list[dict[str, str]]) -> np.ndarray:
    """uint32, sorted: what is out of the signatures of these runs."""
    parts = [load_one(Path(run["folder"], STORED), "boilerplate") for run in base]
    return unique_sorted(np.concatenate([np.empty(0, np.uint32), *parts]))
