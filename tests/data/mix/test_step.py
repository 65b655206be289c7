"""What a stage takes, and in which order training sees it."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rewarm.corpus.work import Work
from rewarm.data.mix.step import run
from rewarm.data.order.step import run as order
from rewarm.data.tokenize.step import SCHEMA
from rewarm.errors import RewarmError

SOURCES = ("law", "web")
SIZE = 10


@pytest.fixture
def tokenized(tmp_path: Path) -> Path:
    """40 documents of law, 400 of web, ten tokens each."""
    (tmp_path / "tokenize/tokens").mkdir(parents=True)
    leaves = [{"leaf": number, "source": name} for number, name in enumerate(SOURCES)]
    (tmp_path / "tokenize/leaves.json").write_text(json.dumps(leaves))
    leaf = [0] * 40 + [1] * 400
    count = len(leaf)
    rows = {
        "id": [f"d{number:04}" for number in range(count)], "leaf": leaf, "heldout": [False] * count,
        "quality": [1.0] * count, "tokens": [np.arange(SIZE, dtype=np.uint32)] * count,
        "bytes": [1] * count, "masked": [[] for _ in range(count)],
    }  # fmt: skip
    with pa.ipc.new_file(str(tmp_path / "tokenize/tokens/00000.arrow"), SCHEMA) as writer:
        writer.write_table(pa.table(rows, schema=SCHEMA))
    return tmp_path


def mixed(folder: Path, *stages: dict[str, Any], into: str = "mix", seed: int = 0) -> dict[str, Any]:
    """The plan; stages: name, tokens, mix, and what is not usual."""
    whole = [{"max_epochs": 4, "best": 1.0, **stage} for stage in stages]
    (folder / into / "ledger").mkdir(parents=True)
    run(Work("mix", folder / into, {"stages": whole, "seed": seed}, {"tokenize": folder / "tokenize"}))
    plan: dict[str, Any] = json.loads((folder / into / "plan.json").read_text())
    return plan


def drawn(folder: Path, stage: str, into: str = "mix") -> list[int]:
    found: list[int] = pq.read_table(folder / into / f"{stage}.parquet")["document"].to_pylist()
    return found


def test_a_source_that_is_taken_whole_is_shuffled_all_the_same(tokenized: Path) -> None:
    mixed(tokenized, {"name": "adapt", "tokens": 4000, "mix": {"web": 1}, "max_epochs": 1})
    (tokenized / "order").mkdir()
    order(Work("order", tokenized / "order", {"stages": ["adapt"], "seed": 0}, {"mix": tokenized / "mix"}))
    rows = drawn(tokenized, "adapt", "order")
    assert sorted(rows) == list(range(40, 440))
    # In the order of the files, neighbours would follow each other.
    assert sum(after - before == 1 for before, after in pairwise(rows)) < 20


def test_what_stages_before_have_used_up_is_given_by_the_others(
    tokenized: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mix = {"law": 0.5, "web": 0.5}
    adapt = {"name": "adapt", "tokens": 4000, "mix": mix}
    plan = mixed(tokenized, adapt, {"name": "anneal", "tokens": 1000, "mix": mix})
    assert plan["adapt"]["law"]["epochs"] == 4 and plan["anneal"]["law"]["tokens"] == 0
    assert plan["anneal"]["web"]["tokens"] == 1000
    assert "anneal: law was used 4 times by the stages before" in capsys.readouterr().err
    more = {"name": "anneal", "tokens": 1000, "mix": mix, "max_epochs": 8}
    assert mixed(tokenized, adapt, more, into="more")["anneal"]["law"]["tokens"] == 500
    with pytest.raises(RewarmError, match=r"stages\.anneal\.max_epochs: law was used 4 times"):
        mixed(tokenized, adapt, {"name": "anneal", "tokens": 10, "mix": {"law": 1}}, into="spent")


def test_passes_count_over_stages_fractions_too(tokenized: Path) -> None:
    stages = [{"name": name, "tokens": 4000, "mix": {"law": 1}, "max_epochs": 1.5} for name in ("a", "b")]
    with pytest.raises(RewarmError, match=r"stages\.b\.max_epochs"):
        mixed(tokenized, *stages)
    stages[0]["tokens"] = 400
    plan = mixed(tokenized, *stages, into="half")
    assert (plan["a"]["law"]["epochs"], plan["b"]["law"]["epochs"]) == (1, 0.5)


def test_what_stands_beside_a_source_changes_nothing_of_its_draw(tokenized: Path) -> None:
    def laws(mix: dict[str, float], into: str) -> list[int]:
        mixed(tokenized, {"name": "adapt", "tokens": 200, "mix": mix}, into=into)
        return [row for row in drawn(tokenized, "adapt", into) if row < 40]

    one, two = laws({"law": 0.5, "web": 0.5}, "one"), laws({"web": 0.5, "law": 0.5}, "two")
    assert one == two and len(one) == 10
