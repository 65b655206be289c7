"""Tensors that a checkpoint may hold twice or once: embeddings and head of a model that ties them.

Some files of a tied model hold `lm_head.weight` beside the embeddings, others hold one of the two. Which
names share a tensor is asked of transformers, on a model without memory, and only when names differ.
"""

from functools import cache
from pathlib import Path

from rewarm.merge.weight_files import Stored, WeightFiles
from rewarm.model import pretrained


def resolve(template: WeightFiles, model: WeightFiles) -> dict[str, Stored]:
    """The tensors of `model` under the names of `template`; a name that is not found is absent."""
    if template.tensors.keys() <= model.tensors.keys():
        return model.tensors
    names = [name for name in template.tensors if name not in model.tensors]
    found = {name: twin for name in names if (twin := _twin(model, name)) is not None}
    return {**model.tensors, **found}


def find(model: WeightFiles, name: str) -> Stored:
    """The tensor of this name, or the one that it is tied to. Raises KeyError where there is neither."""
    found = model.tensors.get(name) or _twin(model, name)
    if found is None:
        raise KeyError(name)
    return found


def names(model: WeightFiles) -> set[str]:
    """All names that this model's tied tensors may have."""
    pairs = _pairs(model.folder)
    return {*pairs, *pairs.values()}


def _twin(model: WeightFiles, name: str) -> Stored | None:
    pairs = _pairs(model.folder)
    group = {name, pairs.get(name, name)}
    group |= {other for other, source in pairs.items() if source in group}
    return next((model.tensors[other] for other in sorted(group) if other in model.tensors), None)


@cache
def _pairs(folder: Path) -> dict[str, str]:
    """Name of a tied tensor to the name that it is tied to; empty for a model that ties nothing."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("meta"), pretrained.quiet():
        built = AutoModelForCausalLM.from_config(pretrained.config_of(folder), trust_remote_code=False)
    return dict(getattr(built, "all_tied_weights_keys", None) or {})
