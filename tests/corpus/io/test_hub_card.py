"""Configurations and splits of a data set: by its card, or by the names of its files."""

import pytest

from rewarm.corpus.io import hub_card
from rewarm.errors import RewarmError

CARD = """---
license: mit
configs:
- config_name: zh
  data_dir: zh
  data_files:
  - split: train
    path: ["a-*.jsonl", "more/*.jsonl"]
  - split: exam
    path: exam.jsonl
- config_name: plain
  data_files: ["plain/*.txt"]
---
# A corpus
"""
NAMES = ["en/train.jsonl", "plain/a.txt", "zh/a-1.jsonl", "zh/exam.jsonl", "zh/more/b.jsonl"]


@pytest.mark.parametrize(
    ("config", "split", "wanted"),
    [
        (None, None, NAMES),
        ("zh", None, ["zh/a-1.jsonl", "zh/exam.jsonl", "zh/more/b.jsonl"]),
        ("zh", "exam", ["zh/exam.jsonl"]),
        (None, "train", ["plain/a.txt", "zh/a-1.jsonl", "zh/more/b.jsonl"]),
        ("plain", "train", ["plain/a.txt"]),
    ],
)
def test_the_card_decides(config, split, wanted):
    assert hub_card.chosen(NAMES, CARD, config, split, "sources.a") == wanted


@pytest.mark.parametrize(
    "card", ["", "# no front matter", "---\nconfigs: [\n---\n", "---\nconfigs: all\n---\n"]
)
def test_without_a_card_names_decide(card):
    names = [
        "data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "dev/[a].jsonl",
        "data/rare-00000-of-00001.parquet", "latest.jsonl", "my-test.csv",
    ]  # fmt: skip

    def of(split):
        return hub_card.chosen(names, card, None, split, "sources.a")

    assert of("train") == names[:2]
    assert of("validation") == [names[2]]
    assert of("rare") == [names[3]]
    assert of("test") == [names[5]], "`latest` is no `test`"
    assert hub_card.chosen(names, card, "default", "test", "sources.a") == [names[5]]
    assert hub_card.chosen(names, card, "default", None, "sources.a") == names


def test_what_is_not_there_is_named():
    with pytest.raises(RewarmError, match=r"sources\.a\.config: no configuration 'de'; there are zh, plain"):
        hub_card.chosen(NAMES, CARD, "de", None, "sources.a")
    with pytest.raises(RewarmError, match=r"sources\.a\.split: no split 'test'; there are train, exam"):
        hub_card.chosen(NAMES, CARD, "zh", "test", "sources.a")
    with pytest.raises(RewarmError, match=r"no split 'test'; there are train\."):
        hub_card.chosen(NAMES[:1], "", None, "test", "sources.a")
