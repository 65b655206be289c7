"""What `mix` chose for each stage: shares, caps on passes, and the reasons for both (`choices.json`)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.corpus.tables.leaves import Leaf
from rewarm.corpus.tables.token_table import Summary, Tokens
from rewarm.data.mix import repetition
from rewarm.data.mix.settled_shares import missing_languages, settled
from rewarm.engine.publish import writing

Stage = dict[str, Any]
_AXES = ("language", "task")


def chosen_stages(
    config: Mapping[str, Any], pools: Sequence[Mapping[str, np.ndarray]], table: Summary, tokens: Tokens,
    ties: np.ndarray, likeness: Sequence[Mapping[str, float] | None],
) -> list[Stage]:  # fmt: skip
    """The stages with settled shares (`mix`), `caps` by entry, measured `repeated` shares and `reasons`.

    pools: of each stage, entry → rows of the documents that it may draw; ties: uint64 [documents]; likeness:
    of each stage, entry → share of the task examples.
    """
    measured: dict[bytes, float] = {}
    found: list[Stage] = []
    for stage, pool, like in zip(config["stages"], pools, likeness, strict=True):
        repeated: dict[str, float] = {}
        caps: dict[str, float] = {}
        for entry, share in stage["mix"].items():
            rows = pool[entry]
            if repetition.needs_measure(stage, entry):
                key = hashlib.blake2b(np.ascontiguousarray(rows).data, digest_size=16).digest()
                if key not in measured:
                    measured[key] = repetition.repeated_share(tokens, rows, ties[rows])
                repeated[entry] = round(measured[key], 4)
            caps[entry] = repetition.cap(stage["max_epochs"], entry, share, repeated.get(entry, 0.0))
        reasons = list(stage.get("reasons", []))
        mix = stage["mix"]
        if stage.get("open"):
            given = {
                entry: max(0.0, caps[entry] * float(table.lengths[pool[entry]].sum()) - _taken(found, entry))
                for entry in mix
            }
            open_shares = settled(stage, given, like, config.get("examples_weight", 0.0))
            mix, reasons = open_shares.shares, reasons + open_shares.reasons
        reasons += [
            f"{entry}: at most {caps[entry]:g} passes, {share:.0%} of its 13-grams repeat"
            for entry, share in repeated.items()
            if share > 0.1
        ]
        found.append(
            {**stage, "start": stage["mix"], "mix": mix, "caps": caps, "repeated": repeated,
             "reasons": reasons, "warnings": _warnings(stage, mix)}
        )  # fmt: skip
    return found


def _taken(stages: Sequence[Stage], entry: str) -> float:
    """Tokens that stages before plan to draw of an entry."""
    return float(sum(stage["tokens"] * stage["mix"].get(entry, 0.0) for stage in stages))


def _warnings(stage: Stage, mix: Mapping[str, float]) -> list[str]:
    if not stage.get("open"):
        return []
    missing = missing_languages(mix, stage["open"]["language"])
    return [f"general text has no {one}: what the base knows of it may be forgotten" for one in missing]


def likeness_of(
    affinity: Sequence[Mapping[str, Any]], chosen: Mapping[str, Sequence[int]], leaves: Sequence[Leaf],
    weight: np.ndarray,
) -> dict[str, float]:  # fmt: skip
    """Entry → share of the task examples that are most like its documents.

    affinity: rows of source, language, task (None: any) and share; chosen: entry → numbers of its leaves;
    weight: float64 [leaves], tokens, by which the share of a row is divided among the leaves it describes.
    """
    found = {entry: 0.0 for entry in chosen}
    entry_of = {number: entry for entry, numbers in chosen.items() for number in numbers}
    for row in affinity:
        mine = [
            leaf.number
            for leaf in leaves
            if leaf.source == row["source"]
            and all(
                row[axis] is None or leaf.value(axis) in (row[axis], None) for axis in ("language", "task")
            )
        ]
        total = float(weight[mine].sum()) if mine else 0.0
        for number in mine:
            if number in entry_of and total:
                found[entry_of[number]] += row["share"] * float(weight[number]) / total
    return found


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """Median of the values by weight, NaN without any; NaN values are left out."""
    known = np.isfinite(values) & (weights > 0)
    if not known.any():
        return float("nan")
    order = np.argsort(values[known], kind="stable")
    reach = np.cumsum(weights[known][order])
    return float(values[known][order][np.searchsorted(reach, reach[-1] / 2)])


def falling_quality(names: Sequence[str], medians: Sequence[float]) -> str:
    """A warning where the last stage's text is no better than the first's, "" otherwise."""
    if len(medians) < 2 or not (np.isfinite(medians[0]) and np.isfinite(medians[-1])):
        return ""
    if medians[-1] > medians[0]:
        return ""
    return (
        f"the median quality of stage {names[-1]} ({medians[-1]:.3f}) is not above that of {names[0]} "
        f"({medians[0]:.3f}): an anneal is for the best text. Lower its `best`, or give it better sources"
    )


def write_plan(folder: Path, plan: dict[str, Any]) -> None:
    """plan.json: what was planned and found, by stage and entry."""
    with writing(folder / "plan.json") as aside:
        aside.write_text(json.dumps(plan, indent=1, ensure_ascii=False), encoding="utf-8")


def write(folder: Path, stages: Sequence[Stage], medians: Sequence[float], formatted: dict[str, int]) -> None:
    """choices.json: what was chosen, by stage, and formatted documents that were left out by source."""
    told = {
        stage["name"]: {
            "median_quality": None if np.isnan(median) else round(median, 4),
            "reasons": stage["reasons"],
            "warnings": stage["warnings"],
            "entries": {
                entry: {
                    "start_share": stage["start"][entry],
                    "share": share,
                    "max_epochs": stage["caps"][entry],
                    "repeated_share": round(stage["repeated"][entry], 4)
                    if entry in stage["repeated"]
                    else None,
                }
                for entry, share in stage["mix"].items()
            },
        }
        for stage, median in zip(stages, medians, strict=True)
    }
    whole = {"stages": told, "formatted_left_out": formatted}
    with writing(folder / "choices.json") as aside:
        aside.write_text(json.dumps(whole, indent=1, ensure_ascii=False), encoding="utf-8")
