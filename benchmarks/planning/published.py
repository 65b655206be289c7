"""The formulas on published runs: tokens per second and peak memory, one efficiency per accelerator.

The efficiency of a card is that of its first run; every other one is predicted. Nothing is run.
"""

from support import result_table

from rewarm.plan import accelerators, compute
from rewarm.plan.memory import HALF, SLACK, WEIGHT
from rewarm.plan.published import RUNS, Run

# Bytes per token, layer and unit of width that torchtitan's selective mode keeps: the layer's input, the
# attention's output, and every second matrix product (query, value, gate and the last one; feed-forward 3.5 x
# the width, a quarter as many values as queries), all in bf16.
SELECTIVE = HALF * (1 + 1 + 1 + 0.25 + 3.5 + 1)
# One layer that is being recomputed.
WHOLE = 59


def peak(run: Run) -> float:
    """Bytes on one card under torchtitan: states in fp32, sharded; bf16 copies and gradients of what is in
    use; whole logits in bf16, in fp32, and their gradient; kept activations and one layer that is recomputed.
    """
    model, layer = run.model, (run.model.parameters - run.model.tables) / run.model.layers
    states = 4 * WEIGHT * model.parameters / run.cards
    gathered = HALF * (model.tables + 2 * layer) + HALF * (model.tables + layer)
    logits = run.micro * model.vocabulary * (HALF + 4 + 4)
    kept = SELECTIVE * run.micro * model.width * model.layers + WHOLE * run.micro * model.width
    return SLACK * (states + gathered + logits + kept)


def rows() -> list[result_table.Row]:
    """The share by which the formulas differ from what is published."""
    found, first = [], set()
    for run in RUNS:
        card = accelerators.find(run.card)
        speed = compute.tokens_per_second(compute.work(run.model, run.seq_len, run.recompute), card)
        fitted = run.card not in first
        first.add(run.card)
        title = f"{run.title}, {run.cards} x {run.card}"
        name = f"{title}: speed{' (fitted)' if fitted else ''}"
        error, bar = abs(speed / run.speed - 1), None if fitted else 0.25
        peer = f"{run.speed:g} tokens/s"
        found.append(result_table.row(name, error, bar, peer=peer, at_most=True, judged=True))
        if run.memory:
            error, peer = abs(peak(run) / 2**30 / run.memory - 1), f"{run.memory:g} GiB"
            name = f"{title}: memory"
            found.append(result_table.row(name, error, 0.15, peer=peer, at_most=True, judged=True))
    return found
