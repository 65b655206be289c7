"""Items of a whole run: where they come from, and what every one of them must satisfy."""

import json
from collections import Counter
from pathlib import Path

import harbours
import pytest

from rewarm.corpus.benchmarks.canary import CANARY
from rewarm.errors import RewarmError
from rewarm.evaluate.build import build as building
from rewarm.evaluate.build.build import Built
from rewarm.evaluate.tasks.item import BLANK, of_record, record_of
from rewarm.recipe.bench import Bench
from rewarm.runs import trained_documents
from rewarm.runs.run import Run

SETTINGS = Bench(items=80, transfer_kinds=["term", "number"])


@pytest.fixture(scope="module")
def built(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return building.build(run, SETTINGS, tmp_path_factory.mktemp("bench"))


def test_sets_come_from_trained_and_held_out_documents(run: Run, built: Built) -> None:
    heldout = {row["id"] for row in run.documents.to_pylist() if row["heldout"]}
    trained = trained_documents.whole(run).whole
    assert heldout and trained and not heldout & trained
    for item_set, documents in (("recall", trained), ("transfer", heldout)):
        assert len(built.items[item_set]) >= 40
        assert {item.origin["document"] for item in built.items[item_set]} <= documents
        assert {item.origin["set"] for item in built.items[item_set]} == {item_set}


def test_every_item_can_be_found_in_its_document(run: Run, built: Built) -> None:
    given = building.plan(run, SETTINGS)
    texts = {one.id: one.text for ids in given.ids.values() for one in given.read(ids)}
    for item in (item for items in built.items.values() for item in items):
        start, stop = item.origin["span"]
        (gold,) = item.gold
        text = texts[item.origin["document"]]
        sentence = item.question.replace(BLANK, item.options[gold])
        assert text[start:stop] == item.options[gold]
        assert item.question.count(BLANK) == 1
        assert len(set(item.options)) == SETTINGS.options
        # The answer is not shown, and no other option is right by standing in the same line.
        (line,) = (line for line in text.split("\n") if sentence in line)
        assert item.options[gold] not in f"{item.context}\n{item.question}"
        assert not [option for option in item.options if option in line and option != item.options[gold]]


def test_kinds_sources_and_positions_are_balanced(built: Built) -> None:
    items = built.items["recall"]
    groups = Counter((item.group, item.labels["source"]) for item in items)
    assert set(groups) == {(kind, source) for kind in SETTINGS.kinds for source in ("en", "zh")}
    assert max(groups.values()) - min(groups.values()) <= 2
    assert min(Counter(item.gold[0] for item in items).values()) >= len(items) / 10


def test_distractors_have_the_unit_of_the_answer(built: Built) -> None:
    numbers = [item for item in built.items["recall"] if item.group == "number"]
    english = [item for item in numbers if item.labels["source"] == "en"]
    assert english and all(option.endswith(" days") for item in english for option in item.options)
    assert all(option.endswith("日") for item in numbers if item not in english for option in item.options)
    articles = [item for item in built.items["recall"] if item.group == "article"]
    assert all(option[:1] in "第A" for item in articles for option in item.options)


def test_boilerplate_is_no_question(built: Built) -> None:
    assert built.counts["recall"]["sentences.boilerplate"] > 0
    words = harbours.BOILERPLATE.split()[:4]
    assert not [item for item in built.items["recall"] if item.question.split()[:4] == words]


def test_the_same_seed_gives_the_same_items(run: Run, built: Built, tmp_path: Path) -> None:
    again = building.build(run, SETTINGS, tmp_path)
    assert again.items == built.items
    assert again.counts == built.counts
    other = building.build(run, SETTINGS.model_copy(update={"seed": 7}), tmp_path)
    assert other.items["recall"] != built.items["recall"]


def test_written_items_are_read_back_with_the_canary(built: Built, tmp_path: Path) -> None:
    for path in building.write(built, tmp_path):
        lines = path.read_text("utf-8").splitlines()
        items = built.items[path.stem]  # type: ignore[index]
        assert [of_record(json.loads(line), path.name, "") for line in lines] == items
        assert all(json.loads(line)["canary"] == CANARY for line in lines)
        assert [record_of(item) for item in items] == [json.loads(line) for line in lines]
    told = json.loads((tmp_path / building.SUMMARY).read_text())
    assert told["counts"]["recall"]["blanks"] == built.counts["recall"]["blanks"]


def test_a_set_without_documents_is_an_error(run: Run) -> None:
    with pytest.raises(RewarmError, match=r"sources: 'law' is not a source of .*; they are en, zh"):
        building.plan(run, Bench(sources=["law"]))
