"""The verdict's words follow the figures; `--fail-on` reads them."""

from typing import Any

import pytest

from rewarm.corpus.tables.task_results import TaskResult
from rewarm.errors import RewarmError
from rewarm.evaluate.verdict import FailOn, fail_on, judge, lines


def channel(value: str, change: float, low: float | None, high: float | None, **more: Any) -> dict[str, Any]:
    return {
        "axis": "task", "value": value, "documents": 30, "before": {"nats": 2.0},
        "after": {"nats": more.pop("nats", 1.5)},
        "change": {"bits_per_byte": change, "low": low, "high": high},
    }  # fmt: skip


_SHARES = (
    "chance", "base", "result", "base_adjusted", "result_adjusted", "change", "low", "high", "p",
    "p_adjusted",
    "bits_base", "bits_result", "bits_change", "bits_low", "bits_high",
)  # fmt: skip


def task(outcome: str, **fields: Any) -> TaskResult:
    values: dict[str, Any] = dict.fromkeys(_SHARES, 0.1)
    return TaskResult("t", fields.pop("form", "cloze"), 100, **{**values, "outcome": outcome, **fields})


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        (channel("domain", -0.2, -0.3, -0.1), "learned"),
        (channel("domain", -0.1, -0.3, 0.1), "not measurable"),
        (channel("domain", 0.1, 0.001, 0.2), "got worse"),
        (channel("general", 0.005, -0.002, 0.009), "retained"),
        (channel("general", 0.005, -0.002, 0.02), "not measurable"),
        (channel("general", 0.02, 0.005, 0.04), "not measurable"),
        (channel("general", 0.03, 0.011, 0.04), "forgotten"),
        (channel("code", -0.03, -0.04, -0.01), "gained"),
        (channel("code", 0.3, None, None), "not measurable"),
    ],
)
def test_a_channel_is_judged_by_its_interval(row: dict, outcome: str) -> None:
    assert [line.outcome for line in judge([row], []).lines] == [outcome]


def test_a_loss_is_said_to_be_repaired_by_the_missing_data_or_not() -> None:
    def repair(**fields: Any) -> str:
        anneal = fields.pop("anneal", ["domain", "general"])
        return judge([], [task("forgotten", **fields)], anneal=anneal).lines[0].repair

    missing = repair(needs="math", bits_change=0.2)
    assert "an anneal with math would likely repair it" in missing and "domain, general" in missing
    assert "may not repair" in repair(needs="math", anneal=["math"], bits_change=0.2)
    assert "instruction data" in repair(bits_change=0.01)
    assert "less likely" in repair(bits_change=0.2)
    assert "less likely" in repair(bits_change=0.01, form="letters")
    assert judge([], [task("retained", needs="math")], anneal=[]).lines[0].repair == ""


def test_a_general_loss_outside_of_the_usual_is_noted_for_large_models() -> None:
    odd = channel("general", 0.0, -0.001, 0.001, nats=4.2)
    assert judge([odd], [], parameters=7_000_000_000).notes[0].startswith("task general: 4.20 nats")
    assert judge([odd], [], parameters=100_000_000).notes == []
    assert judge([channel("domain", 0.0, 0.0, 0.0, nats=4.2)], [], parameters=7_000_000_000).notes == []


ROWS = [channel("domain", -0.2, -0.3, -0.1), channel("general", 0.03, 0.011, 0.04)]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("forgetting>0.01", True), ("forgetting > 0.03", False), ("forgetting>=0.03", True),
        ("learning<0.25", True), ("learning<0.2", False), ("lost_tasks>0", True), ("lost_tasks>1", False),
    ],
)  # fmt: skip
def test_fail_on_reads_the_figures(condition: str, holds: bool) -> None:
    verdict = judge(ROWS, [task("forgotten"), task("retained")])
    if not holds:
        return fail_on(condition, verdict)
    with pytest.raises(FailOn, match=condition.split(">")[0].split("<")[0].strip()) as caught:
        fail_on(condition, verdict)
    assert caught.value.exit_code == 4
    return None


def test_fail_on_refuses_what_was_not_measured_or_understood() -> None:
    for condition in ("forgetting", "general>0.1", "forgetting>x"):
        with pytest.raises(RewarmError, match="not understood"):
            fail_on(condition, judge(ROWS, []))
    with pytest.raises(RewarmError, match="lost_tasks was not measured"):
        fail_on("lost_tasks>0", judge(ROWS, []))
    with pytest.raises(RewarmError, match="forgetting was not measured"):
        fail_on("forgetting>0", judge([], [task("retained")]))


def test_the_lines_and_the_file_group_by_outcome() -> None:
    verdict = judge(ROWS, [task("forgotten", why="because")])
    shown = lines(verdict)
    assert shown[0].startswith("learned") and "task general" in shown[1] and "+0.030" in shown[1]
    assert "+0.030 bits per byte" in shown[1] and "+0.100 accuracy" in shown[2]
    assert shown[2].startswith("forgotten") and lines(judge([], [task("gained")]))[0].startswith("gained")
    plain = verdict.plain()
    assert [len(plain[name]) for name in ("learned", "retained", "forgotten", "not_measurable")] == [
        1,
        0,
        2,
        0,
    ]
    assert plain["figures"] == {"forgetting": 0.03, "learning": 0.2, "lost_tasks": 1.0}
