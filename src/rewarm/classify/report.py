"""A classifier in lines for the terminal, and in plain values for programs."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.classify.apply import Applied
from rewarm.classify.classifier import Classifier
from rewarm.classify.held_out import HeldOut
from rewarm.classify.seeds import Seeds
from rewarm.statistics.proportion import interval

# Of a confusion matrix; of more classes only the most confused pairs are shown.
_WHOLE, _PAIRS = 12, 12
_FAULTS = 5


def seed_lines(seeds: Seeds) -> Iterator[str]:
    """What was read, and what could not be used."""
    counts = seeds.counts
    said = " · ".join(f"{label} {count:,}" for label, count in counts.most_common(12))
    more = f" and {len(counts) - 12} more" if len(counts) > 12 else ""
    yield f"seeds     {len(seeds.texts):,} texts of {len(counts)} labels: {said}{more}"
    if seeds.equal:
        yield f"          {seeds.equal:,} left out: equal to another text"
    yield from _some("several labels", seeds.unsure)
    yield from _some("faults", [f"{fault.place} {fault.reason}" for fault in seeds.faults])


def lines(model: Classifier) -> Iterator[str]:
    """The classifier and what it did on labelled texts outside of its training."""
    kind = "" if model.model.kind == "words" else f", {model.model.kind}"
    axis = model.axis or "no axis named"
    yield f"labels    {axis}: {', '.join(model.classes[:20])} ({len(model.classes)}{kind})"
    yield from held_out_lines(model.held_out, model.classes)


def held_out_lines(found: HeldOut, classes: tuple[str, ...]) -> Iterator[str]:
    """Accuracy, macro-F1, calibration and confusion of one evaluation."""
    how = f"in {found.folds}-fold cross-validation" if found.folds > 1 else "held out"
    yield (
        f"measured  {found.documents:,} texts {how}: accuracy {found.accuracy:.3f} "
        f"(always the most frequent: {found.majority:.3f}), macro-F1 {found.macro_f1:.3f}"
    )
    low, high = interval(round(found.accuracy * found.documents), found.documents)
    yield (
        f"          calibration error {found.calibration_error:.3f}, loss {found.loss:.3f} nats"
        + (f"; the accuracy is {low:.3f} to {high:.3f} (95 %)" if found.confusion else "")
    )
    if not found.confusion:
        return
    yield f"{'':<10}{'label':<24}{'texts':>7}{'recall':>8}{'F1':>8}"
    rows = np.array(found.confusion)
    for place, label in enumerate(classes):
        if label in found.recall:
            yield (
                f"{'':<10}{label[:23]:<24}{rows[place].sum():>7,}{found.recall[label]:>8.3f}"
                f"{found.f1[label]:>8.3f}"
            )
    yield from _confusion(rows, classes)


def values(model: Classifier) -> dict[str, Any]:
    """The same for programs."""
    return {
        "axis": model.axis,
        "kind": model.model.kind,
        "classes": list(model.classes),
        "calibration": asdict(model.calibration),
        "held_out": asdict(model.held_out),
    }


def seed_values(seeds: Seeds) -> dict[str, Any]:
    """What was read, for programs."""
    return {
        "texts": len(seeds.texts),
        "labels": dict(seeds.counts),
        "equal": seeds.equal,
        "several_labels": seeds.unsure,
        "faults": [asdict(fault) for fault in seeds.faults],
    }


def applied_lines(found: Applied, out: Path | None) -> Iterator[str]:
    """What was labelled, and what could not be read."""
    share = {label: count / max(1, found.texts) for label, count in found.labels.most_common()}
    said = " · ".join(f"{label} {found.labels[label]:,} ({share[label]:.1%})" for label in share)
    yield f"labelled  {found.texts - found.unsure:,} of {found.texts:,} texts: {said or 'none'}"
    if found.unsure:
        yield f"          {found.unsure:,} without a label: below the least probability"
    yield from _some("faults", [f"{fault.place} {fault.reason}" for fault in found.faults])
    if out:
        yield f"written   {out}"


def applied_values(found: Applied, axis: str, out: Path | None) -> dict[str, Any]:
    """The same for programs."""
    return {**asdict(found), "axis": axis, "file": str(out) if out else None}


def _some(title: str, rows: list[str]) -> Iterator[str]:
    """How many records were left out, and the first of them."""
    if rows:
        yield f"          {len(rows):,} left out, {title}:"
        yield from (f"            {row}" for row in rows[:_FAULTS])
        if len(rows) > _FAULTS:
            yield f"            and {len(rows) - _FAULTS:,} more"


def _confusion(rows: np.ndarray, classes: tuple[str, ...]) -> Iterator[str]:
    if len(classes) <= _WHOLE:
        yield f"confusion {'true, then predicted:':<24}" + "".join(f"{one[:9]:>10}" for one in classes)
        for label, row in zip(classes, rows, strict=True):
            yield f"{'':<10}{label[:23]:<24}" + "".join(f"{count or '·':>10}" for count in row)
        return
    wrong = rows.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:_PAIRS]
    for true, said in zip(*np.unravel_index(order, wrong.shape), strict=True):
        if wrong[true, said]:
            yield f"confusion {classes[true]} called {classes[said]}: {wrong[true, said]:,}"
