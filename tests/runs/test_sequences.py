"""From every token of a run's sequences to its document, and the summary of order and packing."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shards import identity, numbers, write_tokens

from rewarm.corpus.tables import run_record
from rewarm.corpus.tables.blocks import Blocks
from rewarm.corpus.tables.run_record import RunRecord
from rewarm.data.pack.step import run as pack
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.inspect import sequences as shown
from rewarm.runs import sequences
from rewarm.runs.run import Run

LENGTHS = [9, 50, 12, 30, 8, 21, 40, 5]
GROUPS = [0, -1, 0, 1, 1, -1, -1, -1]
SEQ_LEN = 40
ORDER = [0, 2, 3, 4, 1, 5, 6, 7]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    steps = {name: tmp_path / "steps" / f"{name}-0" for name in ("tokenize", "order", "pack")}
    for folder in steps.values():
        folder.mkdir(parents=True)
        (folder / "_manifest.json").write_text(json.dumps({"step": folder.name.split("-")[0]}))
    # A token's value names its document and its place.
    write_tokens(steps["tokenize"] / "tokens", [100 * row + np.arange(n) for row, n in enumerate(LENGTHS)])
    np.save(steps["tokenize"] / "token_breaks.npy", np.zeros(1000, dtype=np.uint8))
    plan = {
        "id": [identity(row) for row in ORDER], "leaf": [0] * 8, "tokens": [LENGTHS[row] for row in ORDER],
        "band": [0] * 8, "group": [GROUPS[row] for row in ORDER], "path": [GROUPS[row] for row in ORDER],
    }  # fmt: skip
    pq.write_table(pa.table(plan), steps["order"] / "adapt.parquet")
    said = {"by": "user", "documents": 8, "in_groups": 4, "users": 2, "without_field": 1}
    (steps["order"] / "order.json").write_text(json.dumps({"adapt": {"all": said}}))
    settings = {"method": "best_fit", "split": "exact", "max_padding": 1.0, "window": 99, "block_tokens": 60}
    config = {"stages": [{"name": "adapt", "seq_len": SEQ_LEN}], "seed": 0, "pack": settings}
    tables = {
        "plan": [steps["order"]], "tokens": [steps["tokenize"] / "tokens"],
        "token_breaks": [steps["tokenize"] / "token_breaks.npy"],
    }  # fmt: skip
    pack(Work("pack", steps["pack"], config, tables=tables))
    named = {name: folder.name for name, folder in steps.items()}
    run_record.write(tmp_path / "run.json", RunRecord(name="small", steps=named))
    return Run(tmp_path)


def test_every_token_leads_to_its_document_and_every_document_is_there_once(run: Run) -> None:
    blocks = Blocks(run.steps["pack"].path, "adapt")
    seen = []
    joined = 0
    for number in range(len(blocks)):
        for token, value in enumerate(blocks[number].tokens.tolist()):
            found = sequences.origin(run, "adapt", number, token)
            document = numbers([found.document])[0]
            assert (document, found.place) == divmod(value, 100)
            seen.append((document, found.place))
            # The second of each group attends to the first, whose tokens stand just before.
            assert found.documents_before == int(document in (2, 4))
            joined += found.documents_before
            assert token - found.context == found.place - (found.place // SEQ_LEN * SEQ_LEN) + (
                LENGTHS[document - 2 if document == 2 else 3] if document in (2, 4) else 0
            )
    assert sorted(seen) == [(row, place) for row, count in enumerate(LENGTHS) for place in range(count)]
    assert joined == sequences.summary(run)["adapt"]["pack"]["joined_tokens"] == 12 + 8


def test_the_summary_names_padding_cuts_and_orders(run: Run) -> None:
    first, cuts, order = shown.lines(sequences.summary(run))
    padding = 100 * (1 - sum(LENGTHS) / (SEQ_LEN * len(Blocks(run.steps["pack"].path, "adapt"))))
    assert f"padding {padding:.2f} %" in first and "1 of 8 documents cut" in first
    assert cuts.split() == ["cuts", "behind:", "1", "other"]
    assert "user, 8 documents: 4 in groups of 2 users · 1 without a user" in order


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (("anneal", 0, 0), "has no stage 'anneal'; its stages are adapt"),
        (("adapt", 99, 0), r"has no sequence 99; it has 0 to \d"),
        (("adapt", 0, 40), r"has no token 40; it has 0 to \d+"),
    ],
)
def test_places_that_are_not_there_are_named(run: Run, place: tuple[str, int, int], message: str) -> None:
    with pytest.raises(RewarmError, match=message):
        sequences.origin(run, *place)
