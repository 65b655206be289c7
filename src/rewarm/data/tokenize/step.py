"""Turns every kept document into tokens, once: mixing again never tokenises again.

A document is its text's tokens and the end token; a BOS goes first where the model's tokenizer
adds one. The spelling of a special token inside a text stays text. Batches go through the Rust
tokenizer, which uses all cores.
"""

import json
import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus import documents, masks
from rewarm.corpus.publish import writing
from rewarm.corpus.work import Counts, Work, reconcile
from rewarm.data.tokenize.token_bytes import token_bytes
from rewarm.errors import RewarmError

# Share of the text's bytes; a blank that some tokenizers put first is a byte a document.
_APART = 0.01
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("leaf", pa.int32()),
        ("heldout", pa.bool_()),
        ("quality", pa.float64()),
        ("tokens", pa.list_(pa.uint32())),
        ("bytes", pa.int64()),
        ("masked", pa.list_(pa.int32())),
    ]
)


def run(work: Work) -> Counts:
    """phrases (attributes), trim, decontaminate, model → tokens/NNNNN.arrow, leaves.json, token_bytes.npy."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    (work.folder / "tokens").mkdir(exist_ok=True)
    leaves = [{"leaf": index, **source} for index, source in enumerate(work.config["leaves"])]
    with writing(work.folder / "leaves.json") as aside:
        aside.write_text(json.dumps(leaves, ensure_ascii=False, indent=1))
    model, end = str(work.inputs["model"]), work.config["tokenize"]["document_end"]
    with writing(work.folder / "token_bytes.npy") as aside, aside.open("wb") as file:
        np.save(file, encoder(model, end).bytes)
    leaf_of = {leaf["source"]: leaf["leaf"] for leaf in leaves}
    inputs = {name: str(work.inputs[name]) for name in ("trim", "decontaminate", "phrases", "model")}
    units = [
        (shard.stem, str(work.folder), inputs, end, leaf_of)
        for shard in documents.shards(work.inputs["trim"] / "documents")
    ]
    # One process here: the tokenizer's threads take all cores.
    counts = work.map(tokenize_shard, units, workers=1)
    apart = counts["token_bytes"] - counts["bytes"]
    if abs(apart) > counts["documents"] + _APART * counts["bytes"]:
        print(
            f"tokenize  the tokens stand for {apart:+,} bytes beside the text's {counts['bytes']:,}: bits "
            "per byte count the tokens'; a normaliser changes the text, or please report the model",
            file=sys.stderr,
        )
    reconcile("tokenize", "documents", counts["in"], {key: counts[key] for key in ("documents", "not_kept")})
    return counts


class Encoder:
    """The model's tokenizer, as training uses it. `bytes`: uint16 [vocabulary]."""

    def __init__(self, model: Path, document_end: str | None) -> None:
        from transformers import AutoConfig, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(model, trust_remote_code=False)
        if not tokenizer.is_fast:
            raise RewarmError(
                f"{model}: has no fast tokenizer (tokenizer.json); convert it with transformers"
            )
        self._rust = tokenizer.backend_tokenizer
        self._rust.no_truncation()
        self._rust.no_padding()
        end = tokenizer.eos_token if document_end is None else document_end
        end_id = None if end is None else self._rust.token_to_id(end)
        if end_id is None:
            raise RewarmError(
                f"tokenize.document_end: {end!r} is no token of {model}; name one that ends documents there"
            )
        self._end = int(end_id)
        adds_bos = (
            tokenizer.bos_token_id is not None and tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id
        )
        self._start = [int(tokenizer.bos_token_id)] if adds_bos else []
        # Set last: a call of the Python tokenizer sets it back.
        self._rust.encode_special_tokens = True
        vocabulary = tokenizer.get_vocab()
        config = AutoConfig.from_pretrained(model, trust_remote_code=False)
        size = max(config.get_text_config().vocab_size, len(tokenizer))
        # Not by its letters: Ġ and Ċ are Maltese, and may be tokens of any vocabulary.
        form = json.loads(self._rust.to_str())
        byte_level = "ByteLevel" in json.dumps([form.get("pre_tokenizer"), form.get("decoder")])
        self.bytes = token_bytes(vocabulary, set(tokenizer.all_special_ids), size, byte_level=byte_level)

    def encode(self, texts: list[str]) -> list[np.ndarray]:
        """uint32 arrays: start token where the model has one, text, end token."""
        encoded = self._rust.encode_batch_fast(texts, add_special_tokens=False)
        return [np.array([*self._start, *item.ids, self._end], dtype=np.uint32) for item in encoded]

    def masked(self, text: str, spans: masks.Spans) -> list[int]:
        """Token ranges (start, stop, start …) of the encoded text that touch these characters."""
        offsets = self._rust.encode(text, add_special_tokens=False).offsets
        return [edge + len(self._start) for edge in masks.tokens(spans, offsets)]


