"""The base with its own tokenizer is scored on the bytes that the extended model is scored on."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from rewarm.corpus.tables import heldout
from rewarm.corpus.tables.vocabulary import Extension, Fertility
from rewarm.evaluate.original import windows
from rewarm.model import scoring

NOTHING = Fertility("", 0, 0, 0, 0, 0, 0, 0, 0)
# Tokens 0 to 9 have 1 byte each; 10 is 1 2 3, 11 is 4 5.
EXTENSION = Extension(10, ["a", "b"], ["a", "b"], [[1, 2, 3], [4, 5]], 0, "source", [], NOTHING, 0.1)
SIZES = np.array([1] * 10 + [3, 2], dtype=float)


def documents(folder: Path, rows: list[list[int]], masked: list[list[int]]) -> heldout.Heldout:
    table = pa.table(
        {"id": [f"{n:020}" for n in range(len(rows))], "source": ["s"] * len(rows), "tokens": rows,
         "masked": masked},
        schema=heldout.SCHEMA,
    )  # fmt: skip
    with pa.OSFile(str(folder / "00000.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return heldout.read(folder)


def test_tokens_are_spelled_out_with_where_they_come_from() -> None:
    tokens, origin = EXTENSION.expand(np.array([0, 10, 7, 11], dtype=np.uint32))
    assert tokens.tolist() == [0, 1, 2, 3, 7, 4, 5] and origin.tolist() == [0, 1, 1, 1, 2, 3, 3]


@pytest.mark.parametrize("seq_len", [3, 4, 100])
@pytest.mark.parametrize("positions", [None, 4, 7])
def test_both_sides_score_the_same_bytes(tmp_path: Path, seq_len: int, positions: int | None) -> None:
    rng = np.random.default_rng(0)
    rows = [rng.integers(0, 12, size).tolist() for size in (1, 2, 5, 13, 40)]
    held = documents(tmp_path, rows, [[], [], [1, 3], [0, 4, 9, 11], []])
    mine = np.zeros(len(rows))
    for row, tokens, weights in windows(held, EXTENSION, seq_len, positions):
        assert len(tokens) <= (positions or len(tokens)) and tokens.max() < 10
        mine[row] += (SIZES[tokens[1:]] * weights[1:]).sum()
    theirs = np.zeros(len(rows))
    for batch in scoring.batches(held.tokens, range(len(rows)), held.lengths, seq_len):
        for row, tokens, weights in batch:
            theirs[row] += (SIZES[tokens[1:]] * weights[1:]).sum()
    assert theirs.tolist() == mine.tolist() and theirs[4] > 0
