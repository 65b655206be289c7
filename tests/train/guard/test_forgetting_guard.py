"""The forgetting guard: when it measures, what it compares, and which leaf it finds."""

import json
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from rewarm.corpus.tables.heldout import SCHEMA
from rewarm.corpus.tables.leaves import write_shard
from rewarm.engine.work import Work
from rewarm.train.distributed.ranks import Ranks
from rewarm.train.guard.forgetting_guard import Change, ForgettingGuard, breach, due, worse_domain


def change(source: str, rise: float, *, domain: bool = False) -> Change:
    return Change(source, 0, 4, 1.0, 1.0 + rise, domain)


def test_it_measures_every_so_often_and_early() -> None:
    assert [done for done in range(1, 200) if due(done, 50)] == [8, 32, 50, 100, 128, 150]
    assert not any(due(done, 0) for done in range(200))
    assert due(1, 1)


def test_the_leaf_that_lost_most_is_a_breach() -> None:
    changes = [change("web", 0.25), change("code", 0.5), change("law", 2, domain=True), change("fr", -3)]
    worst, domain = breach(changes, 0.375), worse_domain(changes, 0.375)
    assert worst is not None and worst.source == "code" and str(worst) == "code +0.500 bits/byte"
    assert domain is not None and domain.source == "law"
    # At the tolerance is within it.
    assert breach(changes, 0.5) is None and worse_domain(changes, 2) is None
    assert breach([], 0) is None and breach(changes[2:3], 0) is None and worse_domain(changes[:2], 0) is None


class Model:
    """Costs `nats` a token, and notes its mode."""

    def __init__(self, nats: float) -> None:
        self.nats, self.modes = nats, list[str]()

    def __call__(self, tokens: torch.Tensor, _: None, weights: torch.Tensor) -> Any:
        return None, torch.full((weights.numel(),), self.nats)

    def eval(self) -> None:
        self.modes.append("eval")

    def train(self) -> None:
        self.modes.append("train")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """Three leaves: two documents of the domain, four retained (one token masked), none of the third."""
    (tmp_path / "tokenize/heldout").mkdir(parents=True)
    tasks = ("domain", "general", "general")
    leaves = [
        {"leaf": leaf, "source": f"s{leaf}", "labels": {"task": task}} for leaf, task in enumerate(tasks)
    ]
    (tmp_path / "mix").mkdir()
    (tmp_path / "mix/leaves.json").write_text(json.dumps(leaves))
    np.save(tmp_path / "tokenize/token_bytes.npy", np.full(16, 2, dtype=np.uint16))
    leaf = [1, 0, 1, 0, 1, 1]
    rows = {
        "id": [f"d{row}" for row in range(6)],
        "source": ["s"] * 6,
        "tokens": [np.arange(5 + row) for row in range(6)],
        "masked": [[1, 2], *([[]] * 5)],
    }
    with pa.ipc.new_file(str(tmp_path / "tokenize/heldout/00000.arrow"), SCHEMA) as writer:
        writer.write_table(pa.table(rows, schema=SCHEMA))
    (tmp_path / "baseline").mkdir()
    targets = np.array([3, 5, 6, 7, 8, 9])
    # In another order than the documents: they are joined by ID.
    write_shard(tmp_path / "mix/leaf_of/0.parquet", pa.array(rows["id"][::-1]), np.array(leaf[::-1]))
    base = {"id": rows["id"], "nats": 2.0 * targets, "tokens": targets, "bytes": 2 * targets}
    pq.write_table(pa.table(base), tmp_path / "baseline/documents.parquet")
    config = {"forgetting": {"documents": 3, "seq_len": 64}, "train": {"precision": "fp32"}, "free": {}}
    read = {
        "heldout": "tokenize/heldout", "leaves": "mix/leaves.json",
        "heldout_leaf_of": "mix/leaf_of",
        "token_bytes": "tokenize/token_bytes.npy", "scores": "baseline/documents.parquet",
    }  # fmt: skip
    tables = {name: [tmp_path / path] for name, path in read.items()}
    return Work("train", tmp_path, config, tables=tables)


def test_changes_are_in_bits_per_byte_on_the_documents_of_the_base(work: Work) -> None:
    guard = ForgettingGuard(work, Ranks(0, 1, torch.device("cpu")))
    assert guard.retained == [1, 2]
    model = Model(3.0)
    domain, retained = guard.measure(model)  # type: ignore[arg-type]
    assert model.modes == ["eval", "train"]
    bits = [pytest.approx(nats / (2 * log(2))) for nats in (2.0, 3.0)]
    assert (domain.source, domain.leaf, domain.documents, domain.domain) == ("s0", 0, 2, True)
    assert (retained.source, retained.leaf, retained.documents, retained.domain) == ("s1", 1, 3, False)
    for one in (domain, retained):
        assert [one.before, one.now] == bits and one.bits_per_byte == pytest.approx(1 / (2 * log(2)))


def test_each_rank_scores_a_share_and_all_add_up(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    from rewarm.model import scoring

    monkeypatch.setattr(scoring, "_BATCH_TOKENS", 1)  # A document a batch: five of them, for two ranks.
    sums: list[torch.Tensor] = []

    def add_up(_: Ranks, table: torch.Tensor) -> torch.Tensor:
        sums.append(table.clone())
        return table

    monkeypatch.setattr(Ranks, "add_up", add_up)
    for rank in (0, 1):
        guard = ForgettingGuard(work, Ranks(rank, 2, torch.device("cpu")))
        guard.measure(Model(3.0))  # type: ignore[arg-type]
    targets = (sums[0] + sums[1])[:, 1]
    assert targets.tolist() == [3, 5, 6, 7, 8, 0]
    assert (sums[0][:, 1] > 0).sum() == 3 and (sums[1][:, 1] > 0).sum() == 2


def test_weights_that_a_forward_pass_gathered_are_sharded_again(work: Work) -> None:
    class Sharded(Model):
        def reshard(self) -> None:
            self.modes.append("reshard")

    model = Sharded(3.0)
    ForgettingGuard(work, Ranks(0, 1, torch.device("cpu"))).measure(model)  # type: ignore[arg-type]
    assert model.modes == ["eval", "train", "reshard"]


def test_without_held_out_documents_nothing_is_measured(work: Work) -> None:
    empty = work.folder / "tokenize/heldout/00000.arrow"
    with pa.ipc.new_file(str(empty), SCHEMA):
        pass
    base = pq.read_table(work.folder / "baseline/documents.parquet")
    pq.write_table(base.slice(0, 0), work.folder / "baseline/documents.parquet")
    model = Model(3.0)
    assert ForgettingGuard(work, Ranks(0, 1, torch.device("cpu"))).measure(model) == []  # type: ignore[arg-type]
    assert model.modes == []
