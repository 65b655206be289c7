"""Leaves: which there are, in which order, and whose label counts."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.corpus.labelled import Labelled, labelled
from rewarm.corpus.tables import leaves as table
from rewarm.corpus.tables.leaves import Leaf
from rewarm.data.mix.leaf_numbers import number
from rewarm.errors import RewarmError

AXES = ["task", "language"]
SOURCES: list[dict[str, Any]] = [
    {"source": "law", "labels": {"task": "domain", "language": "zh"}, "attributes": {}},
    {"source": "web", "labels": {"task": "general"}, "attributes": {"language": "spoken"}},
    {"source": "notes", "labels": {"task": "general", "language": "en"}, "attributes": {}},
]


def texts(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


def given_labels(names: list[str], own: Labelled | None = None, spoken: Any = None) -> Labelled:
    beside = pa.table({"spoken": spoken if spoken is not None else texts(*[None] * len(names))})
    return labelled(np.array(names, dtype=object), SOURCES, AXES, own or {}, beside)


def test_a_documents_own_label_counts_then_an_attribute_then_the_sources() -> None:
    names = ["law", "law", "web", "web", "web", "notes"]
    own = {"language": texts(None, "en", None, None, "fr", None)}
    found = given_labels(names, own, texts("xx", "xx", "de", None, "de", "xx"))
    assert found["source"].to_pylist() == names
    assert found["language"].to_pylist() == ["zh", "en", "de", None, "fr", "en"]
    assert found["task"].to_pylist() == ["domain", "domain", "general", "general", "general", "general"]


def test_whole_numbers_and_flags_are_labels_and_fractions_are_not() -> None:
    assert given_labels(["web"], spoken=pa.array([3]))["language"].to_pylist() == ["3"]
    with pytest.raises(RewarmError, match=r"sources\.web\.labels: the attribute 'spoken' is of type double"):
        given_labels(["web"], spoken=pa.array([0.5]))
    assert given_labels(["web"], spoken=pa.array([True]))["language"].to_pylist() == ["true"]
    with pytest.raises(RewarmError, match=r"sources\.web\.labels: no step writes the attribute 'spoken'"):
        labelled(np.array(["web"]), SOURCES, AXES, {}, pa.table({"other": texts("a")}))
    with pytest.raises(RewarmError, match="labels on an axis that no source declares: topic"):
        given_labels(["law"], {"topic": texts("tax")})


def test_sources_come_in_the_recipes_order_then_labels() -> None:
    names = ["web", "law", "web", "law", "web"]
    own = {"language": texts("en", "zh", "de", "en", None)}
    leaves, leaf = number(given_labels(names, own), SOURCES, [])
    assert [(one.number, one.source, one.labels.get("language")) for one in leaves] == [
        (0, "law", "en"), (1, "law", "zh"), (2, "web", "de"), (3, "web", "en"), (4, "web", None),
        (5, "notes", "en"),
    ]  # fmt: skip
    assert leaf.tolist() == [3, 1, 2, 0, 4]


def test_a_run_that_goes_on_keeps_numbers_and_appends() -> None:
    earlier = [Leaf(0, "old", {"task": "x"}), Leaf(1, "law", {"language": "zh", "task": "domain"})]
    names, own = ["law", "law"], {"language": texts("zh", "en")}
    leaves, leaf = number(given_labels(names, own), SOURCES, earlier)
    assert leaves[:2] == earlier and [one.number for one in leaves] == list(range(len(leaves)))
    assert leaf.tolist()[0] == 1 and leaves[leaf[1]].labels["language"] == "en" and leaf[1] >= 2


@given(
    st.lists(
        st.tuples(st.sampled_from(["law", "web", "notes"]), st.sampled_from(["zh", "en", None])), max_size=40
    )
)
def test_a_document_has_the_leaf_of_its_source_and_labels(documents: list[tuple[str, str | None]]) -> None:
    names = [name for name, _ in documents]
    found = given_labels(names, {"language": texts(*(own for _, own in documents))})
    leaves, leaf = number(found, SOURCES, [])
    assert len({(one.source, tuple(one.labels.items())) for one in leaves}) == len(leaves)
    assert {one.source for one in leaves} == {"law", "web", "notes"}, "one without documents has a leaf too"
    for row, name in enumerate(names):
        one = leaves[leaf[row]]
        assert one.source == name and one.labels.get("language") == found["language"][row].as_py()


def test_leaves_are_joined_by_id(tmp_path: Path) -> None:
    leaves = [Leaf(0, "law", {"task": "domain"}), Leaf(1, "web", {})]
    table.write(tmp_path / "leaves.json", leaves)
    assert table.read(tmp_path / "leaves.json") == leaves
    table.write_shard(tmp_path / "leaf_of/0.parquet", texts("a", "b"), np.array([1, 0]))
    table.write_shard(tmp_path / "leaf_of/1.parquet", texts("c"), np.array([7]))
    assert table.of_documents(tmp_path / "leaf_of", texts("c", "b", "a", "b")).tolist() == [7, 0, 1, 0]
    with pytest.raises(RewarmError, match="document d has no leaf"):
        table.of_documents(tmp_path / "leaf_of", texts("a", "d"))


def test_channels_of_several_leaves_are_listed_once() -> None:
    found = table.channels(
        [
            Leaf(0, "law", {"task": "domain", "language": "zh"}),
            Leaf(1, "law", {"task": "domain", "language": "en"}),
            Leaf(2, "web", {"task": "general", "language": "en"}),
        ]
    )
    # Source law and task domain are the same leaves; web, zh and general are one leaf each.
    assert found == [[0, 1], [1, 2]]
