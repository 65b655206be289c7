"""The weights of a training checkpoint in a model of transformers, for scoring: no optimizer, no ranks."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.distributed.checkpoint as dcp

from rewarm.errors import RewarmError
from rewarm.model import causal_lm
from rewarm.model.packed_lm import PackedLM

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# As `train/checkpoint_tensors.py` names them.
_PREFIX = "model."


def load(base: Path, checkpoint: Path, device: torch.device) -> "PreTrainedModel":
    """The base with the checkpoint's weights. Weights that training froze are the base's.

    Raises RewarmError for a checkpoint of LoRA, which holds adapters only, and for one that is not complete.
    """
    if not (checkpoint / "state.json").exists():
        raise RewarmError(f"{checkpoint}: is not a complete checkpoint (no state.json)")
    model = causal_lm.load(base, torch.device("cpu"))
    lm = PackedLM(model, 256)
    reader = dcp.HuggingFaceStorageReader(str(checkpoint))
    held = reader.read_metadata().state_dict_metadata
    weights = {f"{_PREFIX}{name}": parameter.detach() for name, parameter in lm.named_parameters()}
    known = {name: weight for name, weight in weights.items() if name in held}
    if not known:
        raise RewarmError(
            f"{checkpoint}: holds none of the model's weights (LoRA adapters?); score base and result"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dcp.load(known, storage_reader=reader, no_dist=True)
    return model.to(device)
