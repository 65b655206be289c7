"""The closed-book probe, and what the preview warns of."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from scripted_server import ScriptedServer

from rewarm.data.synthesize.preview import size_of, size_warnings
from rewarm.data.synthesize.probe import Probe, items, letter_of, probe
from rewarm.llm.client import Client
from rewarm.recipe.llm import Llm
from rewarm.statistics.proportion import interval
from rewarm.text.domain_terms import mine

NOUNS = "boiler gutter chimney cellar balcony staircase attic fence driveway ceiling".split()  # noqa: SIM905
TEXTS = [
    f"The tenant must clean the {NOUNS[number % 10]} before leaving house {number}. Nothing else applies "
    f"to it."
    for number in range(60)
]


def found_items() -> list[Any]:
    return items(TEXTS, mine(TEXTS, ["The weather is fine today."] * 60), seed=1)


def test_gaps_have_four_choices_and_one_is_right() -> None:
    found = found_items()
    assert len(found) == 30
    for item in found:
        assert len(set(item.choices)) == 4 and item.sentence.count("____") == 1
        whole = item.sentence.replace("____", item.choices[item.right]).lower()
        assert any(whole in text.lower() for text in TEXTS)
        assert not any(item.choices[wrong] in item.sentence for wrong in range(4) if wrong != item.right)


@pytest.mark.parametrize(("knows", "weak"), [(True, False), (False, True)])
def test_a_teacher_that_guesses_is_weak(tmp_path: Path, knows: bool, weak: bool) -> None:
    found = found_items()
    right = {item.sentence: "ABCD"[item.right] for item in found}

    def answer(body: dict[str, Any]) -> str:
        user = body["messages"][1]["content"]
        sentence = user.split("\n")[1]
        return f"{right[sentence]}." if knows else "A"

    server = ScriptedServer(answer)
    llm = Llm(url=server.url, model="m", cache=tmp_path / "c")
    with closing(Client(llm, tmp_path / "spent.jsonl")) as client:
        seen = probe(found, client)
    server.close()
    assert seen.weak == weak and seen.asked == 30 and (seen.right == 30) == knows
    # Closed book: the passage is not in the request.
    assert not any("Nothing else applies" in json.dumps(body) for body in server.bodies)


@pytest.mark.parametrize(
    ("text", "letter"),
    [("B", "B"), ("C. the attic", "C"), ("**D**", "D"), ("The answer is B.", "B"), ("I think it is (C)", "C"),
     ("A or B", ""), ("none", ""), ("", "")],
)  # fmt: skip
def test_letters_are_read(text: str, letter: str) -> None:
    assert letter_of(text) == letter or (text == "A or B" and letter_of(text) in ("A", ""))


@pytest.mark.parametrize(
    ("name", "size"),
    [("Qwen2.5-72B-Instruct", 72e9), ("SmolLM2-135M", 135e6), ("Qwen3-30B-A3B", 30e9), ("gpt-x", None),
     ("llama-3.1-8b-instruct-q4", 8e9), ("mixtral-8x7b", 7e9), ("phi-3.5-mini", None)],
)  # fmt: skip
def test_sizes_in_names(name: str, size: float | None) -> None:
    assert size_of(name) == size


@pytest.mark.parametrize(
    ("teacher", "base", "said"),
    [
        ("Qwen2.5-72B-Instruct", "Qwen/Qwen2.5-7B", ""),
        ("Qwen2.5-7B", "Qwen/Qwen2.5-7B", "the base itself"),
        ("Llama-3.2-1B", "Qwen/Qwen2.5-7B", "no larger than the base"),
        ("mystery", "Qwen/Qwen2.5-7B", "size of the teacher is not known"),
    ],
)
def test_warnings_about_size(teacher: str, base: str, said: str) -> None:
    found = size_warnings(Llm(model=teacher), base, None)
    assert found == [] if not said else said in found[0]


def test_an_interval_of_a_share() -> None:
    low, high = interval(15, 30)
    assert abs(low - 0.331) < 0.002 and abs(high - 0.669) < 0.002
    assert interval(0, 30)[0] == 0 and interval(30, 30)[1] == 1 and interval(0, 0) == (0, 1)
    assert Probe(30, 12, *interval(12, 30)).weak and not Probe(30, 14, *interval(14, 30)).weak
