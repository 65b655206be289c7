"""Nearest documents by embeddings of a sentence encoder, compared exactly in blocks.

Every pair is compared, so the cost grows with the square of the documents: for a hundred thousand or so. The
encoder is any model of transformers; the embedding is the mean of its last hidden states over the tokens of
the text, of length 1, as in sentence-transformers' default. Text beyond the encoder's length is not read.
"""

import numpy as np

from rewarm.errors import RewarmError
from rewarm.text.related.neighbours import Neighbours

_BATCH = 64
_BLOCK = 1024  # rows of similarities that exist at a time


def embeddings(texts: list[str], encoder: str) -> np.ndarray:
    """float32 [texts, size], each of length 1. encoder: a folder or hub id of a model of transformers.

    Raises RewarmError when it cannot be loaded.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(encoder, trust_remote_code=False)
        model = AutoModel.from_pretrained(encoder, trust_remote_code=False, use_safetensors=True).eval()
    except (OSError, ValueError) as error:
        raise RewarmError(
            f"order.vectors: {encoder}: {str(error).splitlines()[0]}. Name a folder or hub id of a sentence "
            "encoder with safetensors weights, or use `sparse`"
        ) from None
    longest = min(tokenizer.model_max_length, model.config.max_position_embeddings, 512)
    by_length = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    found = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
    with torch.inference_mode():
        for first in range(0, len(texts), _BATCH):
            rows = by_length[first : first + _BATCH]
            batch = tokenizer(
                [texts[row] for row in rows], padding=True, truncation=True, max_length=longest,
                return_tensors="pt",
            )  # fmt: skip
            hidden = model(**batch).last_hidden_state
            inside = batch["attention_mask"][..., None].to(hidden.dtype)
            mean = (hidden * inside).sum(1) / inside.sum(1).clamp(min=1)
            found[rows] = torch.nn.functional.normalize(mean, dim=1).float().numpy()
    return found


def nearest(vectors: np.ndarray, count: int, least: float) -> Neighbours:
    """The nearest documents of each, exactly. vectors: float32 [documents, size], each of length 1."""
    documents = len(vectors)
    count = min(count, max(1, documents - 1))
    found = np.full((documents, count), -1, dtype=np.int32)
    similarity = np.zeros((documents, count), dtype=np.float32)
    for first in range(0, documents, _BLOCK):
        block = vectors[first : first + _BLOCK] @ vectors.T
        rows = np.arange(len(block))
        block[rows, first + rows] = -2
        near = np.argpartition(-block, count - 1, axis=1)[:, :count]
        value = np.take_along_axis(block, near, 1)
        order = np.lexsort((near, -value), axis=1)
        near, value = np.take_along_axis(near, order, 1), np.take_along_axis(value, order, 1)
        far = value < least
        near[far], value[far] = -1, 0
        found[first : first + len(block)], similarity[first : first + len(block)] = near, value
    return Neighbours(found, similarity)
