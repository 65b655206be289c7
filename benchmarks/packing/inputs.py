"""Documents as tokens, in the form that each side reads: real texts, encoded with a tokenizer trained on
some of them, so that no model is needed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from support import corpora
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from rewarm.corpus.tables.documents import document_id
from rewarm.data.tokenize.step import SCHEMA
from rewarm.data.tokenize.token_breaks import breaks

END = 0
_CORPORA = (
    "statutes",
    "cloud-api",
    "cloud-api-zh",
    "code",
    "encyclopedia",
    "encyclopedia-fr",
    "medicine",
    "prose-zh",
)
_BATCH = 512


def write(folder: Path, mb: float) -> None:
    """tokens/ and plan/adapt.parquet for rewarm, documents.npy (OLMo-core), documents.parquet (TRL)."""
    texts = [text for name in _CORPORA for text in _texts(name, mb / len(_CORPORA))]
    order = np.random.default_rng(0).permutation(len(texts))
    texts = [texts[at] for at in order]
    tokenizer = _tokenizer(texts[:2000])
    (folder / "tokens").mkdir(parents=True)
    (folder / "plan").mkdir()
    lengths: list[int] = []
    whole: list[np.ndarray] = []
    with pa.ipc.new_file(str(folder / "tokens/00000.arrow"), SCHEMA) as writer:
        for rows in _encoded(tokenizer, texts):
            writer.write_batch(_batch(rows, len(lengths)))
            lengths += map(len, rows)
            whole += rows
    size = tokenizer.get_vocab_size()
    alphabet = {character: byte for byte, character in _bytes().items()}
    spelled = [
        bytes(alphabet[one] for one in tokenizer.id_to_token(at)) if at != END else b"" for at in range(size)
    ]
    np.save(folder / "token_breaks.npy", breaks(spelled))
    count = len(lengths)
    plan = {
        "id": [document_id("bench", str(at)) for at in range(count)], "leaf": [0] * count,
        "tokens": lengths, "band": [0] * count, "group": [-1] * count, "path": [-1] * count,
    }  # fmt: skip
    pq.write_table(pa.table(plan), folder / "plan/adapt.parquet")
    np.concatenate(whole).astype(np.uint32).tofile(folder / "documents.npy")
    pq.write_table(
        pa.table({"input_ids": pa.array(whole, pa.list_(pa.int32()))}), folder / "documents.parquet"
    )


def _texts(name: str, mb: float) -> list[str]:
    try:
        return corpora.sample(name, mb)
    except SystemExit as missing:
        print(missing)
        return []


def _tokenizer(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=16_000, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([text[:2000] for text in texts], trainer)
    return tokenizer


def _encoded(tokenizer: Tokenizer, texts: list[str]) -> Iterator[list[np.ndarray]]:
    for first in range(0, len(texts), _BATCH):
        found = tokenizer.encode_batch_fast(texts[first : first + _BATCH])
        yield [np.array([*one.ids, END], dtype=np.uint32) for one in found]


def _batch(rows: list[np.ndarray], first: int) -> pa.RecordBatch:
    count = len(rows)
    columns = {
        "id": [document_id("bench", str(first + at)) for at in range(count)], "source": ["bench"] * count,
        "heldout": [False] * count, "tokens": rows, "bytes": [1] * count, "masked": [[]] * count,
    }  # fmt: skip
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)


def _bytes() -> dict[int, str]:
    """Byte → its character in GPT-2's alphabet."""
    stays = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = [byte for byte in range(256) if byte not in stays]
    return {byte: chr(byte) for byte in stays} | {byte: chr(0x100 + at) for at, byte in enumerate(moved)}
