"""The base model with rows for new tokens in its embedding and head.

A new row is the mean of the rows of the tokens that it replaces (Gee et al. 2022, "Fast Vocabulary
Transfer", EMNLP industry track; the same for the head). The model then starts near what it was, where random
rows would first have to be learned by every layer. All rows are trained afterwards: with LoRA too, as long
as `train.lora.embeddings` is true.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from rewarm.errors import RewarmError
from rewarm.model import base_files, pretrained

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def write(base: Path, target: Path, pieces: Sequence[tuple[int, ...]], first: int) -> int:
    """Write the extended model to `target`, in the dtype of the base; returns how many weights it has more.

    pieces: of each new token, the IDs of the base's tokens that it stands for; first: ID of the first.
    """
    model = pretrained.model_of(base)
    before = model.num_parameters()
    extend(model, pieces, first)
    settings = base_files.config(base)
    stored = settings.get("dtype") or settings.get("torch_dtype") or "float32"
    with pretrained.quiet():
        model.to(getattr(torch, str(stored))).save_pretrained(target)
    added: int = model.num_parameters() - before
    return added


@torch.no_grad()
def extend(model: "PreTrainedModel", pieces: Sequence[tuple[int, ...]], first: int) -> None:
    """Set the rows `first`, `first` + 1, … of embedding and head; both grow where they are too short.

    A base whose table is longer than its tokenizer (padded to a round number) has rows to spare.
    Raises RewarmError for a head with a bias, whose new entries would have no value to start from.
    """
    size = first + len(pieces)
    table = model.get_input_embeddings().weight
    head = model.get_output_embeddings()
    if head is None or getattr(head, "bias", None) is not None:
        raise RewarmError(
            f"vocabulary: the head of {type(model).__name__} has a bias, or there is none; not supported. "
            "Remove `vocabulary`"
        )
    if size > len(table):
        model.resize_token_embeddings(size, mean_resizing=False)
    places = torch.tensor([index for one in pieces for index in one])
    starts = torch.tensor([0, *(len(one) for one in pieces[:-1])]).cumsum(0)
    tied = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    for module in [model.get_input_embeddings(), *([] if tied else [model.get_output_embeddings()])]:
        rows = module.weight.data
        rows[first:size] = torch.nn.functional.embedding_bag(places, rows, starts, mode="mean")
