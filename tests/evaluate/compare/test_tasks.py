"""What is called learned, retained, forgotten or not measurable, and why."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from rewarm.corpus.tables import task_results
from rewarm.corpus.tables.task_scores import SCHEMA
from rewarm.errors import RewarmError
from rewarm.evaluate.compare.tasks import Scored, adjusted, compare


def table(
    right: list[bool], nats: list[float] | float = 2.0, chance: float = 0.25, groups: int = 1
) -> pa.Table:
    """Items of four options whose gold answer has 8 bytes and these nats."""
    values = [nats] * len(right) if isinstance(nats, float) else nats
    rows = [
        {
            "id": str(number), "group": f"g{number % groups}", "labels": "{}", "kind": "choice",
            "candidates": [[0], [1]], "nats": [9.0, value], "tokens": [1, 2], "characters": [8, 8],
            "bytes": [8, 8], "gold": 1, "choice": int(flag), "answer": None, "correct": flag,
            **{f"correct_{name}": flag for name in ("none", "tokens", "characters", "bytes")},
            "greedy": False, "chance": chance,
        }
        for number, (flag, value) in enumerate(zip(right, values, strict=True))
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def flags(items: int, right: int) -> list[bool]:
    return [number < right for number in range(items)]


def one(before: pa.Table, after: pa.Table, **fields: object) -> task_results.TaskResult:
    return compare([Scored("t", str(fields.pop("form", "cloze")), before, after, **fields)])[0]


def test_items_lost_and_gained_are_named() -> None:
    before, after = [True, True, False, False], [True, False, True, False]
    row = one(table(before), table(after))
    assert row.lost == ["1"] and row.gained == ["2"]
    assert row.base == row.result == 0.5 and row.change == 0 and row.base_adjusted == pytest.approx(1 / 3)


def test_a_clear_loss_is_forgotten_and_a_clear_gain_learned() -> None:
    before, after = table(flags(200, 150)), table(flags(200, 110))
    assert (
        one(before, after).outcome == "forgotten" and one(before, after, domain=True).outcome == "got worse"
    )
    assert one(after, before).outcome == "gained" and one(after, before, domain=True).outcome == "learned"


def test_a_loss_within_the_noise_of_checkpoints_is_not_measurable() -> None:
    before, after = table(flags(200, 150)), table(flags(200, 130))
    assert one(before, after).outcome == "forgotten"
    noisy = [table(flags(200, right)) for right in (160, 120, 145)]
    row = one(before, after, checkpoints=noisy, form="letters")
    assert (
        row.outcome == "not measurable"
        and "noise" in row.why
        and row.noise == pytest.approx(np.std([0.8, 0.6, 0.725, 0.65], ddof=1))
    )
    calm = [table(flags(200, right)) for right in (131, 130, 129)]
    assert one(before, after, checkpoints=calm).outcome == "forgotten"


def test_the_same_change_is_found_in_pairs_and_missed_by_an_unpaired_comparison() -> None:
    """40 of 1,000 items lost, 10 gained: 0.50 and 0.47 differ by 1.3 standard errors unpaired."""
    before = flags(1000, 500)
    after = [(flag and number >= 40) or 500 <= number < 510 for number, flag in enumerate(before)]
    row = one(table(before), table(after), form="letters")
    unpaired = (row.base - row.result) / np.sqrt(2 * 0.25 / 1000)
    assert unpaired < 1.96 and row.outcome == "forgotten" and row.p < 1e-4


def test_a_difference_of_two_points_that_is_noise_is_not_called_a_loss() -> None:
    """52 lost and 48 gained of 200: a difference of two points that says nothing."""
    before = flags(200, 100)
    after = [number >= 52 if number < 100 else number < 148 for number in range(200)]
    row = one(table(before), table(after), form="letters")
    assert row.change == pytest.approx(-0.02) and row.p > 0.6 and row.outcome == "not measurable"


def test_many_tasks_are_corrected_for() -> None:
    weak = Scored("weak", "letters", table(flags(100, 60)), table([n < 50 or n >= 98 for n in range(100)]))
    still = Scored("still", "letters", table(flags(100, 60)), table(flags(100, 60)))
    alone = compare([weak])[0]
    among = compare([weak, *[still] * 9])[0]
    assert alone.p == among.p < 0.05 and alone.outcome == "forgotten"
    assert among.p_adjusted > 0.05 and among.outcome == "not measurable"


def test_at_chance_only_gold_answers_can_tell() -> None:
    rng = np.random.default_rng(0)
    right = [number % 4 == 0 for number in range(200)]
    base = table(right, rng.normal(4, 0.5, 200).tolist())
    worse = table(right, rng.normal(5, 0.5, 200).tolist())
    same = table(right, [row[1] for row in base["nats"].to_pylist()])
    assert one(base, worse).outcome == "forgotten" and "bits per byte" in one(base, worse).why
    assert one(worse, base).outcome == "gained" and one(base, same).outcome == "retained"
    letters = one(base, worse, form="letters")
    assert letters.outcome == "not measurable" and "chance, 0.25" in letters.why


def test_retained_needs_an_interval_within_the_tolerance() -> None:
    few, many = table(flags(60, 40), 2.0), table(flags(2000, 1400), 2.0)
    changed = table([*flags(60, 39)], [2.0 + (number % 5) for number in range(60)])
    assert one(many, many, form="letters").outcome == "retained"
    row = one(few, changed, form="letters")
    assert row.outcome == "not measurable" and f"{row.visible:.3f}" in row.why


def test_different_items_are_refused() -> None:
    with pytest.raises(RewarmError, match="different items"):
        one(table(flags(4, 2)), table(flags(5, 2)))


def test_the_file_reads_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows = compare([Scored("t", "cloze", table(flags(40, 20)), table(flags(40, 25)), needs="math")])
    task_results.write(tmp_path / "tasks.json", rows, {"base": "a"})
    found, about = task_results.read(tmp_path / "tasks.json")
    assert about == {"base": "a"}
    assert [replace(row, noise=0, bits_noise=0) for row in found] == [
        replace(row, noise=0, bits_noise=0) for row in rows
    ]


def test_bits_per_byte_are_those_of_all_gold_answers() -> None:
    row = one(table(flags(8, 4), 2.0), table(flags(8, 4), [3.0] * 4 + [5.0] * 4))
    assert row.bits_base == pytest.approx(2 / (8 * np.log(2)))
    assert row.bits_result == pytest.approx(4 / (8 * np.log(2)))
    assert row.bits_change == pytest.approx(2 / (8 * np.log(2)))


def test_no_items_are_not_measurable() -> None:
    row = one(table([]), table([]))
    assert (row.outcome, row.why, row.items) == ("not measurable", "no items", 0)


def test_open_items_have_no_chance_to_be_near() -> None:
    """No answer right under either model: a fact about both, not a lack of power."""
    row = one(table(flags(300, 0), chance=0.0), table(flags(300, 0), chance=0.0), form="own")
    assert row.outcome == "retained" and row.base_adjusted == 0
    assert one(table(flags(300, 0)), table(flags(300, 0)), form="own").outcome == "not measurable"


def test_a_task_that_scores_itself_is_not_judged_by_likelihoods() -> None:
    before, after = (table(flags(40, 10), nats, chance=0.0) for nats in (2.0, 9.0))
    assert one(before, after, form="own").outcome == "not measurable"
    assert one(before, after, form="cloze").outcome == "forgotten"


def test_chance_adjustment() -> None:
    assert adjusted(0.25, 0.25) == 0 and adjusted(1, 0.25) == 1 and adjusted(0.1, 0.25) < 0
