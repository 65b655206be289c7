"""What `rewarm plan --probe` measured on a machine, kept in the cache for later plans.

One file for each hardware and model type: a later probe replaces it. `plan/calibration.py` predicts from it.
"""

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rewarm.corpus.io.wheel import cache_dir
from rewarm.engine.publish import writing
from rewarm.plan.memory import Shapes


class RankCosts(BaseModel):
    """Costs of `ranks` processes that do not depend on tokens, measured on `Probe.small_tokens` a pass.

    pass_seconds: forward and backward of one micro-batch, communication included; optimizer_seconds: norm,
    clipping and update; peak: bytes above the process before the model; gather_rate, scatter_rate: bytes of
    the whole tensor per second in an all-gather and a reduce-scatter, 0 for one rank; threads: of a rank.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ranks: int
    threads: int
    pass_seconds: float
    optimizer_seconds: float
    peak: float
    gather_rate: float = 0.0
    scatter_rate: float = 0.0


class Probe(BaseModel):
    """One measurement. hardware: name of CPU or GPU; product_rate: FLOP/s of a large matrix product;
    pass_seconds: of `micro_batch` sequences of one document each; split_seconds: the same with documents of
    `split_length` tokens, which differs by attention only; process: bytes of the process before the model;
    peak: bytes above that; window: (tokens, share of the layers) of sliding attention; passes: micro-batches
    of an update; settings: those of `train` that change time or memory; busy: share of the CPU that other
    processes used; cpu_clock: whether seconds are those of the CPU, because the machine was busy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = 1
    date: str
    hardware: str
    device: str
    cores: int
    torch: str
    model: str
    model_type: str
    shapes: Shapes
    window: tuple[int, float] = (0, 0.0)
    precision: str
    attention: str
    settings: dict[str, object]
    seq_len: int
    micro_batch: int
    passes: int
    updates: int
    small_tokens: int
    split_length: int
    pass_seconds: float
    split_seconds: float
    product_rate: float
    process: float
    peak: float
    busy: float
    cpu_clock: bool
    costs: tuple[RankCosts, ...]

    def of_ranks(self, ranks: int) -> RankCosts | None:
        """What was measured with so many ranks."""
        return next((one for one in self.costs if one.ranks == ranks), None)


def any_kept() -> bool:
    """Whether there is any probe on this machine: cheaper than finding out what its hardware is."""
    return (cache_dir() / "probes").is_dir()


def path_of(hardware: str, model_type: str) -> Path:
    """Where the probe of this hardware and model type is kept."""
    name = re.sub(r"[^a-z0-9]+", "-", hardware.lower()).strip("-")
    return cache_dir() / "probes" / name / f"{model_type}.json"


def keep(probe: Probe) -> Path:
    """Write the probe, replacing an earlier one; returns its file."""
    path = path_of(probe.hardware, probe.model_type)
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path) as aside:
        aside.write_text(probe.model_dump_json(indent=1))
    return path


def kept(hardware: str, model_type: str) -> Probe | None:
    """The probe of this hardware and model type; None without one, or when its form is another version's."""
    try:
        return Probe.model_validate_json(path_of(hardware, model_type).read_text())
    except (OSError, ValidationError):
        return None
