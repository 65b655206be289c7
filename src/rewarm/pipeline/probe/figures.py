"""A recipe's time and memory from a probe, as figures, and a table of other combinations."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psutil

from rewarm.engine.durations import duration
from rewarm.plan import accelerators, calibration, device_peaks, memory
from rewarm.plan.accelerators import Accelerator
from rewarm.plan.calibration import Predicted
from rewarm.plan.figure import Figure, big, gb
from rewarm.plan.layouts import ROOM
from rewarm.plan.memory import Shapes
from rewarm.plan.probe import Probe
from rewarm.recipe import Recipe, Train


@dataclass(frozen=True, slots=True)
class Combination:
    """What a probe predicts. memory: bytes of a rank's process at its peak (of the device on a GPU)."""

    ranks: int
    seq_len: int
    micro_batch: int
    pass_seconds: float
    update_seconds: float
    tokens_per_second: float
    memory: float


@dataclass(frozen=True, slots=True)
class ProbeFigures:
    """The part of a plan that comes from a probe."""

    figures: list[Figure]
    combinations: list[Combination]
    notes: list[str]


def of_probe(
    probe: Probe, recipe: Recipe, model: Shapes, ranks: int, batch: int, price: float | None
) -> ProbeFigures:
    """Time and memory of the recipe on `ranks` processes of the machine that was probed.

    model: the recipe's, of the probe's type but perhaps of another size; batch: tokens of an update.
    """
    notes: list[str] = []
    if model.parameters != probe.shapes.parameters:
        notes.append(
            f"the probe measured {probe.model} with {big(probe.shapes.parameters)} parameters; figures for "
            f"{big(model.parameters)} follow operations per token, layers x width, and parameters"
        )
    if probe.cpu_clock:
        notes.append(
            f"other processes used {probe.busy:.0%} of the CPU during the probe: times are CPU seconds, as "
            "on an idle machine"
        )
    elif probe.busy > 0.1:
        notes.append(
            f"other processes used {probe.busy:.0%} of the CPU during the probe; repeat it when idle"
        )
    if ranks > 1 and probe.of_ranks(ranks) is None:
        known = any(one.gather_rate for one in probe.costs)
        how = "derived from the measured collectives" if known else "not counted"
        notes.append(f"communication of {ranks} ranks is {how}; measure it with --probe --ranks 1,{ranks}")
    figures = [*_measured(probe, recipe.train), *_plan(probe, recipe, model, ranks, batch, price, notes)]
    return ProbeFigures(figures, list(_combinations(probe, recipe, model, ranks, batch)), notes)


def combination_lines(rows: Sequence[Combination]) -> Iterator[str]:
    """A table for the terminal; nothing without rows."""
    if rows:
        yield "predicted by the probe"
        yield "ranks   seq_len   micro_batch   seconds a pass   an update   tokens/s   memory a rank"
    for row in rows:
        yield (
            f"{row.ranks:>5}{row.seq_len:>10,}{row.micro_batch:>14}{row.pass_seconds:>17.3g}"
            f"{row.update_seconds:>12.3g}{big(row.tokens_per_second):>11}{_mb(row.memory):>16}"
        )


def _mb(size: float) -> str:
    """Bytes in MB, below 10 GB: a tenth of a GB says too little there."""
    return gb(size) if size >= 1e10 else f"{size / 1e6:,.0f} MB"


def _measured(probe: Probe, train: Train) -> Iterator[Figure]:
    """What was measured, beside what the plan assumes without a probe."""
    source = f"measured by --probe on {probe.hardware}, {probe.date}, torch {probe.torch}"
    tokens = probe.micro_batch * probe.seq_len
    achieved = calibration.achieved(probe)
    efficiency, beside, peak = efficiency_of(probe)
    size = f"{probe.micro_batch} x {probe.seq_len:,} tokens"
    yield Figure(
        "probe: pass", probe.pass_seconds, "seconds", f"{probe.pass_seconds:.3g} s for {size}",
        f"median of {probe.updates} updates of {probe.passes} passes, {probe.costs[0].threads} threads",
        source,
    )  # fmt: skip
    yield Figure(
        "probe: efficiency", efficiency, "", f"{efficiency:.2f} of {big(peak)} FLOP/s{beside}",
        f"{big(achieved)} FLOP/s / {big(peak)} FLOP/s", source,
    )  # fmt: skip
    slopes = calibration.slopes(probe)
    least = probe.costs[0].peak
    yield Figure(
        "probe: activations", slopes.bytes, "bytes", f"{slopes.bytes / 1e3:,.0f} KB a token; "
        f"plan/memory.py: {_formula(probe, train) / 1e3:,.0f} KB",
        f"({_mb(probe.peak)} - {_mb(least)}) / ({tokens:,} - {probe.small_tokens}) tokens",
        source,
    )  # fmt: skip
    for one in probe.costs:
        rates = (
            f"; gathers {_mb(one.gather_rate)}/s, reduces {_mb(one.scatter_rate)}/s"
            if one.gather_rate
            else ""
        )
        yield Figure(
            f"probe: {one.ranks} rank{'s' if one.ranks > 1 else ''}", one.pass_seconds, "seconds",
            f"{one.pass_seconds:.3g} s a pass, {one.optimizer_seconds:.3g} s the optimizer, {_mb(one.peak)}",
            f"passes of {probe.small_tokens} tokens{rates}", source,
        )  # fmt: skip


