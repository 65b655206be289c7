"""Whole comparisons against scripted judges: both orders, faults, resume, and what is printed."""

import json
import random
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import judges
import pytest
from scripted_server import FaultProxy, ScriptedServer

from rewarm.errors import RewarmError
from rewarm.evaluate.duels import report, run, verdicts
from rewarm.evaluate.duels.summary import Summary
from rewarm.llm.spending import BudgetReached
from rewarm.recipe.duels import OVERALL, Duels

Answers = Callable[..., list[tuple[str, Path]]]
Serve = Callable[..., ScriptedServer]
Settings = Callable[..., Duels]
ALONE = {"dimensions": [], "judged_twice": 0.0}


def qualities(count: int, seed: int, shift: int = 0) -> list[str | None]:
    """Answers of different words, so that none are near-identical."""
    rng = random.Random(seed)
    words = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven"]
    return [
        f"{' '.join(rng.choices(words, k=rng.randint(4, 12)))} quality {rng.randint(0, 3) + shift}"
        for _ in range(count)
    ]


def compared(files: list[tuple[str, Path]], settings: Duels, out: Path, base: str | None = None) -> Summary:
    return run.run(run.plan(files, base, settings), out)


def test_rates_are_those_of_the_rule(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    base, result = qualities(40, 1), qualities(40, 2, 1)
    server = serve()
    found = compared(answers(base=base, result=result), settings(server.url, **ALONE), tmp_path / "out")
    ends = [int(text[-1]) for text in base if text], [int(text[-1]) for text in result if text]
    (rate,) = found.rates
    wins = sum(b > a for a, b in zip(*ends, strict=True))
    ties = sum(b == a for a, b in zip(*ends, strict=True))
    assert (rate.win, rate.tie, rate.lose) == (wins, ties, 40 - wins - ties)
    assert rate.not_lose.value == (wins + ties) / 40
    assert rate.not_lose.low < rate.not_lose.value < rate.not_lose.high
    assert (rate.result, rate.base, rate.dimension, rate.flipped, rate.half) == (
        "result",
        "base",
        OVERALL,
        0,
        0,
    )
    assert len(server.bodies) == 80 and found.measurable


def test_both_orders_are_shown_and_nothing_tells_the_models_apart(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    server = serve()
    compared(
        answers(secretA=["x quality 1"], secretB=["y quality 2"]), settings(server.url), tmp_path / "out"
    )
    shown = {tuple(judges.materials(body)[1:]) for body in server.bodies}
    assert shown == {("x quality 1", "y quality 2"), ("y quality 2", "x quality 1")}
    assert not any("secret" in json.dumps(body) for body in server.bodies)


def test_files_hold_every_verdict_and_the_summary(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    files = answers(base=["a quality 1", "b quality 1"], result=["c quality 2", "d quality 1"])
    found = compared(files, settings(serve().url, judged_twice=0.5), tmp_path / "out")
    rows = verdicts.read(tmp_path / "out/verdicts.parquet")
    assert len(rows) == (2 + 1) * 2 * 5  # one prompt of the two again, in two orders and five dimensions
    wins = {(row.order, row.verdict, row.winner) for row in rows if row.id == "p000" and row.repeat == 0}
    assert wins == {("result_first", "first", "result"), ("base_first", "second", "result")}
    assert {row.winner for row in rows if row.id == "p001"} == {"tie"}
    assert {row.reason for row in rows} == {"by rule: first", "by rule: second", "by rule: tie"}
    kept = json.loads((tmp_path / "out/duels.json").read_text())
    assert kept == json.loads(json.dumps(report.plain(found)))
    assert [rate["dimension"] for rate in kept["rates"]] == [
        OVERALL, "correctness", "instruction", "completeness", "clarity",
    ]  # fmt: skip


def test_the_second_judgement_lists_dimensions_the_other_way_round(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    server = serve()
    files = answers(base=["a quality 1"], result=["c quality 2"])
    found = compared(files, settings(server.url, judged_twice=1.0), tmp_path / "out")
    orders = {tuple(judges.dimensions(body)) for body in server.bodies}
    assert len(orders) == 2 and tuple(reversed(min(orders))) in orders
    assert found.repeated and (found.repeated.count, found.repeated.with_ties.value) == (1, 1.0)


def test_the_second_judgement_is_asked_anew_in_one_dimension_too(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    server = serve()
    files = answers(base=["a quality 1"], result=["c quality 2"])
    compared(files, settings(server.url, dimensions=[], judged_twice=1.0), tmp_path / "out")
    assert len(server.bodies) == 4


def test_a_judge_that_disagrees_with_itself_is_told(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    """It prefers the result in the first judgement, and the base in the second."""
    server = serve(
        answer=lambda body: judges.judge(
            lambda _, first, second, __: (
                "first" if ("result" in first) == (judges.dimensions(body)[-1] == OVERALL) else "second"
            )
        )(body)
    )
    files = answers(
        base=[f"base {text}" for text in qualities(6, 1)],
        result=[f"result {text}" for text in qualities(6, 2)],
    )
    found = compared(files, settings(server.url, judged_twice=1.0), tmp_path / "out")
    assert found.repeated and (found.repeated.count, found.repeated.with_ties.value) == (6, 0.0)
    assert "agrees with itself on 0.0%" in "\n".join(report.lines(report.plain(found)))


@pytest.mark.parametrize("side", ["first", "second"])
def test_a_one_sided_judge_gives_ties_and_is_no_measurement(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings, side: str
) -> None:
    files = answers(base=qualities(30, 1), result=qualities(30, 2))
    found = compared(files, settings(serve(lambda *_: side).url, **ALONE), tmp_path / "out")
    (rate,) = found.rates
    assert (rate.tie, rate.flipped) == (30, 30) and not found.measurable
    position = found.position[OVERALL]
    assert position.first.value == (side == "first") and position.one_sided
    told = "\n".join(report.lines(report.plain(found)))
    assert f"one-sided: it chose the {side} answer in 100% of its decided verdicts" in told
    assert "NOT MEASURABLE" in told


def test_verdicts_that_cannot_be_used_are_counted_and_are_no_ties(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    spoilt = {
        "Question 0?": "I cannot judge these answers.",
        "Question 1?": "The first one, clearly.",
        "Question 2?": '{"overall": {"reason": "", "verdict": "neither"}}',
        "Question 3?": '{"overall": {"reason": ""',
    }
    rule = judges.judge(judges.by_quality)

    def answer(body: dict[str, Any]) -> str:
        return spoilt.get(judges.materials(body)[0]) or rule(body)

    files = answers(base=qualities(20, 1), result=qualities(20, 2))
    found = compared(files, settings(serve(answer=answer).url, **ALONE), tmp_path / "out")
    (rate,) = found.rates
    assert rate.prompts == 16 and found.excluded == {("result", "base"): 4}
    assert {kind: count for kind, (count, _) in found.rejected.items()} == {
        "refusal": 2,
        "json": 4,
        "schema": 2,
    }
    rows = [row for row in verdicts.read(tmp_path / "out/verdicts.parquet") if row.rejected]
    assert len(rows) == 8 and {row.winner for row in rows} == {""}
    told = "\n".join(report.lines(report.plain(found)))
    assert "4 without a verdict" in told and "8 of 40 requests gave no usable verdict" in told


def test_one_order_alone_is_no_outcome(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    """The judge answers only where the result comes first."""

    def answer(body: dict[str, Any]) -> str:
        return judges.judge(lambda *_: "first")(body) if judges.materials(body)[1] == "x" else "no"

    found = compared(
        answers(base=["y"], result=["x"]), settings(serve(answer=answer).url, **ALONE), tmp_path / "o"
    )
    assert not found.rates and found.excluded == {("result", "base"): 1}


def test_a_run_after_a_dead_server_asks_only_what_is_missing(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    server = serve()
    proxy = FaultProxy(server.url, chain(repeat("", 17), repeat("500")))
    files = answers(base=qualities(20, 1), result=qualities(20, 2))
    some = {"attempts": 2, "concurrency": 2}
    with pytest.raises(RewarmError, match=r"http\.500.*run the same command again"):
        compared(files, settings(proxy.url, some, **ALONE), tmp_path / "out")
    proxy.close()
    assert not (tmp_path / "out/duels.json").exists()
    first = compared(files, settings(server.url, **ALONE), tmp_path / "out")
    assert len(server.bodies) == 40  # each request once, over both runs
    again = compared(files, settings(server.url, **ALONE), tmp_path / "out")
    assert len(server.bodies) == 40 and report.plain(again) == report.plain(first)
    assert sum(rate.prompts for rate in first.rates) == 20


def test_the_budget_stops_or_leaves_a_sample(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    files = answers(base=qualities(20, 1), result=qualities(20, 2))
    server = serve()
    few = {"budget": {"requests": 10}, "concurrency": 1}
    with pytest.raises(BudgetReached, match="raise the limit and run the same command again"):
        compared(files, settings(server.url, few, **ALONE), tmp_path / "out")
    found = compared(files, settings(server.url, few, at_budget="finish", **ALONE), tmp_path / "out")
    assert found.rates[0].prompts == 5 and len(server.bodies) == 10
    assert found.rejected["budget"][0] == 30 and found.excluded == {("result", "base"): 15}
    told = "\n".join(report.lines(report.plain(found)))
    assert (
        "30 of 40 requests were not sent: the budget is reached" in told and "no usable verdict." not in told
    )


def test_missing_empty_and_near_identical_answers_are_counted_apart(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    server = serve()
    files = answers(
        base=["a quality 1", None, "same answer", "", "b quality 1", ""],
        result=["c quality 2", "d quality 1", "same  answer", "  ", "", "e quality 1"],
    )
    found = compared(files, settings(server.url, **ALONE), tmp_path / "out")
    assert (found.given, found.prompts, found.missing) == (6, 5, {"base": 1})
    assert found.decided["result", "base"] == {
        "near_identical": 1, "both_empty": 1, "result_empty": 1, "base_empty": 1,
    }  # fmt: skip
    (rate,) = found.rates
    assert (rate.win, rate.tie, rate.lose, rate.empty) == (2, 0, 1, 2) and len(server.bodies) == 2
    told = "\n".join(report.lines(report.plain(found)))
    assert "1 without an answer of base" in told and "1 near identical" in told


def test_nothing_to_judge_asks_no_judge(tmp_path: Path, answers: Answers, settings: Settings) -> None:
    files = answers(base=["same"], result=[" same"])
    found = compared(files, settings("http://127.0.0.1:9/v1"), tmp_path / "out")
    assert "no pair was judged" in "\n".join(report.lines(report.plain(found)))


def test_several_models_are_ranked(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    files = answers(weak=qualities(40, 1), middle=qualities(40, 2, 2), strong=qualities(40, 3, 3))
    found = compared(files, settings(serve().url, **ALONE), tmp_path / "out", base="middle")
    assert found.strengths
    of = found.strengths.of
    assert of["weak"].high < 0 < of["strong"].low and of["middle"].value == 0
    assert {(rate.result, rate.base) for rate in found.rates} == {
        ("weak", "middle"), ("strong", "middle"), ("strong", "weak"),
    }  # fmt: skip
    only = compared(files, settings(serve().url, compare="base", **ALONE), tmp_path / "o", base="middle")
    assert {(rate.result, rate.base) for rate in only.rates} == {("weak", "middle"), ("strong", "middle")}


def test_prompts_choose_the_language_of_the_criteria(
    tmp_path: Path, serve: Serve, settings: Settings
) -> None:
    rows = [
        {"id": "zh", "prompt": "请说明合同法第52条。", "answers": {"a": "甲 quality 1", "b": "乙 quality 2"}},
        {
            "id": "en",
            "prompt": "Explain 合同 in English.",
            "answers": {"a": "x quality 1", "b": "y quality 2"},
        },
    ]
    path = tmp_path / "both.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    server = serve()
    found = compared([("", path)], settings(server.url), tmp_path / "out")
    systems = {judges.materials(body)[0][:2]: body["messages"][0]["content"] for body in server.bodies}
    assert "更好的回答更容易理解" in systems["请说"] and "easier to follow" in systems["Ex"]
    assert found.rates[0].prompts == 2  # the dimensions have one name in both languages


def test_rates_by_label_need_ten_prompts(tmp_path: Path, serve: Serve, settings: Settings) -> None:
    rows = [
        {
            "id": str(n),
            "prompt": f"Question {n}?",
            "answers": {"a": f"words {n} quality 1", "b": f"other {n} quality {2 if n < 10 else 0}"},
            "labels": {"task": "law" if n < 10 else "code"},
        }
        for n in range(19)
    ]
    path = tmp_path / "all.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = compared([("", path)], settings(serve().url, **ALONE), tmp_path / "out")
    assert [(rate.label, rate.win, rate.lose) for rate in found.rates] == [("", 10, 9), ("task: law", 10, 0)]


def test_a_new_run_forgets_agreement_with_people(
    tmp_path: Path, answers: Answers, serve: Serve, settings: Settings
) -> None:
    files = answers(base=["a quality 1"], result=["c quality 2"])
    (tmp_path / "out").mkdir()
    (tmp_path / "out/people.json").write_text("{}")
    compared(files, settings(serve().url, **ALONE), tmp_path / "out")
    assert not (tmp_path / "out/people.json").exists()
