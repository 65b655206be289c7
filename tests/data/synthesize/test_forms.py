"""Layouts, patterns and repeated questions."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.synthesize import layouts, patterns
from rewarm.data.synthesize.distinct import repeated, words

PAIRS = [("Who pays rent?", "The tenant pays."), ("Who returns it?", "The landlord returns it.")]


def test_layouts_are_many_and_each_is_its_own() -> None:
    assert len(layouts.LAYOUTS) > 100 and len({layout.shape for layout in layouts.LAYOUTS}) >= 8
    texts = {
        language: {layout.write(PAIRS, language) for layout in layouts.LAYOUTS} for language in ("", "zh")
    }
    assert len(texts[""]) == len(texts["zh"]) == len(layouts.LAYOUTS)
    for text in texts[""]:
        for question, answer in PAIRS:
            assert question in text and answer in text


@pytest.mark.parametrize("documents", [231, 1000, 4000])
def test_no_template_is_frequent(documents: int) -> None:
    used = Counter(layouts.turn(place).name for place in range(documents))
    assert max(used.values()) <= patterns.limit(documents, 0.01)


def test_solutions_take_turns_and_leave_empty_parts_out() -> None:
    made = [layouts.solution(["It fails.", "", "Restart it."], place, "") for place in range(1440)]
    assert all("It fails." in text and "Restart it." in text for text, _ in made)
    assert not any("Cause" in text or "Reason" in text for text, _ in made)
    used = Counter(name for _, name in made)
    assert len(used) == 145 and len({text for text, _ in made}) == 145
    # Text without labels has nothing in common with another.
    assert max(count for name, count in used.items() if name != "solution/plain") <= 0.01 * len(made)


def rules() -> list[str]:
    return [
        f"Rule {number} of the {number * 7}th chapter binds party {number}. It ends on day {number}."
        for number in range(300)
    ]


def test_an_opening_stays_in_few_and_goes_from_the_rest() -> None:
    bodies = [
        f"Rule {number} of the {number * 7}th chapter binds party {number}. It ends on day {number}."
        for number in range(300)
    ]
    texts = [f"In today's fast-paced world of law, things change. {body}" for body in bodies]
    found = patterns.trimmed(texts, 0.01)
    assert sum(text is not None and text.startswith("In today's") for text in found) == 3
    assert found[3:] == bodies[3:]


def test_a_closing_and_a_heading_go_too() -> None:
    bodies = [
        f"Rule {number} of the {number * 7}th chapter binds party {number}. It ends on day {number}."
        for number in range(300)
    ]
    texts = [f"## Overview\n\n{body}\n\nIn conclusion, rules matter to all." for body in bodies]
    found = patterns.trimmed(texts, 0.01)
    assert not any("## Overview" in (text or "") for text in found)
    assert sum((text or "").endswith("matter to all.") for text in found) == 3


def test_what_is_nothing_but_pattern_is_rejected() -> None:
    found = patterns.trimmed(["All the same words in every one of them."] * 50, 0.01)
    assert found[:2] == ["All the same words in every one of them."] * 2 and set(found[2:]) == {None}


@given(st.lists(st.text("ab .。\n#*", max_size=60), max_size=60))
def test_limits_hold_for_any_texts(texts: list[str]) -> None:
    left = [text for text in patterns.trimmed(texts, 0.01) if text is not None]
    for edge in (patterns.opening, patterns.closing):
        counts = Counter(map(edge, left))
        assert max(counts.values(), default=0) <= patterns.limit(len(texts), 0.01)


def test_repeated_questions() -> None:
    questions = [
        "Within how many days must the landlord return the deposit?",
        "In how many days must a landlord return the deposit?",
        "Who must return the deposit within ten days?",
        "What does section 12 require of the landlord?",
        "What does section 13 require of the landlord?",
        "出租人应当在多少日内返还押金？",
        "出租人应当在多少日内返还承租人押金？",
        "承租人什么时候支付租金？",
    ]
    assert repeated(questions, 0.7) == [-1, 0, -1, -1, -1, -1, 5, -1]


def test_the_prefix_filter_finds_what_comparing_all_finds() -> None:
    rng = random.Random(2)
    names = [
        one + two
        for one in ("bran", "clor", "drev", "gost", "plim")
        for two in ("ak", "en", "ip", "ot", "ur")
    ]
    questions = [" ".join(rng.sample(names, rng.randint(1, 7))) for _ in range(300)]
    fast = repeated(questions, 0.6)
    kept: list[int] = []
    for place, question in enumerate(questions):
        own = words(question)
        match = next(
            (
                other
                for other in kept
                if len(own & words(questions[other])) >= 0.6 * len(own | words(questions[other]))
            ),
            -1,
        )
        assert (fast[place] >= 0) == (match >= 0)
        if match < 0:
            kept.append(place)
