"""One rank of a probe, in a process of its own: the model of the recipe with random weights, really trained.

It uses the model, optimizer, sharding, packing and gradient code of training. Passes with few tokens come
first, so that the peak of memory without tokens is read before the full size raises it. Updates with whole
documents and with short ones alternate: what else the machine does then affects both.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from rewarm.model import causal_lm
from rewarm.model.precision import computed_in
from rewarm.pipeline.probe.peak_memory import PeakMemory
from rewarm.train import optimizer, random_sequences, trained_model
from rewarm.train.distributed.ranks import Ranks
from rewarm.train.gradient import Gradients

SMALL = 16
_SPLIT = 8  # documents of a sequence in the passes that are compared with whole ones
_FEWEST, _MOST = 3, 30
_COLLECTIVE = 2**23  # floats
_RATE = 1e-5
Times = np.ndarray
"""float64 [2, 2]: (wall, CPU) x seconds of one pass, and of the optimizer step."""


@dataclass(frozen=True)
class Request:
    """model: folder with config.json; config: of `train`; seconds: to spend on full passes, none if 0."""

    model: Path
    config: dict[str, Any]
    seed: int
    seq_len: int
    passes: int
    seconds: float
    ranks: int
    threads: int
    store: str


@dataclass(frozen=True)
class Answer:
    """process: bytes before the model; small, full, split: times; peaks: bytes above `process`; rates: of an
    all-gather and a reduce-scatter, bytes per second; product_rate: FLOP/s; busy: share of the CPU that other
    processes used."""

    process: float
    small: Times
    small_peak: float
    full: Times | None
    split: Times | None
    peak: float
    updates: int
    busy: float
    rates: list[float]
    product_rate: float
    attention: str
    precision: str
    window: tuple[int, float]
    model_type: str


def measure(request: Request, rank: int) -> Answer:
    """Everything that this rank measured. Runs in a fresh process."""
    device = causal_lm.device_of(request.config["device"])
    torch.set_num_threads(request.threads)
    group = _group(request, rank, device)
    memory = PeakMemory(group.device)
    training = _Training(request, group)
    small = [training.update([SMALL], 1) for _ in range(_FEWEST + 3)][1:]
    small_peak = memory.peak()
    full: tuple[Times, Times] | None = None
    updates, busy = 0, 0.0
    if request.seconds:
        full, updates, busy = _full(training, request)
    return Answer(
        process=memory.before, small=_median(small), small_peak=small_peak,
        full=full[0] if full else None, split=full[1] if full else None,
        peak=memory.peak(), updates=updates, busy=busy,
        rates=_rates(group) if request.ranks > 1 else [0.0, 0.0],
        product_rate=_product_rate(group.device, training.precision),
        attention=training.attention, precision=training.precision, window=training.window,
        model_type=training.model_type,
    )  # fmt: skip


def _full(training: "_Training", request: Request) -> tuple[tuple[Times, Times], int, float]:
    """Times with whole documents and with short ones, in turns; updates of each; how busy others were."""
    kinds = ([request.seq_len], split(request.seq_len))
    micro_batch = request.config["micro_batch"]
    own, machine, began = time.process_time(), _machine_seconds(), time.perf_counter()
    training.update(kinds[0], micro_batch)
    once = time.perf_counter() - began
    # Ranks differ in what they measured, and have to do the same number of updates.
    count = training.group.same(int(np.clip(request.seconds / (2 * once), _FEWEST, _MOST)))
    times: tuple[list[Times], list[Times]] = ([], [])
    for _ in range(count):
        for found, lengths in zip(times, kinds, strict=True):
            found.append(training.update(lengths, micro_batch))
    others = _machine_seconds() - machine - (time.process_time() - own)
    passed = (time.perf_counter() - began) * (psutil.cpu_count() or 1)
    return (_median(times[0]), _median(times[1])), count, max(0.0, others / passed)


def split(seq_len: int) -> list[int]:
    """Lengths of the short documents that fill a sequence."""
    length = max(2, seq_len // _SPLIT)
    return [length] * (seq_len // length - 1) + [length + seq_len % length]


class _Training:
    """The recipe's training without a run directory."""

    def __init__(self, request: Request, group: Ranks) -> None:
        self.request, self.group = request, group
        self.config = {**request.config, "device": group.device.type}
        torch.manual_seed(0)
        model = causal_lm.untrained(request.model, trained_model.read_on(group.device, self.config))
        text = model.config.get_text_config()
        self.vocabulary = int(text.vocab_size)
        self.model_type = str(model.config.model_type)
        self.window = _window(text)
        self.precision = computed_in(group.device, self.config["precision"])
        self.lm = trained_model.prepare(model, group, self.config, request.seed).lm
        self.attention = str(text._attn_implementation).removeprefix("rewarm_")
        self.optimizer = optimizer.build(self.lm, self.config)

    def update(self, lengths: list[int], micro_batch: int) -> Times:
        """One update whose sequences hold documents of these lengths."""
        passes = self.request.passes
        count = passes * self.group.data_world_size * micro_batch
        rng = np.random.default_rng(1)
        rows: Any = random_sequences.packed([lengths] * count, self.vocabulary, 1, rng)
        config = {**self.config, "micro_batch": micro_batch}
        gradients = Gradients(self.lm, self.group, config, np.ones(self.vocabulary))
        began = self._now()
        evidence = gradients.of(rows, range(count), np.ones(1))
        ended = self._now()
        gradients.clip(evidence.norm)
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = _RATE
        self.optimizer.step()
        stepped = self._now()
        (wall, cpu), (wall_step, cpu_step) = ended - began, stepped - ended
        return np.array([[wall / passes, wall_step], [cpu / passes, cpu_step]])

    def _now(self) -> np.ndarray:
        if self.group.device.type == "cuda":
            torch.cuda.synchronize(self.group.device)
        return np.array([time.perf_counter(), time.process_time()])


