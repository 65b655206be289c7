"""Labels that documents get: from whom they are learnt, who gets one, and in any order of shards."""

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shards import identity, write_documents

from rewarm.corpus.tables import labels
from rewarm.data.annotate import step
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.recipe import Annotate

WORDS = {"tax": ["invoice", "refund", "税率", "发票"], "court": ["verdict", "appeal", "判决", "上诉"]}


def text(topic: str, number: int) -> str:
    rng = random.Random(f"{topic}{number}")
    return " ".join(rng.choices(WORDS[topic], k=6) + [f"w{rng.randrange(200)}" for _ in range(20)])


def rows(number: int = 300) -> list[dict[str, Any]]:
    """Documents of a base source with labels, and 60 of another without."""
    topics = sorted(WORDS)
    base = [
        {"id": identity(n), "text": text(topics[n % 2], n), "source": "open", "label": topics[n % 2]}
        for n in range(number)
    ]
    new = [
        {"id": identity(1000 + n), "text": text(topics[n % 2], 1000 + n), "source": "crawl"}
        for n in range(60)
    ]
    return base + new


def annotated(
    folder: Path, given: list[dict[str, Any]], shard: int = 1000, fixed: dict[str, Any] | None = None,
    **settings: Any,
) -> tuple[dict[str, int], dict[str, dict[str, Any]]]:  # fmt: skip
    """Counts, and the attributes of each document."""
    for number, start in enumerate(range(0, len(given), shard)):
        part = given[start : start + shard]
        write_documents(folder / "clean/documents", part, number)
        own = [(row["id"], {"topic": row["label"]}) for row in part if row.get("label")]
        (folder / "collect").mkdir(exist_ok=True)
        labels.write(folder / f"collect/labels/{number:05}.parquet", own, ["topic"])
    config = Annotate.model_validate({"classifiers": {"topic": {"base": ["open"], **settings}}})
    (folder / "out").mkdir()
    work = Work(
        "annotate",
        folder / "out",
        {
            "annotate": config.model_dump(mode="json"),
            "labels": fixed or {"open": {"topic": None}, "crawl": {"topic": None}},
            "seed": 0,
        },
        tables={"documents": [folder / "clean/documents"], "labels": [folder / "collect/labels"]},
    )
    counts = step.run(work)
    found = pa.concat_tables(pq.read_table(path) for path in sorted((folder / "out/attributes").iterdir()))
    return counts, {row["id"]: row for row in found.to_pylist()}


def test_documents_without_a_label_get_one(tmp_path: Path) -> None:
    counts, found = annotated(tmp_path, rows())
    assert len(found) == 360 and counts["asked.topic"] == 60 and counts["labelled.topic"] > 50
    topics = sorted(WORDS)
    right = [found[identity(1000 + n)]["predicted_topic"] == topics[n % 2] for n in range(60)]
    assert sum(right) > 50
    assert all(found[identity(n)]["predicted_topic"] is None for n in range(300)), "they have their own"
    assert found[identity(0)]["predicted_topic_probability"] is None
    about = json.loads((tmp_path / "out/classifiers/topic.json").read_text())
    assert about["classes"] == topics and about["accuracy"] > 0.9 and about["trained"] > 180


def test_any_cut_into_shards_gives_the_same_labels(tmp_path: Path) -> None:
    given = rows()
    whole = annotated(tmp_path / "whole", given)
    random.Random(4).shuffle(given)
    assert annotated(tmp_path / "cut", given, shard=97)[1] == whole[1]


def test_what_is_not_certain_enough_gets_no_label_but_its_probability(tmp_path: Path) -> None:
    given = [*rows(), {"id": identity(5000), "text": "w1 w2 w3", "source": "crawl"}]
    counts, found = annotated(tmp_path, given, min_probability=1.0)
    assert counts["labelled.topic"] == 0 and counts["asked.topic"] == 61
    doubtful = found[identity(5000)]
    assert doubtful["predicted_topic"] is None and 0.4 < doubtful["predicted_topic_probability"] < 1


def test_sources_with_one_label_each_teach_too(tmp_path: Path) -> None:
    given = [{**row, "source": row.pop("label", row["source"])} for row in rows()]
    fixed = {"tax": {"topic": "tax"}, "court": {"topic": "court"}, "crawl": {"topic": None}}
    counts, _ = annotated(tmp_path, given, fixed=fixed, base=["tax", "court"])
    assert counts["asked.topic"] == 60 and counts["labelled.topic"] > 50


def test_a_base_without_labels_is_an_error_that_says_what_to_set(tmp_path: Path) -> None:
    given = [{key: value for key, value in row.items() if key != "label"} for row in rows()]
    with pytest.raises(RewarmError, match=r"topic: needs two classes or more, has none.*field: NAME"):
        annotated(tmp_path, given)


def test_each_label_teaches_by_the_same_number_of_documents(tmp_path: Path) -> None:
    from rewarm.data.annotate.teaching import teaching

    given = rows(101)
    write_documents(tmp_path / "documents", given)
    own = [(row["id"], {"topic": row["label"]}) for row in given[:101]]
    labels.write(tmp_path / "labels/00000.parquet", own, ["topic"])
    found = teaching(
        [tmp_path / "documents/00000.parquet"], [tmp_path / "labels"], "topic", {}, ["open"], 20, 0
    )
    assert found.labels.count("tax") == found.labels.count("court") == 20 and len(set(found.ids)) == 40