@lru_cache(maxsize=1)
def encoder(model: str, document_end: str | None) -> Encoder:
    """The tokenizer of a process; reading it takes longer than many a shard."""
    return Encoder(Path(model), document_end)


def tokenize_shard(
    stem: str, folder: str, inputs: dict[str, str], document_end: str | None, leaf_of: dict[str, int]
) -> Counts:
    """One shard of tokens. leaf_of: the number of a source's leaf."""
    encode = encoder(inputs["model"], document_end)
    keeps = pq.read_table(Path(inputs["decontaminate"], "keep", f"{stem}.parquet"))
    measured = pq.read_table(
        Path(inputs["phrases"], "attributes", f"{stem}.parquet"), columns=["id", "quality"]
    )
    qualities = measured["quality"].take(pc.index_in(keeps["id"], measured["id"]))
    counts: Counts = {
        "in": 0, "documents": 0, "not_kept": 0, "tokens": 0, "bytes": 0, "token_bytes": 0,
        "masked_tokens": 0,
    }  # fmt: skip
    start = 0
    with (
        writing(Path(folder, "tokens", f"{stem}.arrow")) as aside,
        pa.OSFile(str(aside), "wb") as sink,
        pa.ipc.new_file(sink, SCHEMA) as writer,
    ):
        for batch in pq.ParquetFile(Path(inputs["trim"], "documents", f"{stem}.parquet")).iter_batches(
            batch_size=512
        ):
            keep = keeps["keep"].slice(start, len(batch)).to_numpy()
            rows: dict[str, Any] = {
                "heldout": keeps["heldout"].slice(start, len(batch)).to_numpy()[keep],
                "quality": qualities.slice(start, len(batch)).to_numpy()[keep],
            }
            contaminated = keeps["masks"].slice(start, len(batch)).filter(pa.array(keep)).to_pylist()
            start += len(batch)
            counts["in"] += len(batch)
            kept = batch.filter(pa.array(keep))
            counts["not_kept"] += len(batch) - len(kept)
            if not len(kept):
                continue
            texts = kept["text"].to_pylist()
            tokens = encode.encode(texts)
            sizes = [len(text.encode()) for text in texts]
            flat = np.concatenate(tokens)
            offsets = np.cumsum([0, *(len(part) for part in tokens)], dtype=np.int32)
            spans = [
                masks.merged([*masks.of_rows(own), *masks.of_rows(found)])
                for own, found in zip(kept["masks"].to_pylist(), contaminated, strict=True)
            ]
            masked = [
                encode.masked(text, found) if found else [] for text, found in zip(texts, spans, strict=True)
            ]
            columns = [
                kept["id"],
                pa.array([leaf_of[source] for source in kept["source"].to_pylist()], pa.int32()),
                pa.array(rows["heldout"]),
                pa.array(rows["quality"], pa.float64()),
                pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat)),
                pa.array(sizes, pa.int64()),
                pa.array(masked, pa.list_(pa.int32())),
            ]
            writer.write_batch(pa.record_batch(columns, schema=SCHEMA))
            counts["documents"] += len(kept)
            counts["tokens"] += len(flat)
            counts["bytes"] += sum(sizes)
            counts["masked_tokens"] += sum(sum(row[1::2]) - sum(row[::2]) for row in masked)
            counts["token_bytes"] += int(encode.bytes[flat].sum())
    return counts
