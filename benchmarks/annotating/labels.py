"""Labels of the corpora as classifiers predict them: source, language and task of a document.

Each corpus of `support/corpora.py` gives its documents three labels. Every axis is learnt from the same
documents, cut to their first `CHARACTERS`; a fifth, chosen by id, measures. `few` has 40 seeds a label, as a
user would write them, and is measured on every other document.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from support import corpora, result_table
from support.smoke import SMOKE

from rewarm.classify.held_out import measured
from rewarm.classify.kinds import learner
from rewarm.classify.training import learnt

DOCUMENTS, CHARACTERS = (60, 2000) if SMOKE else (1500, 6000)
SEEDS = 20 if SMOKE else 40
AXES = ("source", "language", "task")
F1, ERROR = 0.95, 0.03


@dataclass(frozen=True)
class Labelled:
    texts: list[str]
    ids: list[str]
    labels: dict[str, list[str]]


def read() -> Labelled:
    names = ("statutes", "countries") if SMOKE else tuple(corpora.NAMES)
    found = Labelled([], [], {axis: [] for axis in AXES})
    for name in names:
        about = corpora.NAMES[name]
        for number, text in enumerate(corpora.texts(name)):
            if number == DOCUMENTS:
                break
            if not text.strip():
                continue
            found.texts.append(text[:CHARACTERS])
            found.ids.append(hashlib.blake2b(f"{name}\0{number}".encode(), digest_size=10).hexdigest())
            for axis, label in zip(AXES, (name, about.language, about.task), strict=True):
                found.labels[axis].append(label)
    return found


def rows(peers: bool) -> list[result_table.Row]:
    """peers: fastText too, where it is installed."""
    given = read()
    texts = pa.array(given.texts, pa.string())
    out = [result_table.row("documents", len(given.texts))]
    kinds = ["words"]
    if peers and result_table.installed([("fastText", "fasttext")]):
        kinds.append("fasttext")
    for kind in kinds:
        prepared = learner(kind, texts)
        peer = "" if kind == "words" else "fastText"
        for axis in AXES:
            if len(set(given.labels[axis])) < 2:
                continue
            found = learnt(prepared, given.labels[axis], given.ids, 0, axis=axis).held_out
            bars = (F1, ERROR) if kind == "words" else (None, None)
            out.append(result_table.row(f"{axis}: macro-F1", found.macro_f1, bars[0], peer=peer))
            error = found.calibration_error
            out.append(
                result_table.row(f"{axis}: calibration error", error, bars[1], peer=peer, at_most=True)
            )
        out += _few(kind, given, peer)
    return out


def _few(kind: str, given: Labelled, peer: str) -> list[result_table.Row]:
    """A classifier of the source from few seeds, on all other documents."""
    labels = given.labels["source"]
    order = np.argsort(given.ids)
    seeds: list[int] = []
    for label in dict.fromkeys(labels):
        seeds += [int(place) for place in order if labels[place] == label][:SEEDS]
    chosen = set(seeds)
    rest = [place for place in range(len(labels)) if place not in chosen]
    prepared = learner(kind, pa.array([given.texts[place] for place in seeds], pa.string()))
    model = learnt(
        prepared, [labels[place] for place in seeds], [given.ids[place] for place in seeds], 0, folds=5
    )
    chances = model.probabilities(pa.array([given.texts[place] for place in rest], pa.string()))
    number = {label: place for place, label in enumerate(model.classes)}
    found = measured(chances, np.array([number[labels[place]] for place in rest]), model.classes, len(seeds))
    title = f"source from {SEEDS} seeds each"
    return [
        result_table.row(f"{title}: macro-F1", found.macro_f1, peer=peer),
        result_table.row(f"{title}: calibration error", found.calibration_error, peer=peer),
        result_table.row(f"{title}: macro-F1 it foretold", model.held_out.macro_f1, peer=peer),
    ]
