"""The four questions: the answer changes where the rule says so, and each names a source."""

import pytest

from rewarm.plan import accelerators, advice, models
from rewarm.plan.advice import Situation

CARD = accelerators.find("rtx-4090")


def test_every_answer_has_a_rule_and_a_source() -> None:
    for situation in (Situation(), Situation(1e5, True), Situation(5e8, domain_bits=0.9, general_bits=0.7)):
        found = advice.advise(situation)
        assert len(found) == 4 and all(one.answer and one.because and one.source for one in found)


@pytest.mark.parametrize(
    ("tokens", "said"),
    [(5e5, "retrieval"), (5e6, "other wordings"), (5e7, "4 passes"), (5e8, "yes"), (None, "--tokens")],
)
def test_little_text_is_not_worth_continued_pretraining(tokens: float | None, said: str) -> None:
    assert said in advice.enough(Situation(tokens)).answer


def test_base_or_chat_depends_on_the_text() -> None:
    assert advice.base_or_chat(Situation(5e6)).answer.startswith("chat model")
    assert advice.base_or_chat(Situation(5e6, chat=False)).answer.startswith("base, if")
    assert advice.base_or_chat(Situation(5e8)).answer.startswith("base;")


def test_all_weights_or_lora_by_memory() -> None:
    small, middle, large = (models.find(name) for name in ("Qwen3-0.6B-Base", "Qwen3-4B-Base", "Qwen2.5-72B"))
    assert small and middle and large
    answers = [
        advice.full_or_lora(Situation(1e9, model=model.shapes(), card=CARD)).answer
        for model in (small, middle, large)
    ]
    assert answers[0] == "all weights" and answers[1].startswith("LoRA") and "all weights need" in answers[1]
    assert answers[2].startswith("neither fits")
    assert "--gpu" in advice.full_or_lora(Situation()).answer


def test_a_domain_is_known_when_it_costs_no_more_than_general_text() -> None:
    assert advice.known(Situation(domain_bits=0.80, general_bits=0.79)).answer.startswith("mostly")
    assert "0.30 bits" in advice.known(Situation(domain_bits=1.1, general_bits=0.8)).answer
    assert "--general" in advice.known(Situation(domain_bits=1.1)).answer
