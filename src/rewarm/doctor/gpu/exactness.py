"""Channel sums against fp64, and a resume that gives the same bits, on this card."""

import tempfile
from pathlib import Path

import numpy as np
import torch

from rewarm.corpus.tables.blocks import Sequence
from rewarm.doctor.gpu import world
from rewarm.doctor.gpu.row import Row
from rewarm.doctor.gpu.trainer import Training
from rewarm.train.checkpoint import Checkpoints
from rewarm.train.distributed.ranks import Ranks

_SUMS = 1e-5


def channel_sums(size: world.Size, device: torch.device) -> Row:
    """Nats by leaf from packed sequences in fp32, against each document alone with all logits in fp64."""
    rows = world.sequences(size, 1)
    training = Training(size, size.few, device, precision="fp32")
    sums = training.gradient(rows).leaves(world.LEAVES)
    expected = _naive(training, rows)
    scale = np.abs(expected).max(axis=0)
    difference = float((np.abs(sums - expected) / scale).max())
    seen = f"nats, tokens and bytes by leaf differ from fp64 by {difference:.1e} of the largest"
    remedy = "Report the card and this line: channel losses would be wrong on it."
    return Row("channel sums", seen, difference, "", difference < _SUMS, remedy)


def _naive(training: Training, rows: list[Sequence]) -> np.ndarray:
    """float64 [leaves, 3], nats, tokens, bytes: each document alone, in float64."""
    table = np.zeros((world.LEAVES, 3))
    model = training.model.double().eval()
    with torch.no_grad():
        for row in rows:
            for tokens, leaf in zip(
                np.split(row.tokens, np.cumsum(row.lengths)[:-1]), row.leaves, strict=True
            ):
                if len(tokens) < 2:
                    continue
                ids = torch.from_numpy(tokens.astype(np.int64))[None].to(training.device)
                logits = model(input_ids=ids, use_cache=False).logits[0, :-1]
                nats = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="sum").item()
                table[leaf] += [nats, len(tokens) - 1, training.token_bytes[tokens[1:]].sum()]
    return table


def resume(size: world.Size, device: torch.device) -> Row:
    """Four updates without a break, and with a checkpoint and a restart after two, give the same bits."""
    batches = [world.sequences(size, size.micro_batch * 2)[part::2] for part in (0, 1)] * 2
    training = Training(size, size.few, device)
    for batch in batches:
        training.update(batch)
    uninterrupted = _weights(training)
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = Checkpoints(Path(folder), Ranks(0, 1, device), keep=1)
        training = Training(size, size.few, device)
        for batch in batches[:2]:
            training.update(batch)
        checkpoints.save(2, training.lm, training.optimizer, {}, wait=True)
        training = Training(size, size.few, device)
        done, _, refused = checkpoints.restore(training.lm, training.optimizer)
        for batch in batches[done:]:
            training.update(batch)
        resumed = _weights(training)
    difference = int((uninterrupted != resumed).sum())
    seen = f"after a resume {difference:,} of {len(uninterrupted):,} weights differ"
    if refused or done != 2:
        seen = f"the checkpoint was not read: {'; '.join(refused)}"
    remedy = (
        "A kernel on this card sums in no fixed order: set train.attention to another path and run this "
        "again. Until then a resume differs by rounding."
    )
    return Row("bit-exact resume", seen, difference, "weights", not difference and done == 2, remedy)


def _weights(training: Training) -> torch.Tensor:
    """int32, the bits of all weights, on the CPU."""
    return (
        torch.cat([weight.detach().flatten() for weight in training.lm.parameters()]).cpu().view(torch.int32)
    )
