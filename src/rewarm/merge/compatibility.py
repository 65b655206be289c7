"""Whether models may be combined: one architecture, one vocabulary, one common ancestor.

Weights of two models can be averaged when both were trained from the same weights (Frankle et al. 2020,
arXiv 1912.05671; Wortsman et al. 2022, arXiv 2203.05482). Two models of one architecture that were trained
from different random weights have the same shapes, and their average is noise. Their matrices are nearly
orthogonal, while further training leaves a cosine above 0.9; that is what is checked here, on a sample.
"""

from collections.abc import Iterator, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

from torch import Tensor

from rewarm.errors import RewarmError
from rewarm.merge.weight_files import FLOATS, WeightFiles
from rewarm.model import pretrained

# Fields of config.json that change neither a weight's meaning nor the forward pass.
_FREE = {
    "_name_or_path", "transformers_version", "dtype", "torch_dtype", "use_cache", "architectures",
    "bos_token_id", "eos_token_id", "pad_token_id", "max_position_embeddings", "initializer_range",
    "output_attentions", "output_hidden_states", "return_dict", "id2label", "label2id", "pretraining_tp",
    "attention_dropout", "attn_implementation", "_attn_implementation", "_attn_implementation_internal",
    "problem_type", "chunk_size_feed_forward", "is_encoder_decoder", "auto_map",
}  # fmt: skip
_LEAST_COSINE = 0.5
_SAMPLED, _ELEMENTS = 16, 1_048_576
_TOKENIZER = ("tokenizer.json", "tokenizer.model", "vocab.json", "spiece.model")


def check(models: Sequence[WeightFiles]) -> list[str]:
    """Compare every model with the first.

    Returns:
        Notes on differences that do no harm, such as tokens that only one model names.

    Raises:
        RewarmError: another architecture, a token with another id, or no common ancestor.
    """
    first, *others = models
    for other in others:
        _check_config(first.folder, other.folder)
    notes = [note for other in others for note in _check_vocabulary(first.folder, other.folder)]
    for other in others:
        found = cosine(first, other)
        if found < _LEAST_COSINE:
            raise RewarmError(
                f"{other.folder}: its matrices have a cosine of {found:.2f} with those of {first.folder}, so "
                "the two were not trained from the same weights, and a combination of them is noise. Give "
                "models that descend from one base"
            )
    return list(dict.fromkeys(notes))


def cosine(one: WeightFiles, other: WeightFiles) -> float:
    """The cosine between two models over a sample of their matrices; 1 where they share none."""
    product = left = right = 0.0
    for a, b in sampled(one, other):
        product, left, right = product + float(a @ b), left + float(a @ a), right + float(b @ b)
    return product / sqrt(left * right) if left * right else 1.0


def sampled(one: WeightFiles, other: WeightFiles) -> Iterator[tuple[Tensor, Tensor]]:
    """float64 [numbers] of both models: the first million numbers of about 16 matrices that both have."""
    shared = [
        name
        for name, stored in one.tensors.items()
        if len(stored.shape) >= 2
        and stored.size
        and name in other.tensors
        and other.tensors[name].shape == stored.shape
        and {stored.dtype, other.tensors[name].dtype} <= FLOATS.keys()
    ]
    for name in shared[:: max(1, len(shared) // _SAMPLED)]:
        left, right = (next(model.tensors[name].pieces(_ELEMENTS)).double() for model in (one, other))
        yield left, right


def _check_config(one: Path, other: Path) -> None:
    left, right = (_settings(folder) for folder in (one, other))
    unlike = [key for key in sorted(left.keys() | right.keys()) if left.get(key) != right.get(key)]
    if unlike:
        listed = "; ".join(f"{key}: {left.get(key)} and {right.get(key)}" for key in unlike[:4])
        more = f" and {len(unlike) - 4} more" if len(unlike) > 4 else ""
        raise RewarmError(
            f"{one} and {other} are not the same architecture: config.json has {listed}{more}. Only models "
            "of one base can be combined"
        )


def _settings(folder: Path) -> dict[str, Any]:
    """config.json with the defaults of transformers, without fields that do no harm."""
    found: dict[str, Any] = pretrained.config_of(folder).to_dict()
    return {key: value for key, value in found.items() if key not in _FREE}


def _check_vocabulary(one: Path, other: Path) -> list[str]:
    if not all(any((folder / name).is_file() for name in _TOKENIZER) for folder in (one, other)):
        return []
    left, right = (pretrained.tokenizer_of(folder).get_vocab() for folder in (one, other))
    moved = sorted(token for token in left.keys() & right.keys() if left[token] != right[token])
    if moved:
        token = moved[0]
        raise RewarmError(
            f"{one} and {other} have different vocabularies: the token {token!r} is {left[token]} in one and "
            f"{right[token]} in the other ({len(moved)} such tokens). Their embeddings cannot be combined"
        )
    return [
        f"{len(only):,} tokens only in the tokenizer of {folder}, first {sorted(only)[0]!r}"
        for folder, only in ((one, left.keys() - right.keys()), (other, right.keys() - left.keys()))
        if only
    ]
