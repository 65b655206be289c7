"""Documents to losses without training: windows of a document, batches of windows, sums by document."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch

from rewarm.corpus.tables.token_table import Tokens
from rewarm.model.precision import autocast, computed_in

_BATCH_TOKENS = 4096
Window = tuple[int, np.ndarray, np.ndarray]
Forward = Callable[[torch.Tensor, None, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


def batches(
    tokens: Tokens, documents: Iterable[int], lengths: np.ndarray, seq_len: int
) -> list[list[Window]]:
    """(document, its next `seq_len` tokens, their weights) in batches of like length; single tokens left out.

    lengths: int64 [all documents], the first tokens of each that count.
    """
    windows = []
    for row in map(int, documents):
        whole, weights, length = tokens[row], tokens.weights(row), int(lengths[row])
        for start in range(0, length - 1, seq_len):
            part = slice(start, min(start + seq_len, length))
            windows.append((row, whole[part], weights[part]))
    return in_batches(windows)


def in_batches(windows: list[Window]) -> list[list[Window]]:
    """Windows of like length together, so that few tokens are padding."""
    windows = sorted(windows, key=lambda window: len(window[1]))
    filled: list[list[Window]] = []
    for window in windows:
        if not filled or len(window[1]) * (len(filled[-1]) + 1) > _BATCH_TOKENS:
            filled.append([])
        filled[-1].append(window)
    return filled


@torch.no_grad()
def score(
    forward: Forward, batch: list[Window], sizes: np.ndarray, device: torch.device, config: dict[str, Any]
) -> list[tuple[int, np.ndarray]]:
    """(document, float64 [3]: nats, tokens, bytes) of each window. sizes: bytes of each token id."""
    return [(row, totals(values)) for row, values in score_tokens(forward, batch, sizes, device, config)]


def totals(values: np.ndarray) -> np.ndarray:
    """Sums of float64 [tokens, columns] by column, pairwise within each."""
    found: np.ndarray = np.ascontiguousarray(values.T).sum(1)
    return found


@torch.no_grad()
def score_tokens(
    forward: Forward, batch: list[Window], sizes: np.ndarray, device: torch.device, config: dict[str, Any]
) -> list[tuple[int, np.ndarray]]:
    """(document, float64 [tokens - 1, 3]: nats, tokens, bytes of its second token and on) of each window."""
    length = max(len(part) for _, part, _ in batch)
    tokens = np.zeros((len(batch), length), dtype=np.int64)
    for row, (_, part, _) in enumerate(batch):
        tokens[row, : len(part)] = part
    weights = torch.ones(len(batch), length - 1, device=device)
    with autocast(device, computed_in(device, config["precision"])):
        _, nll = forward(torch.from_numpy(tokens).to(device), None, weights)
    losses = nll.reshape(len(batch), -1).double().cpu().numpy()
    found = []
    for (row, part, counts), values in zip(batch, losses, strict=True):
        scored = np.where(counts[1:] == 0, 0.0, values[: len(part) - 1])
        found.append((row, np.stack([scored, counts[1:], sizes[part[1:]] * counts[1:]], axis=1)))
    return found
