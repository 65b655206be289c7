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
    """Nats by leaf from packed sequences in fp32, next to each document alone, all logits, in fp64."""
    rows = world.sequences(size, 1)
    one = Training(size, size.few, device, precision="fp32")
    found = one.gradient(rows).leaves(world.LEAVES)
    expected = _naive(one, rows)
    scale = np.abs(expected).max(axis=0)
    apart = float((np.abs(found - expected) / scale).max())
    seen = f"nats, tokens and bytes by leaf differ from fp64 by {apart:.1e} of the largest"
    remedy = "Report the card and this line: channel losses would be wrong on it."
    return Row("channel sums", seen, apart, "", apart < _SUMS, remedy)


def _naive(one: Training, rows: list[Sequence]) -> np.ndarray:
    """float64 [leaves, 3]: a document after the other through the model in float64."""
    table = np.zeros((world.LEAVES, 3))
    model = one.model.double().eval()
    with torch.no_grad():
        for row in rows:
            for tokens, leaf in zip(
                np.split(row.tokens, np.cumsum(row.lengths)[:-1]), row.leaves, strict=True
            ):
                if len(tokens) < 2:
                    continue
                ids = torch.from_numpy(tokens.astype(np.int64))[None].to(one.device)
                logits = model(input_ids=ids, use_cache=False).logits[0, :-1]
                nats = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="sum").item()
                table[leaf] += [nats, len(tokens) - 1, one.token_bytes[tokens[1:]].sum()]
    return table


def resume(size: world.Size, device: torch.device) -> Row:
    """Four updates, and two with a checkpoint between them and two: the same bits."""
    batches = [world.sequences(size, size.micro_batch * 2)[part::2] for part in (0, 1)] * 2
    one = Training(size, size.few, device)
    for batch in batches:
        one.update(batch)
    through = _weights(one)
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = Checkpoints(Path(folder), Ranks(0, 1, device), keep=1)
        one = Training(size, size.few, device)
        for batch in batches[:2]:
            one.update(batch)
        checkpoints.save(2, one.lm, one.optimizer, {}, wait=True)
        one = Training(size, size.few, device)
        done, _, refused = checkpoints.restore(one.lm, one.optimizer)
        for batch in batches[done:]:
            one.update(batch)
        resumed = _weights(one)
    apart = int((through != resumed).sum())
    seen = f"after a resume {apart:,} of {len(through):,} weights differ"
    if refused or done != 2:
        seen = f"the checkpoint was not read: {'; '.join(refused)}"
    remedy = (
        "A kernel on this card sums in no fixed order: set train.attention to another path and run this "
        "again. Until then a resume differs by rounding."
    )
    return Row("bit-exact resume", seen, apart, "weights", not apart and done == 2, remedy)


def _weights(one: Training) -> torch.Tensor:
    """int32, the bits of all weights, on the CPU."""
    return torch.cat([weight.detach().flatten() for weight in one.lm.parameters()]).cpu().view(torch.int32)