def _median(times: list[Times]) -> Times:
    found: Times = np.median(np.stack(times), axis=0)
    return found


def _window(text: object) -> tuple[int, float]:
    """Tokens of sliding attention and the share of layers that have it; (0, 0.0) for none."""
    kinds = list(getattr(text, "layer_types", None) or [])
    share = sum(kind == "sliding_attention" for kind in kinds) / max(1, len(kinds))
    tokens = getattr(text, "sliding_window", None) or 0
    return (int(tokens), share) if share and tokens else (0, 0.0)


def _group(request: Request, rank: int, device: torch.device) -> Ranks:
    if request.ranks == 1:
        return Ranks(0, 1, device)
    import torch.distributed as dist
    from torch._C._distributed_c10d import FileStore
    from torch.distributed.device_mesh import init_device_mesh

    backend = "gloo"
    if device.type == "cuda":
        device, backend = torch.device("cuda", rank), "cpu:gloo,cuda:nccl"
        torch.cuda.set_device(device)
    store = FileStore(request.store, request.ranks)
    dist.init_process_group(backend, store=store, rank=rank, world_size=request.ranks)
    mesh = init_device_mesh(device.type, (request.ranks,), mesh_dim_names=("shard",))
    return Ranks(rank, request.ranks, device, mesh)


def _rates(group: Ranks) -> list[float]:
    """Bytes per second of a whole tensor in an all-gather and in a reduce-scatter."""
    import torch.distributed as dist

    whole = torch.zeros(_COLLECTIVE // group.world_size * group.world_size, device=group.device)
    part = torch.zeros(len(whole) // group.world_size, device=group.device)
    # The names since torch 2.13; the older ones are deprecated there.
    gather = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor
    reduce = getattr(dist, "reduce_scatter_single", None) or dist.reduce_scatter_tensor
    return [
        whole.nbytes / _fastest(collective, group.device)
        for collective in (lambda: gather(whole, part), lambda: reduce(part, whole))
    ]


def _product_rate(device: torch.device, precision: str) -> float:
    """FLOP/s of a square matrix product in the precision of training: what the machine can do at best."""
    size = 8192 if device.type == "cuda" else 1024
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    left = torch.randn(size, size, device=device, dtype=dtype)
    return 2 * size**3 / _fastest(lambda: left @ left, device)


def _fastest(function: Callable[[], object], device: torch.device) -> float:
    """Seconds of the fastest of a few calls."""
    found = []
    for _ in range(6):
        began = time.perf_counter()
        function()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        found.append(time.perf_counter() - began)
    return min(found[1:])


def _machine_seconds() -> float:
    """CPU seconds that all processes of the machine have used."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))
