"""The held-out table has the held-out rows of the token table, in their order, over all shards."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from rewarm.corpus.tables import heldout, token_table
from rewarm.data.tokenize.step import SCHEMA


def test_rows_tokens_and_masks_are_those_of_the_token_table(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name in ("tokens", "heldout"):
        (tmp_path / name).mkdir()
    # The second shard holds nothing out.
    for shard, chosen in enumerate(([False, True, True], [False, False], [True])):
        rows = {
            "id": [f"{shard}{row:019}" for row in range(len(chosen))],
            "source": ["s"] * len(chosen),
            "heldout": chosen,
            "tokens": [rng.integers(0, 9, 4 + row) for row in range(len(chosen))],
            "bytes": [1] * len(chosen),
            "masked": [[1, 2 + row] for row in range(len(chosen))],
        }
        batch = pa.RecordBatch.from_pydict(rows, schema=SCHEMA)
        for name, part in (("tokens", batch), ("heldout", heldout.rows(batch))):
            with pa.ipc.new_file(str(tmp_path / name / f"{shard:05}.arrow"), part.schema) as writer:
                writer.write_batch(part)
    documents = heldout.read(tmp_path / "heldout")
    assert len(documents) == 3
    assert documents.ids.tolist() == [f"0{1:019}", f"0{2:019}", f"2{0:019}"]
    everything = token_table.Tokens(tmp_path / "tokens")
    for row, original in enumerate((1, 2, 5)):
        assert documents.lengths[row] == len(everything[original])
        assert documents.tokens[row].tolist() == everything[original].tolist()
        assert documents.tokens.weights(row).tolist() == everything.weights(original).tolist()


def test_a_corpus_may_hold_nothing_out(tmp_path: Path) -> None:
    batch = pa.RecordBatch.from_pylist([], schema=SCHEMA)
    with pa.ipc.new_file(str(tmp_path / "00000.arrow"), heldout.SCHEMA) as writer:
        writer.write_batch(heldout.rows(batch))
    assert len(heldout.read(tmp_path)) == 0
