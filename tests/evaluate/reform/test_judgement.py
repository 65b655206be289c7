"""What simulated answers of base and result are taken for."""

from collections.abc import Sequence

import numpy as np
import pytest

from rewarm.evaluate.reform import plan, report
from rewarm.evaluate.reform.answers import Answers
from rewarm.evaluate.reform.judgement import TOGETHER, Judgement
from rewarm.evaluate.reform.plan import Plan
from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import ENGLISH

SIZE = 400


def made(names: Sequence[str], size: int = SIZE) -> Plan:
    items = [
        Item(str(number), f"Which {number}?", ("p", "q", "r", "s"), (number % 4,)) for number in range(size)
    ]
    return plan.plan(Asked(items, ENGLISH, "letters"), names)


def answers(original: float, **reformed: float) -> Answers:
    """Answers with the given accuracies. Random items: nothing connects the columns."""
    rng = np.random.default_rng(sum(map(ord, f"{original}{reformed}")))
    values = {name: (rng.random(SIZE) < rate).astype(float) for name, rate in reformed.items()}
    return Answers((rng.random(SIZE) < original).astype(float), values, {})


def judged(base: Answers, result: Answers) -> dict[str, Judgement]:
    found = report.report(made(list(base.reformed)), base, result, "made")
    return {judgement.reform: judgement for judgement in found.judgements}


@pytest.mark.parametrize(
    ("base", "result", "outcome", "said"),
    [
        ((0.3, 0.3), (0.9, 0.32), "result remembers", "no lead is left"),
        ((0.3, 0.3), (0.9, 0.6), "result remembers", "remains"),
        ((0.3, 0.3), (0.7, 0.7), "lead kept", "keeps its lead"),
        ((0.9, 0.5), (0.6, 0.5), "base remembers", "lost memory, not lost ability"),
        ((0.8, 0.8), (0.5, 0.5), "loss kept", "lost ability"),
        ((0.5, 0.5), (0.5, 0.5), "undecided", "chance may explain"),
    ],
)
def test_outcome_with_other_orders(
    base: tuple[float, float], result: tuple[float, float], outcome: str, said: str
) -> None:
    found = judged(answers(base[0], shuffled_order=base[1]), answers(result[0], shuffled_order=result[1]))
    for name in (TOGETHER, "shuffled_order"):
        assert found[name].outcome == outcome and said in found[name].sentence


def test_a_base_that_always_names_one_letter_remembers_nothing() -> None:
    items = [
        Item(str(number), "Which?", ("p", "q", "r", "s"), (0 if number % 5 < 2 else 1,))
        for number in range(SIZE)
    ]
    plans = plan.plan(Asked(items, ENGLISH, "letters"), ["shuffled_order"])
    letter = np.array([float(item.gold == (1,)) for item in items])
    base = Answers(letter, {"shuffled_order": np.full(SIZE, 0.25)}, {})
    result = Answers(np.ones(SIZE), {"shuffled_order": np.ones(SIZE)}, {})
    assert report.report(plans, base, result, "made").judgements[0].outcome == "lead kept"


def test_in_cloze_form_the_place_of_the_answers_does_not_matter() -> None:
    items = [Item(str(number), "Which?", ("p", "q", "r", "s"), (3,)) for number in range(SIZE)]
    plans = plan.plan(Asked(items, ENGLISH, "cloze"), ["retrieval_likelihood"])
    base, result = (answers(before, retrieval_likelihood=after) for before, after in ((0.8, 0.3), (0.8, 0.8)))
    assert report.report(plans, base, result, "made").judgements[0].outcome == "base remembers"


def test_lost_memory_counts_lost_items_on_which_the_base_is_no_better_afterwards() -> None:
    base, result = answers(0.9, shuffled_order=0.5), answers(0.6, shuffled_order=0.5)
    found = judged(base, result)[TOGETHER]
    lost = base.original > result.original
    assert found.lost == lost.sum() and found.gained == (base.original < result.original).sum()
    same = result.reformed["shuffled_order"] >= base.reformed["shuffled_order"]
    assert found.lost_memory == (lost & same).sum() > 0


def test_a_harder_form_alone_is_no_memory() -> None:
    # Both keep half of their accuracy above chance: the lead halves, and nobody remembered anything.
    found = judged(answers(0.45, digits=0.35), answers(0.85, digits=0.55))["digits"]
    assert found.removed.low > 0 and found.outcome == "lead kept"


def test_a_form_in_which_nobody_is_above_chance_is_not_measurable() -> None:
    found = judged(answers(0.3, digits=0.25), answers(0.9, digits=0.25))["digits"]
    assert found.outcome == "not measurable"


def test_naming_one_option_is_no_ability_in_multiple_select() -> None:
    found = judged(answers(0.3, multiple_select=0.25), answers(0.9, multiple_select=0.25))["multiple_select"]
    assert found.outcome == "not measurable"


def test_the_lead_removed_has_its_stated_coverage() -> None:
    plans, covered, rng = made(["shuffled_order"], 80), 0, np.random.default_rng(0)
    for _ in range(200):
        # Answers of one item hang together, as those of real models do.
        level = rng.random(80)
        draws = [(rng.random(80) < 0.3 + 0.4 * level + add).astype(float) for add in (0.0, 0.2, 0.0, 0.1)]
        base = Answers(draws[0], {"shuffled_order": draws[2]}, {})
        result = Answers(draws[1], {"shuffled_order": draws[3]}, {})
        removed = report.report(plans, base, result, "made").judgements[0].removed
        # 0.2 of lead on the original, 0.1 afterwards, each over 1 - 1/4; the level is never above 1 - 0.2.
        covered += removed.low <= 0.1 / 0.75 <= removed.high
    assert 0.90 <= covered / 200 <= 0.99


def test_plain_values_are_json_and_rows_name_the_items() -> None:
    base, result = answers(0.3, shuffled_order=0.3), answers(0.9, shuffled_order=0.3)
    base.reformed["shuffled_order"][:5] = np.nan
    found = report.report(made(["shuffled_order"]), base, result, "made")
    plain = found.plain()
    assert len(plain["items"]) == SIZE and plain["items"][0] == {
        "id": "0",
        "base": bool(base.original[0]),
        "result": bool(result.original[0]),
        "reformed": {},
    }
    assert plain["judgements"][0]["left_out"] == 5 and plain["judgements"][0]["items"] == SIZE - 5
    text = "\n".join(found.lines())
    assert "shuffled_order" in text and "5 left out" in text and "result remembers" in text


def test_reforms_that_do_not_apply_are_listed_with_the_reason() -> None:
    items = [Item(str(number), "Which?", ("p", "q"), (0,)) for number in range(40)]
    found = plan.plan(Asked(items, ENGLISH, "letters"), ["none_of_others"])
    empty = Answers(np.ones(40), {"none_of_others": np.full(40, np.nan)}, {})
    text = list(report.report(found, empty, empty, "made").lines())
    assert text[-1] == "  none_of_others: does not apply: no single-choice item with three options or more"
