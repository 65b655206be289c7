"""Items read back as they were written, and a wrong field is named with its record."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.corpus.benchmarks.canary import CANARY
from rewarm.errors import RewarmError
from rewarm.evaluate.tasks.item import Item, of_record, record_of

TEXTS = st.text(min_size=1, max_size=20).filter(lambda text: text.strip() and text.isprintable())


@st.composite
def items(draw: st.DrawFn) -> Item:
    common = {
        "id": draw(TEXTS),
        "question": draw(TEXTS),
        "context": draw(st.one_of(st.just(""), TEXTS)),
        "group": draw(st.sampled_from(["", "law"])),
        "labels": draw(st.dictionaries(st.sampled_from(["language", "task"]), TEXTS)),
        "origin": draw(st.sampled_from([{}, {"document": "d1", "start": 3}])),
        "fill_blank": draw(st.booleans()),
    }
    options = draw(st.lists(TEXTS, max_size=5, unique=True))
    if len(options) < 2:
        return Item(**common, answers=tuple(draw(st.lists(TEXTS, min_size=1, max_size=3))))
    multiple = draw(st.booleans())
    most = len(options) if multiple else 1
    gold = draw(st.sets(st.integers(0, len(options) - 1), min_size=1, max_size=most))
    return Item(**common, options=tuple(options), gold=tuple(sorted(gold)), multiple=multiple)


@given(items())
def test_a_written_item_is_read_back_equal(item: Item) -> None:
    record = json.loads(json.dumps(record_of(item)))
    assert record["canary"] == CANARY
    assert of_record(record, "file: record 1", "1") == item


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"question": "q", "choices": ["a", "b"], "answer": 0}, "unknown field 'choices'"),
        ({"question": " ", "answer": "a"}, "question"),
        ({"answer": "a"}, "question"),
        ({"question": "q", "options": ["a", 2], "answer": 0}, "options"),
        ({"question": "q", "options": ["a", "b"], "answer": 2}, "0 to 1"),
        ({"question": "q", "options": ["a", "b"], "answer": -1}, "0 to 1"),
        ({"question": "q", "options": ["a", "b"], "answer": "A"}, "'A' is not a position"),
        ({"question": "q", "options": ["a", "b"], "answer": True}, "not a position"),
        ({"question": "q", "options": ["a", "b"], "answer": [0, 0]}, "one twice"),
        ({"question": "q", "options": ["a", "b"], "answer": []}, "names no option"),
        ({"question": "q", "options": ["a"], "answer": 0}, "two or more"),
        ({"question": "q"}, "no options"),
        ({"question": "q", "answer": []}, "not a text"),
        ({"question": "q", "answer": "a", "labels": ["zh"]}, "labels"),
    ],
)
def test_a_wrong_field_is_named_with_its_record(record: dict, said: str) -> None:
    with pytest.raises(RewarmError, match=r"items\.jsonl: record 7") as caught:
        of_record(record, "items.jsonl: record 7", "7")
    assert said in str(caught.value)


def test_kinds_and_chances() -> None:
    def item(**fields: object) -> Item:
        return of_record({"question": "q", **fields}, "r", "1")

    assert item(answer="a").kind == "open" and item(answer="a").chance == 0
    four = ["a", "b", "c", "d"]
    assert item(options=four, answer=1).kind == "choice" and item(options=four, answer=1).chance == 0.25
    several = item(options=four, answer=[1])
    assert several.kind == "multiple" and several.chance == pytest.approx(1 / 15)
    blank = item(question="Article ____ governs.", options=four, answer=0)
    assert blank.kind == "blank" and blank.chance == 0.25
    for question in ("____ and ____", "Atoms and _______ react.", "___ is short"):
        assert item(question=question, options=four, answer=0).kind == "choice"
    assert item(question="Article ____ governs.", options=four, answer=0, fill_blank=False).kind == "choice"
    assert item(options=["a", "a"], answer=0).equal_options and not blank.equal_options


def test_a_lone_surrogate_becomes_valid_text() -> None:
    item = of_record({"question": "a\ud800b", "answer": "\udfff"}, "r", "1")
    assert item.question.encode() and item.answers[0].encode()
