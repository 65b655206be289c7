"""Predicts time and memory of other sequence lengths, micro-batches, ranks and sizes from one probe.

A pass over a micro-batch of T tokens in documents of L tokens is taken as

    seconds = fixed + T x (a + b x attended(L))        bytes = fixed + T x c

`fixed` is what a pass costs that hardly has tokens: reading weights, writing gradients, gathering and
reducing them over ranks. It is measured for each number of ranks. The slopes are measured once, on one rank:
`a` from a pass with short documents, `b` from the difference to whole ones, `c` from the growth of the peak.
An update is its passes, one optimizer step, and nothing else; checkpoints and evaluation are not counted.

For another size of the same model type, `a` follows the operations per token, `b` and `c` layers x width,
fixed costs the parameters. Ranks that were not measured share the optimizer's state and pay for the bytes
that FSDP gathers and reduces, at the rates of a measured collective.
"""

from dataclasses import dataclass

from rewarm.plan import compute, layouts, memory
from rewarm.plan.layouts import Layout
from rewarm.plan.memory import WEIGHT, Shapes
from rewarm.plan.probe import Probe, RankCosts
from rewarm.recipe import Train


@dataclass(frozen=True, slots=True)
class Predicted:
    """Seconds of one pass, of the optimizer step and of the update; bytes of a rank at its peak, above the
    process before the model, and with it; tokens_per_second: of all ranks."""

    pass_seconds: float
    optimizer_seconds: float
    update_seconds: float
    tokens_per_second: float
    growth: float
    peak: float


@dataclass(frozen=True, slots=True)
class Slopes:
    """Of one token of a micro-batch on one rank: seconds without attention, seconds of attention for each
    token attended to, bytes."""

    seconds: float
    attention: float
    bytes: float


def slopes(probe: Probe) -> Slopes:
    """The three slopes of the model that was probed."""
    alone = probe.costs[0]
    tokens = probe.micro_batch * probe.seq_len
    extra = tokens - probe.small_tokens
    difference = attended(probe, probe.seq_len) - attended(probe, probe.split_length)
    seen = (probe.pass_seconds - probe.split_seconds) / (extra * difference)
    # Attention is no faster than matrix products; a smaller difference is noise.
    rate = compute.work(probe.shapes, 0).done / (probe.pass_seconds / tokens)
    attention = max(seen, 12 * probe.shapes.layers * probe.shapes.width / rate)
    token = (probe.pass_seconds - alone.pass_seconds) / extra
    return Slopes(
        seconds=max(0.0, token - attention * attended(probe, probe.seq_len)),
        attention=attention,
        bytes=max(0.0, (probe.peak - alone.peak) / extra),
    )


def achieved(probe: Probe) -> float:
    """FLOP/s of forward and backward at the probe's size, recomputation counted as work."""
    tokens = probe.micro_batch * probe.seq_len
    recompute: compute.Recompute = "full" if probe.settings.get("activation_checkpointing") else "none"
    return compute.work(probe.shapes, probe.seq_len, recompute).done * tokens / probe.pass_seconds


def attended(probe: Probe, length: int) -> float:
    """Tokens that a token of a document attends to on average, over the layers."""
    window, share = probe.window
    whole = length / 2
    if not window or length <= window:
        return whole
    return (1 - share) * whole + share * (window - window**2 / (2 * length))


def predict(
    probe: Probe, model: Shapes, train: Train, seq_len: int, ranks: int, batch_tokens: int
) -> Predicted:
    """An update of `batch_tokens` on `ranks` processes, with documents as long as a sequence.

    train: its micro_batch counts; other settings are those of the probe.
    """
    tokens = train.micro_batch * seq_len
    one = slopes(probe)
    work = compute.work(model, 0).done / compute.work(probe.shapes, 0).done
    volume = model.layers * model.width / (probe.shapes.layers * probe.shapes.width)
    fixed = _fixed(probe, model, train, ranks)
    token = work * one.seconds + volume * one.attention * attended(probe, seq_len)
    # The ranks of a CPU share its cores.
    token *= probe.costs[0].threads / fixed.threads
    extra = tokens - probe.small_tokens
    seconds = fixed.pass_seconds + token * extra
    passes = max(1, -(-batch_tokens // (tokens * ranks)))
    update = passes * seconds + fixed.optimizer_seconds
    growth = fixed.peak + volume * one.bytes * extra
    return Predicted(
        seconds, fixed.optimizer_seconds, update, passes * tokens * ranks / update, growth,
        probe.process + growth,
    )  # fmt: skip


def _fixed(probe: Probe, model: Shapes, train: Train, ranks: int) -> RankCosts:
    """Costs without tokens of this model on so many ranks, measured or derived."""
    size = model.parameters / probe.shapes.parameters
    measured = probe.of_ranks(ranks)
    base = measured or probe.costs[0]
    states = _states(model, train, ranks) - _states(probe.shapes, train, base.ranks)
    found = RankCosts(
        ranks=ranks, threads=base.threads, pass_seconds=size * base.pass_seconds,
        optimizer_seconds=size * base.optimizer_seconds, peak=base.peak + states,
    )  # fmt: skip
    if measured:
        return found
    shared = probe.device == "cpu"
    sent, reduced = _traffic(model, train)
    known = [one for one in probe.costs if one.gather_rate and one.scatter_rate]
    communication = 0.0
    if ranks > 1 and known:
        near = known[-1]
        # Rates are of the whole tensor; a ring moves (ranks - 1) / ranks of it.
        share = (ranks - 1) / ranks * near.ranks / (near.ranks - 1)
        communication = share * (sent / near.gather_rate + reduced / near.scatter_rate)
    threads = max(1, min(base.threads, probe.cores // ranks)) if shared else base.threads
    slower = base.threads / threads
    return found.model_copy(
        update={
            "threads": threads,
            "pass_seconds": found.pass_seconds * slower + communication,
            "optimizer_seconds": found.optimizer_seconds * slower / ranks,
        }
    )


def _states(model: Shapes, train: Train, ranks: int) -> float:
    """Bytes of weights, gradients, moments and what FSDP gathers, on one rank."""
    rank = layouts.per_rank(model, train, 0, Layout(ranks))
    return rank.weights + rank.gradients + rank.moments + rank.gathered + rank.accumulated


def _traffic(model: Shapes, train: Train) -> tuple[float, float]:
    """Bytes that a pass gathers (layers twice, tables once) and reduces."""
    size = memory.HALF if train.parallel.gather_bf16 else WEIGHT
    layers = model.parameters - model.tables
    return size * (2 * layers + model.tables), WEIGHT * model.parameters
