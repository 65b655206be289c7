"""Min-K%++ (Zhang et al. 2024, arXiv 2404.02936): how likely are a text's least likely tokens?

A token's log-probability is standardised by the mean and spread of all tokens' log-probabilities there: text
that a model was trained on lies at local maxima. The score of a text is the mean over its lowest fifth.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from rewarm.evaluate.score import encoding
from rewarm.evaluate.tasks.prompt import Request

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

SHARE = 0.2
_LONGEST = 1024
_BATCH = 8


def scores(
    model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", texts: Sequence[Request]
) -> np.ndarray:
    """float64 [texts]; higher for text that is more likely to have been trained on."""
    encoded = encoding.encode(texts, tokenizer, encoding.longest_of(model))
    order = sorted(range(len(encoded)), key=lambda number: len(encoded[number].tokens))
    found = np.zeros(len(encoded))
    for begin in range(0, len(order), _BATCH):
        batch = order[begin : begin + _BATCH]
        rows = [torch.from_numpy(encoded[number].tokens) for number in batch]
        for number, values in zip(batch, _standardised(model, rows), strict=True):
            lowest = np.sort(values[encoded[number].start - 1 :])
            found[number] = lowest[: max(1, round(SHARE * len(lowest)))].mean()
    return found


def _standardised(model: "PreTrainedModel", rows: list[torch.Tensor]) -> list[np.ndarray]:
    """Of each row float32 [tokens - 1]."""
    tokens = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True).to(model.device)
    attended = torch.zeros_like(tokens)
    for place, row in enumerate(rows):
        attended[place, : len(row)] = 1
    with torch.inference_mode():
        logits = model(input_ids=tokens, attention_mask=attended, use_cache=False).logits[:, :-1].float()
        log_p = torch.log_softmax(logits, dim=-1)
        own = log_p.gather(-1, tokens[:, 1:, None])[..., 0]
        p = log_p.exp()
        mean = (p * log_p).sum(-1)
        spread = ((p * log_p.square()).sum(-1) - mean.square()).clamp_min(1e-6).sqrt()
        values = ((own - mean) / spread).cpu().numpy()
    return [values[place, : len(row) - 1] for place, row in enumerate(rows)]
