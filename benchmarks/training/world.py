"""What all sides train: a model of SmolLM2-135M's shape with random weights, and random tokens.

The same sequences are there as blocks of rewarm and as JSON lines for peers that tokenise: every id
is a word of a tokenizer made for it. Nothing is downloaded.

A smoke run has a small model.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from support.smoke import SMOKE

VOCABULARY, WIDTH, LAYERS, INNER, HEADS, KV_HEADS = (
    (2048, 64, 2, 128, 4, 2) if SMOKE else (49_152, 576, 30, 1536, 9, 3)
)
SEQ_LEN, ROWS = 512, 2
TOKENS = SEQ_LEN * ROWS
LEAVES = 64
SEGMENT = 64
_END = VOCABULARY - 1


def flops_per_token() -> float:
    """Forward and backward, matrix products only: six a weight, and causal attention.

    Attention counts half of the square, which is all that a causal model needs.
    """
    head = WIDTH * VOCABULARY
    layer = WIDTH * WIDTH * (2 + 2 * KV_HEADS / HEADS) + 3 * WIDTH * INNER
    return 6 * (head + LAYERS * layer) + 6 * LAYERS * SEQ_LEN * WIDTH


def build(folder: Path, sequences: int = 512) -> None:
    """model/, pack/, tokenize/, scores.parquet and rows.jsonl in `folder`."""
    _model(folder / "model")
    tokens = packed(folder / "pack", sequences)
    tokenized = folder / "tokenize"
    tokenized.mkdir()
    # 4 languages x 4 tasks x 4 domains: 64 leaves on three axes.
    leaves = [
        {"leaf": leaf, "source": f"s{leaf}", "labels": labels(leaf)} for leaf in range(LEAVES)
    ]  # fmt: skip
    (folder / "mix").mkdir()
    (folder / "mix/leaves.json").write_text(json.dumps(leaves))
    sizes = np.random.default_rng(1).integers(1, 8, VOCABULARY)
    np.save(tokenized / "token_bytes.npy", sizes.astype(np.uint16))
    # As of a base that has not learned anything.
    nats = SEGMENT * float(np.log(VOCABULARY))
    ids = [f"{leaf:020x}" for leaf in range(LEAVES)]
    leaf_of = pa.table({"id": ids, "leaf": pa.array(range(LEAVES), pa.int32())})
    (folder / "mix/heldout_leaf_of").mkdir()
    pq.write_table(leaf_of, folder / "mix/heldout_leaf_of/00000.parquet")
    scores = {"id": ids, "nats": [nats] * LEAVES, "tokens": [SEGMENT] * LEAVES}
    pq.write_table(pa.table({**scores, "bytes": [4 * SEGMENT] * LEAVES}), folder / "scores.parquet")
    with (folder / "rows.jsonl").open("w") as file:
        for number, row in enumerate(tokens):
            words = " ".join(f"w{token}" for token in row[:-1])  # the peer adds the end token
            messages = [{"role": "assistant", "content": words}]
            file.write(json.dumps({"messages": messages, "channel": f"c{number % LEAVES}"}) + "\n")


def labels(leaf: int) -> dict[str, str]:
    return {"language": f"l{leaf % 4}", "task": f"t{leaf // 4 % 4}", "domain": f"d{leaf // 16}"}


def packed(folder: Path, sequences: int) -> np.ndarray:
    """Blocks of random sequences as the step `pack` writes them; gives the tokens [sequences, length].

    Every sequence holds eight segments, one a document, each of another leaf.
    """
    from rewarm.corpus.tables.blocks import SCHEMA
    from rewarm.corpus.tables.ids import column, of_digits

    (folder / "adapt").mkdir(parents=True)
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, _END, (sequences, SEQ_LEN), dtype=np.uint32)
    tokens[:, -1] = _END
    parts = SEQ_LEN // SEGMENT
    with (
        pa.OSFile(str(folder / "adapt/00000.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, SCHEMA) as writer,
    ):
        for start in range(0, sequences, 1024):
            rows = tokens[start : start + 1024]
            count = len(rows)
            document = np.arange(start * parts, (start + count) * parts, dtype=np.int32)
            columns = [
                _lists(rows.reshape(-1), SEQ_LEN),
                _lists(np.full(count * parts, SEGMENT, np.int32), parts),
                _lists(document % LEAVES, parts),
                _lists(column(of_digits([f"{number:020x}" for number in document.tolist()])), parts),
                _lists(np.zeros(count * parts, np.int64), parts),
                _lists(np.zeros(count * parts, np.uint8), parts),
                _lists(np.ones(count * parts, np.uint8), parts),
                pa.array([[]] * count, type=pa.list_(pa.int32())),
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=SCHEMA))
    block = folder / "adapt/00000.arrow"
    held = {"sha256": hashlib.sha256(block.read_bytes()).hexdigest()}
    stage = {
        "sequences": sequences, "tokens": sequences * SEQ_LEN, "seq_len": SEQ_LEN, "fill": 1.0,
        "blocks": [{"file": "adapt/00000.arrow", "sequences": sequences, "tokens": sequences * SEQ_LEN,
                    **held}],
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps({"adapt": stage}))
    return tokens


def _lists(values: np.ndarray | pa.Array, length: int) -> pa.Array:
    offsets = np.arange(0, len(values) + 1, length, dtype=np.int32)
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return pa.ListArray.from_arrays(pa.array(offsets), array)


def train_config(**changes: Any) -> dict[str, Any]:
    """The configuration of rewarm's training step for this world, with the recipe's defaults."""
    from rewarm.pipeline.planning import plan_steps
    from rewarm.recipe import Recipe

    recipe = Recipe.model_validate(
        {
            "name": "bench", "model": "-",
            "sources": [{"name": "s", "path": "-"}],
            "pack": {"seq_len": SEQ_LEN},
            "train": {"batch_tokens": TOKENS, "micro_batch": ROWS, "device": "cpu", **changes},
            "forgetting": {"every": 0},
            "stages": [{"name": "adapt", "tokens": "1M", "mix": {"s": 1}, "schedule": {"peak": 1e-4}}],
        }
    )  # fmt: skip
    (step,) = (step for step in plan_steps(recipe, []) if step.name == "train")
    return {**step.config, **step.aside}


def _model(folder: Path) -> None:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=INNER, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, max_position_embeddings=2048,
        tie_word_embeddings=True, bos_token_id=None, eos_token_id=_END,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    words = {f"w{token}": token for token in range(_END)} | {"<end>": _END}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<end>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<end>", pad_token="<end>"
    ).save_pretrained(folder)  # fmt: skip
