"""Questions by a scripted model: what is asked, what is dropped, and what an interrupted build repeats."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from examiner import Examiner
from scripted_server import ScriptedServer

from rewarm.errors import RewarmError
from rewarm.evaluate.build import build as building
from rewarm.evaluate.build.asked.checks import check
from rewarm.evaluate.build.asked.passages import Passage, passages
from rewarm.evaluate.build.asked.prompts import Written
from rewarm.evaluate.build.documents import Document
from rewarm.llm.spending import BudgetReached
from rewarm.recipe.bench import Bench
from rewarm.runs.run import Run

Build = Callable[..., building.Built]


@pytest.fixture
def ask(run: Run, tmp_path: Path) -> Iterator[Build]:
    """Builds with a scripted model."""
    servers: list[ScriptedServer] = []

    def build(examiner: Examiner, items: int = 12, **changes: Any) -> building.Built:
        servers.append(ScriptedServer(examiner))
        llm = {"url": servers[-1].url, "model": "m", "cache": tmp_path / "cache", "backoff": 0.01}
        llm |= changes.pop("llm", {})
        questions = {"generator": llm, "share": 1.0, "passage_chars": 400, **changes.pop("questions", {})}
        settings = Bench.model_validate(
            {"items": items, "kinds": [], "transfer_kinds": [], "questions": questions, **changes}
        )
        return building.build(run, settings, tmp_path / "bench")

    yield build
    for server in servers:
        server.close()


def test_good_questions_become_items_of_their_documents(run: Run, ask: Build) -> None:
    examiner = Examiner()
    built = ask(examiner)
    given = building.plan(run, built.settings)
    texts = {one.id: one.text for ids in given.ids.values() for one in given.read(ids)}
    for item_set, items in built.items.items():
        assert len(items) == 12
        assert {item.labels["source"] for item in items} == {"en", "zh"}
        for item in items:
            start, stop = item.origin["span"]
            evidence = texts[item.origin["document"]][start:stop]
            assert " ".join(evidence.split()) == " ".join(item.origin["evidence"].split())
            assert item.options[item.gold[0]] == examiner.right[item.question]
            assert item.origin["document"] in given.ids[item_set]
            assert item.origin["teacher"] == "m" and item.origin["how"].startswith("llm:")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("points", "points_to_text"),
        ("invented", "answer_not_in_document"),
        ("no_evidence", "no_evidence"),
        ("alike", "options_alike"),
        ("unclear", "unsupported"),
        ("known", "closed_book"),
    ],
)
def test_a_bad_question_is_dropped_and_counted(ask: Build, kind: str, reason: str) -> None:
    examiner = Examiner(("good", kind))
    built = ask(examiner, items=6, sets=["recall"])
    counts = built.counts["recall"]
    assert len(built.items["recall"]) == 6
    assert counts[f"questions.{reason}"] > 0
    marks = {"points": "What does the passage", "unclear": "UNCLEAR", "known": "KNOWN"}
    assert not [item for item in built.items["recall"] if marks.get(kind, "4711") in item.question]
    # Every question is an item, is dropped for a reason, or came when the set was full.
    dropped = {name: count for name, count in counts.items() if name.startswith("questions.")}
    assert set(dropped) <= {f"questions.{reason}", "questions.unsupported", "questions.closed_book"}


def test_the_share_that_the_model_lacks_is_filled_by_rules(ask: Build) -> None:
    built = ask(
        Examiner(("unclear",)),
        items=10,
        sets=["recall"],
        kinds=["number"],
        questions={"share": 0.5, "attempts": 1},
    )
    assert {item.group for item in built.items["recall"]} == {"number"}
    assert len(built.items["recall"]) == 10


def test_a_second_build_asks_nothing(ask: Build) -> None:
    first, second = Examiner(), Examiner()
    one = ask(first)
    second.right = first.right
    two = ask(second)
    assert first.asked > 0 and second.asked == 0
    assert one.items == two.items


def test_the_budget_stops_or_finishes(ask: Build) -> None:
    with pytest.raises(BudgetReached):
        ask(Examiner(), llm={"budget": {"requests": 8}})
    built = ask(
        Examiner(), llm={"budget": {"requests": 60}}, sets=["recall"], items=40,
        questions={"at_budget": "finish", "closed_book": 1},
    )  # fmt: skip
    assert built.counts["recall"]["questions.budget"] == 1
    assert len(built.items["recall"]) < 40


def test_text_that_is_not_redacted_is_not_sent(run: Run, tmp_path: Path) -> None:
    settings = Bench.model_validate({"questions": {"generator": {"model": "m"}}})
    open_run = Run(run.path)
    open_run.recipe["redact"]["enabled"] = False
    with pytest.raises(RewarmError, match="personal data in 'en' is not replaced"):
        building.build(open_run, settings, tmp_path)


def test_passages_leave_out_what_carries_no_loss() -> None:
    text = (
        "The first rule of the harbour is short. The name of Anna Berg was replaced. The last rule is long. "
        * 4
    )
    start = text.index("The name")
    found = list(passages(Document("d", "s", "o", text, masks=((start + 12, start + 21),)), 300))
    assert found
    for passage in found:
        assert passage.text in text
        assert len(passage.text) <= 300
        assert not (passage.start < start + 21 and start + 12 < passage.stop)


def test_an_answer_may_be_put_in_words_of_its_evidence() -> None:
    text = "The harbour master inspects every mooring line within thirty days of its installation."
    passage = Passage(Document("d", "s", "o", text), 0, len(text))
    written = Written(
        question="When does the harbour master inspect a mooring line?",
        answer="thirty days of installation",
        distractors=["two weeks after its use", "half a year after sale", "one year after repair"],
        evidence=text,
    )
    assert check(written, passage, 4) == ""
    assert (
        check(written.model_copy(update={"answer": "forty days of storage"}), passage, 4)
        == "answer_not_in_document"
    )
    assert check(written.model_copy(update={"answer": "mooring line"}), passage, 4) == "answer_shown"
    assert check(written, passage, 6) == "options_alike"
    long = ["a day", "two days", "three days"]
    assert check(written.model_copy(update={"distractors": long}), passage, 4) == "options_uneven"
