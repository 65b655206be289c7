"""Confirm an advice: write the forecast down, train the advised mix, compare.

The forecast is in `confirmations/NAME.json` before the run starts and is not changed afterwards. The run uses
documents that no pilot used in the same order (another seed), because the interval is that of a new run.
"""

import json
from dataclasses import asdict, dataclass

import numpy as np

from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.laws.advice import Advice
from rewarm.pilots import measured
from rewarm.pilots.forecasts import Forecast
from rewarm.pilots.study import Pilot, Study
from rewarm.runs.run import Run

_SEED = 1000


@dataclass(frozen=True)
class Foreseen:
    """A loss, its 90 % interval, and the range of the expected loss over the mixes of the pilots, in nats."""

    loss: str
    value: float
    low: float
    high: float
    range: float


@dataclass(frozen=True)
class Confirmed:
    """A forecast and the measured loss. width: of the interval as a share of the range over mixes."""

    run: str
    loss: str
    forecast: float
    low: float
    high: float
    measured: float
    width: float

    @property
    def inside(self) -> bool:
        return self.low <= self.measured <= self.high


def foresee(study: Study, level: str, chosen: Forecast) -> tuple[Study, Pilot, list[Foreseen]]:
    """The study with the confirming run in it, the run, and its forecasts as first written down."""
    if level == "merged":
        raise RewarmError(
            "--confirm: merged models stand for trained ones. Confirm with --level full or lora"
        )
    assert chosen.advice is not None
    seed = study.recipe.training_seed + _SEED
    pilot = Pilot(level, _mix(study, chosen.advice), chosen.rate, seed, "confirm")
    path = study.folder / "confirmations" / f"{pilot.name}.json"
    if not path.exists():
        rows = [
            Foreseen(one.loss, one.value, one.low, one.high, chosen.ranges[one.loss])
            for one in chosen.advice.forecasts
        ]
        path.parent.mkdir(exist_ok=True)
        with writing(path) as aside:
            aside.write_text(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False))
    foreseen = [Foreseen(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    return study.with_confirmations([pilot]), pilot, foreseen


def _mix(study: Study, advice: Advice) -> tuple[float, ...]:
    """The advised share of the domain; the others in their mean proportions, as laws take them."""
    shares = np.array(study.design.mixes)
    others = np.delete(shares, study.domain, axis=1).sum(axis=0)
    rest = (1 - advice.share) * others / others.sum()
    return tuple(float(share) for share in np.insert(rest, study.domain, advice.share).round(6))


def compare(study: Study, pilot: Pilot, foreseen: list[Foreseen], run: Run) -> list[Confirmed]:
    """The measured final losses beside the forecasts."""
    row = measured.of_run(study, pilot, run)[-1]
    return [
        Confirmed(
            pilot.name, one.loss, one.value, one.low, one.high, row[f"loss.{one.loss}"],
            (one.high - one.low) / one.range if one.range else float("inf"),
        )
        for one in foreseen
    ]  # fmt: skip
