"""LoRA: the base is frozen, and low-rank matrices beside its linear layers are trained.

W' = W + (alpha / rank) B A, with B zero at the start (Hu et al. 2021, 2106.09685). What it saves is
the gradient, the moments and half of the weight of everything frozen. What it costs: in continued
pre-training it learns less than full training and forgets less (Biderman et al. 2024, 2405.09673),
the more so the smaller the rank; all linear layers matter, not attention alone. New words and a new
language need the embedding and the head, which are trained whole at a lower rate (Unsloth advises
2 to 10 x lower). There is no dropout: its draws would make the result hang on micro-batches and
ranks, and the low rank regularises more than dropout does (same paper, abstract).

Adapters are put in by peft, in place, so the model keeps its class and its base_model.
"""

import json
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch

from rewarm.errors import RewarmError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_ADAPTER = "default"


def inject(model: "PreTrainedModel", config: dict[str, Any], seed: int) -> str:
    """Put adapters into the model and freeze the rest; a line that says what is trained.

    config: `train.lora` of the recipe. Equal seeds give equal adapters on every rank.
    Raises RewarmError for a target that matches nothing, and without peft.
    """
    peft = _peft()
    targets = _targets(model, config["targets"])
    torch.manual_seed(seed)
    peft.inject_adapter_in_model(
        peft.LoraConfig(
            r=config["rank"],
            lora_alpha=config["alpha"],
            use_rslora=config["rslora"],
            target_modules=targets,
            task_type="CAUSAL_LM",
        ),
        model,
        _ADAPTER,
    )
    if config["embeddings"]:
        for module in _embeddings(model).values():
            module.weight.requires_grad_(True)
    trained = {name: weight.numel() for name, weight in model.named_parameters() if weight.requires_grad}
    adapters = sum(size for name, size in trained.items() if "lora_" in name)
    whole = sum(trained.values()) - adapters
    return (
        f"adapters  {adapters:,} weights of rank {config['rank']} beside {len(targets)} layers; {whole:,} of "
        f"embedding and head at {config['embeddings_rate']:g} x their rate"
    )


def hold_frozen_in_bf16(model: "PreTrainedModel") -> None:
    """Frozen matrices in 2 bytes a weight; under bf16 autocast the products are the same bits.

    A frozen embedding gives fp32 as before, so that the residual stream stays what it was.
    """
    for module in model.modules():
        for weight in module.parameters(recurse=False):
            if weight.ndim == 2 and not weight.requires_grad:
                weight.data = weight.data.to(torch.bfloat16)
    table = model.get_input_embeddings()
    if not table.weight.requires_grad:
        table.register_forward_hook(_to_fp32)


def trained(lm: torch.nn.Module) -> dict[str, torch.Tensor]:
    """What training changed by name, whole and on the CPU, in the parameter's dtype and shape [*].

    To be called on all ranks: it gathers.
    """
    found = {}
    for name, weight in lm.named_parameters():
        if weight.requires_grad:
            value: Any = weight.detach()
            value = value.full_tensor() if hasattr(value, "full_tensor") else value
            found[name] = value.cpu()
    return found


def put(model: "PreTrainedModel", weights: dict[str, torch.Tensor]) -> None:
    """Copy trained weights, by name and of the parameter's shape [*], into a model with adapters."""
    own = dict(model.named_parameters())
    with torch.no_grad():
        for name, value in weights.items():
            own[name].copy_(value)


def write_adapter(model: "PreTrainedModel", folder: Path) -> None:
    """The adapter in peft's form, for `PeftModel.from_pretrained(base, folder)`."""
    peft = _peft()
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = model.peft_config[_ADAPTER]
    weights = peft.get_peft_model_state_dict(model, adapter_name=_ADAPTER, save_embedding_layers=False)
    whole = {
        name: module.weight for name, module in _embeddings(model).items() if module.weight.requires_grad
    }
    # Tied weights come twice: peft keeps a copy for each module that it replaces.
    weights.update({f"{name}.weight": weight.detach().clone() for name, weight in whole.items()})
    plain = {f"base_model.model.{name}": value.cpu().contiguous() for name, value in weights.items()}
    save_file(plain, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    settings = config.to_dict() | {
        "inference_mode": True,
        "modules_to_save": sorted(name.rpartition(".")[2] for name in whole) or None,
        "target_modules": sorted(config.target_modules),
    }
    text = json.dumps(settings, indent=1, sort_keys=True, default=str)
    (folder / "adapter_config.json").write_text(text)


def merge(model: "PreTrainedModel") -> None:
    """Add the adapters into their layers, in place, and take them out. Raises RewarmError for a NaN."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    for name, module in list(model.named_modules()):
        if isinstance(module, BaseTunerLayer):
            try:
                module.merge(safe_merge=True)
            except ValueError as error:
                raise RewarmError(f"train.lora: {name} does not merge: {error}") from error
            parent, _, own = name.rpartition(".")
            setattr(model.get_submodule(parent), own, module.get_base_layer())
    del model.peft_config


def _targets(model: "PreTrainedModel", globs: list[str] | None) -> list[str]:
    """Full names of the decoder's linear layers that match; the head is none of them."""
    from transformers.pytorch_utils import Conv1D

    head = model.get_output_embeddings()
    linear = [
        name
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear | Conv1D) and module is not head
    ]
    if globs is None:
        return linear
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in linear):
            raise RewarmError(
                f"train.lora.targets: {glob!r} matches no linear layer; they are named like "
                f"{', '.join(linear[:3])}"
            )
    return [name for name in linear if any(fnmatchcase(name, glob) for glob in globs)]


def _embeddings(model: "PreTrainedModel") -> dict[str, Any]:
    wanted = {id(model.get_input_embeddings()), id(model.get_output_embeddings())}
    return {name: module for name, module in model.named_modules() if id(module) in wanted}


def _to_fp32(_module: object, _inputs: object, output: torch.Tensor) -> torch.Tensor:
    return output.float()


def _peft() -> ModuleType:
    try:
        import peft
    except ImportError as error:
        raise RewarmError("train.lora: adapters need peft; install rewarm[lora]") from error
    module: ModuleType = peft
    return module