def efficiency_of(probe: Probe) -> tuple[float, str, float]:
    """Achieved share of the peak; the table's in words where it has the card; the peak, FLOP/s: of the
    card where it is known, else that of a matrix product."""
    achieved = calibration.achieved(probe)
    tflops = device_peaks.peak(probe.hardware) if probe.device == "cuda" else None
    if tflops is None:
        return achieved / probe.product_rate, ", a matrix product's", probe.product_rate
    card = _table_card(probe.hardware, tflops)
    beside = f"; the table's {card.efficiency:.2f}" if card else ""
    return achieved / (tflops * 1e12), beside, tflops * 1e12


def _table_card(hardware: str, tflops: float) -> Accelerator | None:
    """The entry for a name such as `NVIDIA GeForce RTX 4090`; another variant has another peak."""
    words = hardware.lower().replace("-", " ")
    for card in accelerators.table():
        if card.tflops == tflops and re.search(rf"\b{card.name.replace('-', ' ')}\b", words):
            return card
    return None


def _formula(probe: Probe, train: Train) -> float:
    """Bytes of activations of one token by plan/memory.py."""
    most, none = (memory.need(probe.shapes, train, tokens).activations for tokens in (1024, 0))
    return (most - none) / 1024


def _plan(
    probe: Probe, recipe: Recipe, model: Shapes, ranks: int, batch: int, price: float | None, notes: list[str]
) -> Iterator[Figure]:
    source = f"measured by --probe on {probe.hardware}"
    seconds, parts = 0.0, []
    most: tuple[Predicted, int] | None = None
    for stage in recipe.stages:
        seq_len = stage.seq_len or recipe.pack.seq_len
        found = calibration.predict(probe, model, recipe.train, seq_len, ranks, batch)
        updates = max(1, round(stage.tokens / batch))
        seconds += updates * found.update_seconds
        parts.append(f"{updates:,} updates of {stage.name} x {found.update_seconds:.3g} s")
        if most is None or found.growth > most[0].growth:
            most = found, seq_len
        yield Figure(
            f"speed of {stage.name}", found.tokens_per_second, "tokens/s",
            f"{big(found.tokens_per_second)} tokens/s, {big(found.tokens_per_second * 86400)} a day",
            f"passes of {found.pass_seconds:.3g} s, an optimizer step of {found.optimizer_seconds:.3g} s",
            source,
        )  # fmt: skip
    yield Figure("training time", seconds, "seconds", duration(seconds), " + ".join(parts), source)
    if price is not None:
        cost = seconds / 3600 * ranks * price
        formula = f"{seconds / 3600:.3g} hours x {ranks} x {price:g}"
        yield Figure("cost", cost, "", f"{cost:,.0f}", formula, "--price per card and hour")
    assert most is not None
    growth, length = most[0].growth, most[1]
    room, need, what = _room(probe), most[0].peak, "rank"
    if probe.device == "cpu":
        need, what = need * ranks, f"{ranks} processes" if ranks > 1 else "process"
    if need > ROOM * room:
        notes.append(
            f"does not fit: {gb(need)} of {gb(room)}; shorten seq_len, or set activation_checkpointing"
        )
    yield Figure(
        f"memory of {what}", need, "bytes", f"{_mb(need)} of {gb(room)}",
        f"{_mb(probe.process)} + {_mb(growth)}, at {recipe.train.micro_batch} x {length:,} tokens",
        source,
    )  # fmt: skip


def _room(probe: Probe) -> float:
    if probe.device == "cpu":
        return float(psutil.virtual_memory().total)
    import torch

    return float(torch.cuda.get_device_properties(0).total_memory)


def _combinations(
    probe: Probe, recipe: Recipe, model: Shapes, ranks: int, batch: int
) -> Iterator[Combination]:
    """Half, once and twice the sequence, once and twice the micro-batch, on each number of ranks."""
    seq_len = max(stage.seq_len or recipe.pack.seq_len for stage in recipe.stages)
    size = recipe.train.micro_batch
    for number in sorted({one.ranks for one in probe.costs} | {ranks}):
        for length, rows in (
            (seq_len // 2, 2 * size),
            (seq_len, size),
            (seq_len, 2 * size),
            (2 * seq_len, size),
        ):
            train = recipe.train.model_copy(update={"micro_batch": rows})
            found = calibration.predict(probe, model, train, length, number, batch)
            yield Combination(
                number, length, rows, found.pass_seconds, found.update_seconds, found.tokens_per_second,
                found.peak,
            )  # fmt: skip
