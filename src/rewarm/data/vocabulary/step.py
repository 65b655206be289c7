"""Extends the base's tokenizer and model by tokens learned from the run's own training text.

Three passes over the documents that are kept: which belong to the wanted ones and how much text they have;
the text to learn from, drawn by a hash of the document's ID; the held-out text that fertility is measured on.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.labelled import labelled
from rewarm.corpus.tables import attributes, documents, ids, labels, texts, vocabulary
from rewarm.corpus.tables.vocabulary import Extension
from rewarm.data.vocabulary import bpe_file, check, embeddings, fertility
from rewarm.data.vocabulary.bpe_file import NewToken
from rewarm.data.vocabulary.learn import Learner
from rewarm.engine.progress import progress
from rewarm.engine.publish import link
from rewarm.engine.work import Counts, Work
from rewarm.errors import RewarmError
from rewarm.model import pretrained, token_bytes

if TYPE_CHECKING:
    from tokenizers import Tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Of each channel, for fertility: enough for three digits.
_HELD_OUT_BYTES = 2_000_000
_BATCH = 256
# Rows of the embedding are a multiple of this where the number of tokens allows: kernels want it.
_ROUND = 64


@dataclass(frozen=True)
class _Batch:
    """Kept documents of a shard. texts: of them; wanted, heldout: bool [documents]; channels: str, of each;
    ranks: float64 [documents] in 0..1, as good as random."""

    texts: list[str]
    sizes: np.ndarray
    wanted: np.ndarray
    heldout: np.ndarray
    channels: np.ndarray
    ranks: np.ndarray


def run(work: Work) -> Counts:
    """documents, keep, labels, model → model/ (tokenizer and weights), vocabulary.json."""
    config = work.config
    base = work.table("model")
    tokenizer = pretrained.tokenizer_of(base)
    if not tokenizer.is_fast:
        raise RewarmError(f"{base}: has no fast tokenizer (tokenizer.json); convert it with transformers")
    rust = tokenizer.backend_tokenizer
    rust.no_truncation()
    rust.no_padding()
    rust.encode_special_tokens = True
    held_out, channels, whole = _survey(work)
    target = work.folder / "model"
    if config["earlier"] is None:
        bpe = bpe_file.read(rust, base)
        table = token_bytes.of_tokenizer(rust, set(tokenizer.all_special_ids), bpe.first_free)
        settings = config["vocabulary"]
        learner = Learner(rust, bpe, table, settings["min_count"], settings["longest"], settings["ascii"])
        share = min(1.0, settings["text_bytes"] / whole)
        found = _rounded(learner.learn(_learned_from(work, share, whole), settings["tokens"]), bpe.first_free)
        if not found:
            raise RewarmError(
                f"vocabulary: no join of the base's tokens occurs {settings['min_count']} times in "
                f"{share * whole:,.0f} bytes of {', '.join(settings['documents'])}: the base has tokens for "
                "this text, or there is too little of it. Remove `vocabulary`, or lower min_count"
            )
        first = bpe.first_free
        weights = embeddings.write(base, target, [one.pieces for one in found], first)
        tokenizer.save_pretrained(target)
        bpe_file.append(target / "tokenizer.json", found, first)
    else:
        first, found, weights = _take_over(Path(config["earlier"]), target)
    extended = pretrained.tokenizer_of(target)
    after = extended.backend_tokenizer
    after.encode_special_tokens = True
    check.verify(rust, after, held_out[:200], found, first, target)
    rows = fertility.measure(rust, after, held_out, [name for name, _ in channels], first)
    wanted = [text for text, (_, mine) in zip(held_out, channels, strict=True) if mine]
    mine = fertility.total(fertility.measure(rust, after, wanted, [""] * len(wanted), first))
    result = Extension(
        first,
        [one.text for one in found],
        [_shown(after, first + place) for place in range(len(found))],
        [list(one.pieces) for one in found],
        weights,
        config["channels"],
        rows,
        mine,
        config["least"],
    )
    vocabulary.write(work.folder / "vocabulary.json", result)
    for line in vocabulary.lines(result):
        print(f"vocabulary {line}", file=sys.stderr)
    return {"tokens": len(found), "weights": weights, "text_bytes": int(whole)}


def _take_over(earlier: Path, target: Path) -> tuple[int, list[NewToken], int]:
    """The model folder and tokens of the step in an earlier run."""
    known = vocabulary.read(earlier / "vocabulary.json")
    target.mkdir(exist_ok=True)
    for file in sorted((earlier / "model").iterdir()):
        if not (target / file.name).exists():
            link(file, target / file.name)
    found = [
        NewToken(text, None, None, tuple(pieces))
        for text, pieces in zip(known.tokens, known.pieces, strict=True)
    ]
    return known.first, found, known.weights


def _rounded(found: list[NewToken], first: int) -> list[NewToken]:
    """Without the last few, so that the number of rows is a multiple of `_ROUND`."""
    spare = (first + len(found)) % _ROUND
    return found[: len(found) - spare] if spare < len(found) / 2 else found


def _shown(rust: "Tokenizer", token: int) -> str:
    """The text of a token; a part of a character shows as U+FFFD."""
    return str(rust.decode([token], skip_special_tokens=False))


def _survey(work: Work) -> tuple[list[str], list[tuple[str, bool]], int]:
    """Held-out texts for fertility, the channel of each and whether it is a wanted one; bytes of the text
    that there is to learn from.

    Raises RewarmError when there is none.
    """
    held: list[str] = []
    channels: list[tuple[str, bool]] = []
    room: dict[tuple[str, bool], int] = {}
    whole = 0
    for batch in _batches(work):
        whole += int(batch.sizes[batch.wanted & ~batch.heldout].sum())
        for row in np.flatnonzero(batch.heldout):
            key = (str(batch.channels[row]), bool(batch.wanted[row]))
            if room.setdefault(key, _HELD_OUT_BYTES) > 0:
                room[key] -= int(batch.sizes[row])
                held.append(batch.texts[row])
                channels.append(key)
    if not whole:
        raise RewarmError(
            f"vocabulary.documents: no document that is trained on is "
            f"{' or '.join(work.config['vocabulary']['documents'])}; name sources or labels that the mix has"
        )
    return held, channels, whole


def _learned_from(work: Work, share: float, whole: int) -> Iterator[list[str]]:
    """The drawn texts in batches."""
    with progress(work.step, total=share * whole, unit="B", scale=True) as bar:
        for batch in _batches(work):
            rows = np.flatnonzero(batch.wanted & ~batch.heldout & (batch.ranks <= share))
            bar.update(int(batch.sizes[rows].sum()))
            yield [batch.texts[row] for row in rows]


def _batches(work: Work) -> Iterator[_Batch]:
    for shard in documents.shards(work.table("documents")):
        yield from _of_shard(work, shard)


def _of_shard(work: Work, shard: Path) -> Iterator[_Batch]:
    config: dict[str, Any] = work.config
    named = sorted({name for source in config["sources"] for name in source["attributes"].values()})
    keeps = pq.read_table(work.table("keep") / shard.name, columns=["keep", "heldout"]).combine_chunks()
    start = 0
    for read in texts.batches(shard, ["id", "text", "source"], _BATCH):
        decided = pa.record_batch(keeps.slice(start, len(read)).combine_chunks().to_batches()[0])
        start += len(read)
        rows, decided = read.filter(decided["keep"]), decided.filter(decided["keep"])
        if not len(rows):
            continue
        beside = attributes.columns(work.tables["attributes"], shard.name, rows["id"], named)
        own = labels.read(work.tables.get("labels", []), shard.name, rows["id"])
        names = rows["source"].to_numpy(zero_copy_only=False)
        on = labelled(names, config["sources"], config["axes"], own, beside)
        plain = {axis: np.array(column.to_pylist(), dtype=object) for axis, column in on.items()}
        wanted = np.zeros(len(rows), bool)
        for selector in config["selectors"]:
            wanted |= np.logical_and.reduce([plain[axis] == value for axis, value in selector.items()])
        ranks = ids.ranks(ids.of_digits(rows["id"]), "vocabulary", config["seed"]) / 2.0**64
        yield _Batch(
            rows["text"].to_pylist(),
            pc.binary_length(rows["text"]).to_numpy().astype(np.int64),
            wanted,
            decided["heldout"].to_numpy(zero_copy_only=False),
            np.array([one or "not labelled" for one in plain[config["channels"]]], dtype=object),
            ranks,
        )
