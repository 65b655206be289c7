"""Columns beside the documents: by name, from any step, joined by ID."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rewarm.corpus.tables import attributes, labels

IDS = pa.array(["a", "b", "c"])


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """One step measured all in the documents' order, another some in its own, a third another shard."""
    tables = {
        "clean/0.parquet": {"id": ["a", "b", "c"], "chars": [1.0, 2.0, 3.0], "quality": [0.1, 0.2, 0.3]},
        "score/0.parquet": {"id": ["c", "x", "a"], "law": [30, 99, 10], "language": ["zh", "xx", "en"]},
        "other/1.parquet": {"id": ["a"], "elsewhere": [1.0]},
    }
    for name, rows in tables.items():
        (tmp_path / name).parent.mkdir()
        pq.write_table(pa.table(rows), tmp_path / name)
    return [tmp_path / "clean", tmp_path / "score", tmp_path / "other", tmp_path / "never"]


def test_columns_of_all_steps_are_joined_by_id(folders: list[Path]) -> None:
    assert attributes.columns(folders, "0.parquet", IDS).to_pydict() == {
        "chars": [1.0, 2.0, 3.0], "quality": [0.1, 0.2, 0.3], "law": [10, None, 30],
        "language": ["en", None, "zh"],
    }  # fmt: skip


def test_only_what_is_asked_for_is_read(folders: list[Path]) -> None:
    found = attributes.columns(folders, "0.parquet", pa.array(["c", "b"]), ["law", "nobody"])
    assert found.to_pydict() == {"law": [30, None], "nobody": [None, None]}
    assert attributes.columns(folders[2:], "0.parquet", IDS).column_names == []


def test_numbers_are_nan_where_there_is_none(folders: list[Path]) -> None:
    np.testing.assert_equal(attributes.numbers(folders, "0.parquet", IDS, "law"), [10.0, np.nan, 30.0])
    assert np.isnan(attributes.numbers(folders, "0.parquet", IDS, "nobody")).all()


def test_of_two_labels_the_later_steps_counts(tmp_path: Path) -> None:
    labels.write(
        tmp_path / "collect/0.parquet", [("a", {"task": "law"}), ("b", {"topic": "tax"})], ["task", "topic"]
    )
    labels.write(tmp_path / "judge/0.parquet", [("c", {"task": "web"}), ("a", {"task": "court"})], ["task"])
    found = labels.read([tmp_path / "collect", tmp_path / "judge", tmp_path / "none"], "0.parquet", IDS)
    assert {axis: column.to_pylist() for axis, column in found.items()} == {
        "task": ["court", None, "web"], "topic": [None, "tax", None],
    }  # fmt: skip
    assert labels.read([tmp_path / "none"], "0.parquet", IDS) == {}


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (" tax ", "tax"), (3, "3"), (2.5, "2.5"), (True, "true"), ("", None), ("x" * 201, None), (None, None),
        (["a"], None), ({"a": 1}, None), (float("nan"), None),
    ],
)  # fmt: skip
def test_short_texts_and_numbers_are_labels(value: object, label: str | None) -> None:
    assert labels.text_of(value) == label
