"""What `rewarm merge front` does: runs or two models to a front, its files, and the chosen model.

Runs of one setting (learning rate and replay, as trained) that differ in their seed are one curve. The seed
also chooses the held-out documents, so a setting has the documents of all its seeds, each with its mean over
the seeds that held it out. Settings are compared on the documents that all of them have.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.evaluate.score import loaded_model
from rewarm.merge import front_plot, front_scores
from rewarm.merge.combination import Combined, combine, plan
from rewarm.merge.front import TOLERANCE, Documents, Front, Point, front
from rewarm.merge.front_scores import Trained
from rewarm.statistics.bootstrap import Estimate

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Found:
    """A front and where it is written. settings: setting → number of runs; written: the chosen model."""

    front: Front
    documents: int
    settings: dict[str, int]
    folder: Path
    written: Combined | None

    def plain(self) -> dict[str, Any]:
        """For `--json` and `front.json`."""
        return {
            "documents": self.documents,
            "settings": self.settings,
            **self.front.plain(),
            "folder": str(self.folder),
            "written": self.written.plain() if self.written else None,
        }


def check_weights(weights: Sequence[float]) -> list[float]:
    """Sorted, with the result itself. Raises RewarmError for one outside of 0 to 1."""
    wrong = [weight for weight in weights if not 0 <= weight <= 1]
    if wrong:
        raise RewarmError(f"--weights: {wrong[0]:g} is not between 0 (the base) and 1 (the result)")
    return sorted({*map(float, weights), 1.0})


def preview(trained: Sequence[Trained], weights: Sequence[float]) -> dict[str, Any]:
    """What would be scored, for `--dry-run`. Raises RewarmError for models that cannot be combined."""
    rows = []
    for one in trained:
        found = plan([(one.base, 0.5), (one.result, 0.5)], one.result)
        missing = [weight for weight in weights if weight not in one.known]
        rows.append(
            {"setting": one.setting, "base": str(one.base), "result": str(one.result), "score": missing,
             "documents": len(one.ids), "bytes": found.bytes, "notes": found.notes}
        )  # fmt: skip
    return {"points": rows}


def preview_lines(planned: dict[str, Any]) -> list[str]:
    """The same for the terminal."""
    return [
        f"{row['setting']:<32}{row['documents']:>7,} documents   would score weights "
        f"{', '.join(f'{weight:g}' for weight in row['score']) or 'none'}, "
        f"{row['bytes'] / 1e6:,.0f} MB of disk"
        for row in planned["points"]
    ]


def measure(
    trained: Sequence[Trained],
    weights: Sequence[float],
    folder: Path,
    write: Path | None = None,
    tolerance: float = TOLERANCE,
    tell: Tell = lambda _: None,
) -> Found:
    """Score every merge weight of every result, choose, report, and write `front.json` and `front.svg`.

    folder: of these files and of kept scores. write: folder of the chosen model, if it is wanted.

    Raises RewarmError for runs of different bases or without common held-out documents.
    """
    for one in trained:
        if loaded_model.identity(one.base) != loaded_model.identity(trained[0].base):
            raise RewarmError(f"{one.result}: has another base ({one.base}) than {trained[0].base}")
    pooled: dict[str, _Pooled] = {}
    for setting in dict.fromkeys(one.setting for one in trained):
        runs = [one for one in trained if one.setting == setting]
        pooled[setting] = _pool(runs, weights, folder)
    documents, base, size = _common(pooled, tell)
    points = [Point("base", 0.0, base)] if 0.0 in weights else []
    points += [
        Point(setting, weight, nats[np.searchsorted(one.ids, documents.ids)])
        for setting, one in pooled.items()
        for weight, nats in one.nats.items()
        if weight
    ]
    measured = front(documents, size, base, points, tolerance=tolerance)
    written = _write(trained, measured, write, tell) if write else None
    settings = {setting: one.runs for setting, one in pooled.items()}
    result = Found(measured, len(documents.ids), settings, folder, written)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("front.json", json.dumps(result.plain(), indent=1, ensure_ascii=False)),
        ("front.svg", front_plot.svg(measured)),
    ):
        with writing(folder / name) as aside:
            aside.write_text(content, encoding="utf-8")
    return result


def lines(found: Found) -> list[str]:
    """For the terminal."""
    table = [f"{'point':<44}{'gain':>8}{'share':>8}{'forgetting':>12}   worst channel"]
    measured = found.front
    for number, one in enumerate(measured.reporting):
        mark = "chosen" if number == measured.chosen else "on the front" if number in measured.best else ""
        table.append(
            f"{one.point.name:<44}{one.gain.value:>8.4f}{one.ratio.value:>8.1%}"
            f"{one.forgetting.value:>+12.4f}   {one.worst:<24}{mark}"
        )
    chosen = measured.reporting[measured.chosen]
    table += [
        "",
        f"chosen   {chosen.point.name}: gain {_interval(chosen.gain)}, forgetting "
        f"{_interval(chosen.forgetting)} ({chosen.worst}) bits per byte, on the half that did not choose",
        ""
        if measured.within
        else "the largest gain minus forgetting is chosen; use more or more various replay, or a lower rate",
        measured.verdict,
        f"written  {found.folder / 'front.svg'}, front.json",
    ]
    if found.written:
        table.append(f"model    {found.written.folder}")
    return [
        line.rstrip() for number, line in enumerate(table) if line or number == len(measured.reporting) + 1
    ]


def _interval(value: Estimate) -> str:
    return f"{value.value:+.4f} [{value.low:+.4f}, {value.high:+.4f}]"


@dataclass(frozen=True)
class _Pooled:
    """Runs of one setting. ids: str [documents], sorted; channel, domain, size: of each; base, nats: float64
    [documents], nats of the base and by merge weight, means over the runs that have the document."""

    runs: int
    ids: np.ndarray
    channel: np.ndarray
    domain: np.ndarray
    size: np.ndarray
    base: np.ndarray
    nats: dict[float, np.ndarray]


def _pool(runs: Sequence[Trained], weights: Sequence[float], folder: Path) -> _Pooled:
    sums = [front_scores.sums(one, sorted({0.0, *weights}), folder) for one in runs]
    ids, first, place, count = np.unique(
        np.concatenate([one.ids for one in runs]), return_index=True, return_inverse=True, return_counts=True
    )

    def mean(weight: float) -> np.ndarray:
        values = np.concatenate([found[weight][:, 0] for found in sums])
        total: np.ndarray = np.bincount(place, values) / count
        return total

    return _Pooled(
        len(runs),
        ids,
        np.concatenate([one.channel for one in runs])[first],
        np.concatenate([one.domain for one in runs])[first],
        np.concatenate([found[0.0][:, 2] for found in sums])[first],
        mean(0.0),
        {weight: mean(weight) for weight in weights},
    )


def _common(pooled: Mapping[str, _Pooled], tell: Tell) -> tuple[Documents, np.ndarray, np.ndarray]:
    """The documents that all settings have, with the base's nats and the bytes of each.

    Raises RewarmError where there are none.
    """
    parts = list(pooled.values())
    ids = parts[0].ids
    for one in parts[1:]:
        ids = np.intersect1d(ids, one.ids)
    if not len(ids):
        raise RewarmError(
            "the settings have no held-out documents in common; give runs with the same sources, seeds and "
            "settings of holdout"
        )
    most = max(len(one.ids) for one in parts)
    if len(ids) < most:
        tell(f"{len(ids):,} held-out documents are in all settings and are used, of up to {most:,}")
    rows = np.searchsorted(parts[0].ids, ids)
    first = parts[0]
    return Documents(ids, first.channel[rows], first.domain[rows]), first.base[rows], first.size[rows]


def _write(trained: Sequence[Trained], found: Front, target: Path, tell: Tell) -> Combined | None:
    """The chosen model. Of several seeds the first run's is written."""
    point = found.reporting[found.chosen].point
    source = next((one for one in trained if one.setting == point.setting), trained[0])
    if sum(one.setting == point.setting for one in trained) > 1:
        tell(f"several runs have the setting {point.setting}: the model of the first is written")
    parts = [(source.base, 1 - point.weight), (source.result, point.weight)]
    return combine(parts, target, kind="interpolation")
