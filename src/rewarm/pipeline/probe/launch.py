"""Starts the processes of a probe, and puts their measurements together.

Every number of ranks has fresh processes, so that memory is counted from zero. On one rank, full passes are
timed; on more, only passes with few tokens, the optimizer and collectives: what ranks add.
"""

import platform
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from rewarm.engine.interface import Failure
from rewarm.engine.processes import alone
from rewarm.engine.work import cores
from rewarm.errors import RewarmError
from rewarm.pipeline.probe.rank import SMALL, Answer, Request, measure, split
from rewarm.plan import memory
from rewarm.plan.figure import gb
from rewarm.plan.probe import Probe, RankCosts
from rewarm.plan.stage_needs import PROCESS
from rewarm.recipe import Train

# Seconds of full passes. With starting processes and collectives, a probe takes about a minute.
SECONDS = 25.0
# From this share of the CPU on, other processes make the wall clock useless.
_BUSY = 0.1


def probe(
    model: Path, train: Train, seq_len: int, passes: int, *, ranks: Sequence[int] = (1,), seed: int = 0,
    seconds: float = SECONDS, say: Callable[[str], None] = lambda line: None,
) -> Probe:  # fmt: skip
    """Measure on this machine. model: folder with config.json; seq_len: tokens; passes: micro-batches of an
    update; ranks: numbers of processes, 1 among them.

    Raises RewarmError when the model does not fit into free memory, and when a process fails.
    """
    import torch

    shapes = memory.shapes(model)
    kind = device(train)
    refuse_too_large(shapes, train, seq_len, ranks, kind)
    threads = torch.get_num_threads()
    request = Request(
        model=model, config=train.model_dump(mode="json"), seed=seed, seq_len=seq_len,
        passes=min(2, passes), seconds=seconds, ranks=1, threads=threads, store="",
    )  # fmt: skip
    say(f"probe     1 rank, {threads} threads: {train.micro_batch} x {seq_len:,} tokens, random weights")
    first = measured(request)
    assert first.full is not None and first.split is not None
    clock = int(kind == "cpu" and threads == 1 and first.busy > _BUSY)
    costs = [_costs(request, first, clock)]
    for number in sorted(set(ranks) - {1}):
        each = max(1, min(threads, cores() // number)) if kind == "cpu" else threads
        say(f"probe     {number} ranks, {each} threads each: collectives, and passes of {SMALL} tokens")
        more = replace(request, ranks=number, threads=each, seconds=0.0)
        costs.append(_costs(more, measured(more), clock))
    return Probe(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M"), hardware=hardware(kind), device=kind,
        cores=cores(), torch=torch.__version__, model=model.name, model_type=first.model_type, shapes=shapes,
        window=first.window, precision=first.precision, attention=first.attention,
        settings=settings(train), seq_len=seq_len, micro_batch=train.micro_batch, passes=request.passes,
        updates=first.updates, small_tokens=SMALL, split_length=split(seq_len)[0],
        pass_seconds=float(first.full[clock][0]), split_seconds=float(first.split[clock][0]),
        product_rate=first.product_rate, process=first.process, peak=first.peak, busy=first.busy,
        cpu_clock=bool(clock), costs=tuple(costs),
    )  # fmt: skip


def settings(train: Train) -> dict[str, Any]:
    """What of `train` changes time or memory, apart from the size of a micro-batch."""
    kept = (
        "precision", "attention", "loss_chunk", "loss_kernel", "lora", "optimizer", "offload",
        "activation_checkpointing", "compile", "freeze", "parallel",
    )  # fmt: skip
    plain = train.model_dump(mode="json")
    return {name: plain[name] for name in kept}


def hardware(device: str) -> str:
    """Name of the GPU, or of the CPU with its cores."""
    if device == "cuda":
        import torch

        return str(torch.cuda.get_device_name(0))
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name}, {cores()} cores"


def refuse_too_large(
    shapes: memory.Shapes, train: Train, seq_len: int, ranks: Sequence[int], device: str
) -> None:
    """Raise RewarmError when the probe would not fit into the memory that is free, before it starts."""
    need = memory.need(shapes, train, train.micro_batch * seq_len)
    if device == "cuda":
        import torch

        room, wanted, where = float(torch.cuda.mem_get_info()[0]), need.device, "the GPU"
    else:
        room, where = float(psutil.virtual_memory().available), "this machine"
        # All ranks share it: states once, and a process each.
        wanted = max(ranks) * PROCESS + need.device + need.host
    if wanted > room:
        fits = memory.fitting(shapes, train, train.micro_batch * seq_len, room)
        remedy = f"train: {fits} would fit" if fits else "take a smaller base, or a shorter seq_len"
        raise RewarmError(
            f"--probe: about {gb(wanted)} are needed, and {gb(room)} are free on {where}; {remedy}. "
            "Nothing was started"
        )


def device(train: Train) -> str:
    """`cpu` or `cuda`, as training would take it."""
    from rewarm.model import causal_lm

    return causal_lm.device_of(train.device).type


def _costs(request: Request, answer: Answer, clock: int) -> RankCosts:
    gather, scatter = answer.rates
    seconds = answer.small[clock]
    return RankCosts(
        ranks=request.ranks, threads=request.threads, pass_seconds=float(seconds[0]),
        optimizer_seconds=float(seconds[1]), peak=answer.small_peak, gather_rate=gather, scatter_rate=scatter,
    )  # fmt: skip


def measured(request: Request) -> Answer:
    """Run the ranks of a request: rank 0's answer, with the largest peak of all ranks.

    Raises RewarmError when one fails.
    """
    with tempfile.TemporaryDirectory(prefix="rewarm-probe-") as folder:
        asked = replace(request, store=str(Path(folder) / "store"))
        with ThreadPoolExecutor(request.ranks) as pool:
            answers: list[Any] = list(
                pool.map(lambda rank: alone(measure, (asked, rank)), range(request.ranks))
            )
    failed = next((one for one in answers if isinstance(one, Failure)), None)
    if failed is not None:
        if isinstance(failed.error, RewarmError):
            raise failed.error
        raise RewarmError(f"--probe: a rank of {request.ranks} failed: {failed.reason}")
    first: Answer = answers[0]
    return replace(
        first, small_peak=max(one.small_peak for one in answers), peak=max(one.peak for one in answers)
    )
