"""A model that is being evaluated: network, tokenizer, and what its scores are kept under."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from rewarm.evaluate.score.likelihood import forest_agrees
from rewarm.model import causal_lm, pretrained

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True)
class LoadedModel:
    """network: in fp32 on its device; method: `forest` or `rows`, how its likelihoods are computed."""

    network: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    method: str


def load(folder: Path, device: str = "auto") -> LoadedModel:
    """Load a model folder. Raises RewarmError as `causal_lm.load` does."""
    network = causal_lm.load(folder, causal_lm.device_of(device)).eval()
    return of_network(network, pretrained.tokenizer_of(folder))


def of_network(network: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase") -> LoadedModel:
    """A network in evaluation mode, with the method that its likelihoods are computed by."""
    with torch.inference_mode():
        method = "forest" if forest_agrees(network) else "rows"
    return LoadedModel(network, tokenizer, method)


def identity(folder: Path) -> str:
    """20 hex digits that change when a file of the folder does: by name, size and time of change."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix != ".md")
    stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    content = json.dumps([str(folder.resolve()), stats])
    return hashlib.blake2b(content.encode(), digest_size=10).hexdigest()


def chat_template(tokenizer: "PreTrainedTokenizerBase") -> bool:
    """Whether the tokenizer has a chat template: then the model was probably trained on instructions."""
    return bool(getattr(tokenizer, "chat_template", None))
