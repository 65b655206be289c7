"""What can be left out of a sentence, and what may stand in its place."""

import pytest

from rewarm.evaluate.build import articles, numbers
from rewarm.evaluate.build.balance import Limit, fill
from rewarm.evaluate.build.blanks import blanks
from rewarm.evaluate.build.contexts import Contexts
from rewarm.evaluate.build.distractors import Pool
from rewarm.evaluate.build.documents import Document
from rewarm.evaluate.build.noun_phrases import phrases
from rewarm.evaluate.build.overlap import DocumentCounts
from rewarm.evaluate.build.repeats import Repeats
from rewarm.evaluate.build.sentences import sentences, spans, unfit
from rewarm.evaluate.build.terms import Terms
from rewarm.evaluate.tasks.item import Item
from rewarm.recipe.bench import Lengths


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("keep it for 30 days or 1,200 hours", ["30 days", "1,200 hours"]),
        ("affects six months of 12.5 percent", ["six months", "12.5 percent"]),
        ("in 3 of 4 cases by May 2020, Section 12.3", ["4 cases"]),
        ("version v2 days, $5 million", []),
        ("应当在十五日内缴纳百分之三十的税款", ["百分之三十", "十五日"]),
        ("二〇二〇年五月三日，第三年，一人", []),
        ("处三年以下有期徒刑", ["三年"]),
    ],
)
def test_numbers_have_their_unit(text: str, found: list[str]) -> None:
    assert [text[one.start : one.stop] for one in numbers.find(text)] == found


def test_equal_numbers_have_one_value() -> None:
    values = [
        [one.value for one in numbers.find(text)] for text in ("in 60 days", "in sixty days", "in 61 days")
    ]
    assert values[0] == values[1] != values[2]
    types = [
        [one.type for one in numbers.find(text)] for text in ("in 60 days", "in sixty days", "in 60 weeks")
    ]
    assert types[0] != types[1] and types[0] != types[2]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("依照本法第二十条、第三条的规定", ["第二十条", "第三条"]),
        ("as Section 12.3 and Article 5 say", ["Section 12.3", "Article 5"]),
        ("第一百二十条之一", []),
        ("the article says 5", []),
    ],
)
def test_articles(text: str, found: list[str]) -> None:
    assert [text[one.start : one.stop] for one in articles.find(text)] == found


def test_noun_phrases_are_whole_and_no_verbs() -> None:
    text = "The coronary artery supplies the heart with oxygen, and two cases were described."
    found = {one.surface: one for one in phrases(text)}
    # "coronary artery supplies" is followed by a determiner, as verbs are.
    assert found["coronary artery supplies"].after
    assert found["heart"].before and not found["heart"].after
    assert "two cases" not in found and "artery" not in found
    assert "国家机关工作人员" in [one.surface for one in phrases("国家机关工作人员不得滥用职权")]


def test_sentences_have_their_place() -> None:
    text = "Title of it\nDr. Ames met J. Smith. The second one has 3.5 mg, e.g. iron.\n第一句。第二句；end"
    parts = [text[start:stop] for start, stop, _ in spans(text)]
    assert parts == [
        "Title of it", "Dr. Ames met J. Smith.", "The second one has 3.5 mg, e.g. iron.",
        "第一句。", "第二句；", "end",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A mooring line of the ferry is replaced by the warden every year.", ""),
        ("A mooring line is replaced.", "too_short"),
        ("A " + "long " * 50 + "line.", "too_long"),
        ("It is replaced by the warden of the harbour in every year.", "not_self_contained"),
        ("What is replaced by the warden of the harbour in every year?", "not_prose"),
        ("See https://a.example for the lines that are replaced in every year.", "not_prose"),
        ("县级以上地方人民政府应当每年公布港口的建设规划。", ""),
        ("有前款规定的行为的，由海事管理机构处以一万元罚款。", "not_self_contained"),
        ("（四）一年以内曾受过海事管理机构两次以上处罚的船舶。", "not_self_contained"),
        ("港口应当公布规划。", "too_short"),
    ],
)
def test_unfit_sentences(text: str, reason: str) -> None:
    (sentence,) = sentences(Document("d", "s", "o", text))
    assert unfit(sentence, Lengths()) == reason


def test_distractors_are_of_the_source_and_not_in_the_line() -> None:
    lines = [f"The warden of berth {number} keeps the log for {number + 10} days." for number in range(8)]
    one = Document("a", "first", "o", "\n".join(lines[:4]) + " The fee is due in 14 days, or in 15 days.")
    same = Document("b", "first", "o", "\n".join(lines[4:]))
    other = Document("c", "second", "o", "The other warden keeps the log of it for 19 days.")
    terms = Terms([], [])
    found = [
        blank for document in (one, same, other) for sentence in sentences(document)
        for blank in blanks(sentence, ["number"], terms)
    ]  # fmt: skip
    (asked,) = (blank for blank in found if blank.answer == "13 days")
    chosen = Pool(found, Contexts()).distractors(asked, 7, "0")
    # 13 is the answer, 14 and 15 stand in its line, 19 is of another source.
    assert sorted(chosen) == ["10 days", "11 days", "12 days", "16 days", "17 days"]


def test_groups_have_equal_shares_whatever_is_refused() -> None:
    entries = [("a", number) for number in range(30)] + [("b", number) for number in range(30)] + [("c", 0)]

    def accept(number: int) -> Item | None:
        return Item(str(number), "?") if number % 3 == 0 else None

    found = fill(entries, accept, 11)
    assert len(found) == 11
    assert [sum(item.id == str(number) for item in found) for number in (0, 3, 6, 9, 12)] == [3, 2, 2, 2, 2]


def test_near_duplicates_and_limits() -> None:
    repeats = Repeats(0.6)
    repeats.add("The warden of Aldmere keeps the dredging log for ____.")
    assert repeats.repeats("The warden of Brackwell keeps the dredging log for ____.")
    assert not repeats.repeats("Every pilot ladder in Holme is made of ____ rope.")
    limit = Limit(2)
    limit.take("a")
    assert not limit.full("a")
    limit.take("a")
    assert limit.full("a") and not limit.full("b")


def test_boilerplate_and_known_sentences() -> None:
    shared = "Every amendment of this rule is published in the official gazette of the ministry."
    own = "The warden of Aldmere weighs the anchor chain of each ferry before the first voyage."
    counts = DocumentCounts()
    counts.add([(f"{own} {shared}", ""), (f"{shared} Nothing else is said here about any ferry.", "")])
    assert counts.boilerplate(shared, "") and not counts.boilerplate(own, "")
    assert counts.known(own, "")
    assert not counts.known(
        "A pilot of Brackwell paints the hull of every boat in the third week of May.", ""
    )
    # A changed number does not make a sentence new.
    assert counts.known(own.replace("first voyage", "first trip"), "")
