"""The held-out table has the held-out rows of the token table, in their order, over all shards."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

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


@given(st.lists(st.integers(2, 60), min_size=1, max_size=12), st.integers(16, 400))
def test_documents_are_cut_to_the_greatest_common_length_within_the_budget(
    lengths: list[int], budget: int
) -> None:
    def total(cut: int) -> int:
        return sum(min(length, cut) for length in lengths)

    cut = heldout.common_length(np.array(lengths), budget)
    assert total(cut) <= budget or cut == 2
    assert cut == max(lengths) or total(cut + 1) > budget


def test_the_budget_is_that_of_a_source_and_keeps_every_document(tmp_path: Path) -> None:
    lengths = {"law": [40, 3, 20], "api": [10, 5]}
    rows = [(source, length) for source, known in lengths.items() for length in known]
    columns = {
        "id": [f"{row:020}" for row in range(len(rows))],
        "source": [source for source, _ in rows],
        "tokens": [list(range(length)) for _, length in rows],
        "masked": [[] for _ in rows],
    }
    batch = pa.RecordBatch.from_pydict(columns, schema=heldout.SCHEMA)
    with pa.ipc.new_file(str(tmp_path / "00000.arrow"), heldout.SCHEMA) as writer:
        writer.write_batch(batch)
    assert heldout.read(tmp_path, {"max_tokens": 23}).lengths.tolist() == [10, 3, 10, 10, 5]
    both = heldout.read(tmp_path, {"document_tokens": 12, "max_tokens": 23, "seq_len": 4})
    assert both.lengths.tolist() == [10, 3, 10, 10, 5]
    assert heldout.read(tmp_path, {"document_tokens": 12}).lengths.tolist() == [12, 3, 12, 10, 5]
    assert heldout.read(tmp_path, {"document_tokens": None}).lengths.tolist() == [40, 3, 20, 10, 5]
