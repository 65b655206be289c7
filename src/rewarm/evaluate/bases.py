"""Candidate bases compared by their loss on the user's own text: the tie-breaker between like models.

All read the same bytes, cut before tokenizing, so bits per byte compare over tokenizers. The interval of a
difference resamples texts, the same ones for both models (`statistics/paired.py`). It says which base starts
lower on this text, not which ends lower after training; that takes a pilot.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.engine.progress import progress, update_of
from rewarm.errors import RewarmError
from rewarm.evaluate import texts
from rewarm.evaluate.score.loaded_model import LoadedModel
from rewarm.evaluate.texts import Text
from rewarm.model import base, causal_lm, pretrained
from rewarm.statistics.bootstrap import Estimate
from rewarm.statistics.paired import ratio_change

# Below this many bits per byte, other reasons may decide (docs/models.md).
CLOSE = 0.1
Load = Callable[[str], LoadedModel]


@dataclass(frozen=True, slots=True)
class Measured:
    """bits: per byte on the user's text; worse: the difference to the best with its 95 % interval, zero for
    the best; tokens: of the text; general: bits per byte on general text, None where it was not given."""

    model: str
    bits: float
    worse: Estimate
    tokens: int
    general: float | None = None

    @property
    def tied(self) -> bool:
        """Whether the interval of the difference to the best includes zero."""
        return self.worse.includes_zero

    def words(self) -> str:
        """What the difference to the best means."""
        if self.worse.value == 0:
            return "best"
        shown = f"{self.worse.value:+.3f} [{self.worse.low:+.3f}, {self.worse.high:+.3f}]"
        if self.tied:
            return f"{shown}  no difference is shown"
        return f"{shown}  close" if self.worse.value < CLOSE else shown

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "model": self.model,
            "bits_per_byte": self.bits,
            "worse_than_best": self.worse.value,
            "interval": [self.worse.low, self.worse.high],
            "tied": self.tied,
            "tokens": self.tokens,
            "general_bits_per_byte": self.general,
        }


def compare(
    named: Sequence[str],
    own: Sequence[str],
    general: Sequence[str] = (),
    load: Load | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> list[Measured]:
    """Bits per byte of each model on `own`, and on `general` where given; the best first.

    One model is in memory at a time. load: a model by its name, None for `at_hand`. Raises RewarmError for a
    model that is not on this machine, and when one is named twice.
    """
    if twice := next((name for name in named if list(named).count(name) > 1), None):
        raise RewarmError(f"--loss: {twice} is named twice")
    load = load or at_hand
    found: dict[str, tuple[np.ndarray, float | None]] = {}
    with progress("bases", total=len(named) * (len(own) + len(general)), unit="text") as bar:
        for name in named:
            model = load(name)
            sums = texts.losses(model, _texts(own), update_of(bar))
            other = None
            if general:
                reference = texts.losses(model, _texts(general), update_of(bar))
                other = float(reference[:, 0].sum() / (reference[:, 2].sum() * log(2)))
            found[name] = (sums, other)
            del model
    bits = {name: float(sums[:, 0].sum() / (sums[:, 2].sum() * log(2))) for name, (sums, _) in found.items()}
    order = sorted(bits, key=lambda name: bits[name])
    measured = []
    for name in order:
        sums, other = found[name]
        best = found[order[0]][0]
        rng = np.random.default_rng(seed)
        worse = ratio_change(best[:, 0], sums[:, 0], sums[:, 2], draws, rng)
        measured.append(Measured(name, bits[name], worse, int(sums[:, 1].sum()), other))
    return measured


def at_hand(name: str) -> LoadedModel:
    """A folder, a GGUF file, a GGUF file of a Python package, or a hub id in the cache."""
    folder = folder_of(name)
    network = causal_lm.load(folder, causal_lm.device_of("auto")).eval()
    return LoadedModel(network, pretrained.tokenizer_of(folder), "rows")


def folder_of(name: str) -> Path:
    """Where the model's files are. Raises RewarmError for a hub id that is not in the cache: models are not
    downloaded to be compared."""
    here = Path.cwd()
    found = base.at_hand(name, here)
    if found is not None:
        return found
    if base.is_hub_id(name) and not (here / name).exists():
        raise RewarmError(f"{name} is not on this machine; run `hf download {name}` or give a folder")
    return base.resolve(name, here).path


def _texts(own: Sequence[str]) -> list[Text]:
    return [Text(str(number), text, {"source": "own"}) for number, text in enumerate(own)]
