"""What training needs in memory, and what a recipe's options save: the only home of these figures.

Bytes per weight follow from what is kept (Rajbhandari et al. 2020, 1910.02054, section 3). Bytes of
activations were counted from the tensors that autograd saved, on Llamas of two and four layers with
feed-forward 3.5 x width: per token, layer and unit of width 59 under bf16 autocast, 90 in fp32, 4 when
layers are recomputed. The backward pass holds gradients and buffers of two more layers (1.5 to 2.2 measured
from the growth of a process on a CPU: Llamas of 4 and 12 layers, 1,024 to 4,096 tokens, recomputed and
not; the whole estimate was then 2 % below to 11 % above it). Autocast also holds a bf16 copy of each fp32
matrix until the backward pass is through. A tenth is added for what allocators and libraries take. An
estimate, to choose by, not a promise.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from rewarm.model import gguf_header, safetensors_header
from rewarm.recipe import Train

WEIGHT, GRADIENT, MOMENTS = 4, 4, 8
MOMENTS_8BIT = 2 + 2 * 4 / 256  # two codes, and two scales for every block
HALF = 2  # bf16
ACTIVATIONS = {"bf16": 59, "fp32": 90}
RECOMPUTED = 4
BACKWARD = 2  # layers
SLACK = 1.1
# From what costs least to what costs most: time, then a little precision, then what can be learnt.
WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"activation_checkpointing": True},
    {"activation_checkpointing": True, "optimizer": "adamw_8bit", "offload": "none"},
    {"activation_checkpointing": True, "lora": {}},
    {"activation_checkpointing": True, "lora": {"embeddings": False}},
    {"activation_checkpointing": True, "lora": {"rank": 16, "embeddings": False}},
    {"activation_checkpointing": True, "lora": {"rank": 16, "embeddings": False}, "offload": "parameters"},
)
_NAMED = re.compile(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?)([bm])(?![A-Za-z0-9])", re.IGNORECASE)
_STAGING = 2 * 4 * 2**24
# Bytes of a file of a checkpoint, of a rank; a larger tensor has a file of its own.
CHECKPOINT_FILE = 2**28


@dataclass(frozen=True)
class Shapes:
    """A model in numbers. parameters: all weights; tables: of embedding and head among them, tied ones once;
    sides: rows + columns summed over the decoder's matrices, so that an adapter of rank r has r x sides."""

    parameters: int
    tables: int
    sides: int
    width: int
    layers: int
    vocabulary: int


@dataclass(frozen=True)
class Need:
    """Bytes on the device by purpose, in host memory besides, and of a checkpoint; trained: weights."""

    weights: float
    gradients: float
    moments: float
    activations: float
    host: float
    checkpoint: float
    trained: int

    @property
    def device(self) -> float:
        return SLACK * (self.weights + self.gradients + self.moments + self.activations)


def shapes(model: Path) -> Shapes:
    """Of a Hugging Face folder, from the headers of its safetensors and its config.json, or of a GGUF file.

    Raises RewarmError for a damaged file, OSError or ValueError when one cannot be read.
    """
    if model.suffix == ".gguf" and model.is_file():
        return _of_gguf(model)
    config = json.loads((model / "config.json").read_text())
    config = config.get("text_config") or config
    files = sorted(model.glob("*.safetensors"))
    entries = {
        name: entry for file in files for name, entry in safetensors_header.read(file).items()
    } or _empty(model)
    width = int(config.get("hidden_size") or config["n_embd"])
    layers = int(config.get("num_hidden_layers") or config["n_layer"])
    vocabulary = int(config["vocab_size"])
    return _of_sizes({name: entry.shape for name, entry in entries.items()}, width, layers, vocabulary)


def _of_gguf(file: Path) -> Shapes:
    """Shapes of the weights that its conversion makes."""
    header = gguf_header.read(file)
    kind = header.settings["general.architecture"]
    width, layers = (int(header.settings[f"{kind}.{key}"]) for key in ("embedding_length", "block_count"))
    # Fastest dimension first in the file: a row of the embedding is a token's.
    sizes = {name: shape[::-1] for name, shape in header.tensors.items()}
    return _of_sizes(sizes, width, layers, sizes["token_embd.weight"][0])


def _of_sizes(sizes: Mapping[str, Sequence[int]], width: int, layers: int, vocabulary: int) -> Shapes:
    matrices = {name: size for name, size in sizes.items() if len(size) == 2}
    # A layer's weights have its number in their names.
    inner = {name for name in matrices if any(part.isdigit() for part in name.split("."))}
    tables = [size for name, size in matrices.items() if name not in inner and size[0] >= vocabulary]
    return Shapes(
        parameters=sum(map(prod, sizes.values())),
        tables=sum(map(prod, tables)),
        sides=sum(sum(matrices[name]) for name in inner),
        width=width,
        layers=layers,
        vocabulary=vocabulary,
    )


def typical(parameters: int) -> Shapes:
    """A model of this size whose shapes are not known: 12 x layers x width², width 128 x layers, a
    vocabulary of 128k, untied from 4 B on; sides as of Llama with grouped queries."""
    width = (128 * parameters / 12) ** (1 / 3)
    layers = max(1, round(width / 128))
    tables = round((2 if parameters >= 4e9 else 1) * 128_000 * width)
    return Shapes(
        parameters, min(tables, parameters // 2), round(20 * width * layers), round(width), layers, 128_000
    )


def named_parameters(name: str) -> int | None:
    """The size in a model's name, as in `OWNER/Qwen2.5-1.5B`; None without one. The owner is not read."""
    size = _NAMED.search(name.rpartition("/")[2])
    return round(float(size[1]) * {"b": 10**9, "m": 10**6}[size[2].lower()]) if size else None


def need(model: Shapes, train: Train, tokens: int) -> Need:
    """What training takes. tokens: in one micro-batch, micro_batch x seq_len."""
    lora = train.lora
    tables = model.tables if not lora or lora.embeddings else 0
    inner = lora.rank * model.sides if lora else model.parameters - model.tables
    trained = tables + inner
    frozen = model.parameters - model.tables + (model.tables - tables) if lora else 0
    half = train.precision == "bf16"
    eight_bit = train.optimizer == "adamw_8bit"
    weights: float = WEIGHT * trained + frozen * (HALF if half else WEIGHT)
    gradients: float = GRADIENT * trained
    # Embedding and head keep fp32 moments, and most adapters are narrower than a block.
    moments: float = MOMENTS * tables + inner * (MOMENTS_8BIT if eight_bit and not lora else MOMENTS)
    checkpoint = WEIGHT * trained + moments
    host = 0.0
    if train.offload == "optimizer":
        host, moments = moments + _STAGING, 0.0
    if train.offload == "parameters":
        host = weights + gradients + moments
        # What is gathered at one time: the tables, the layer at work and the next.
        share = (model.tables + 2 * (model.parameters - model.tables) / model.layers) / model.parameters
        weights, gradients, moments = weights * share, gradients * share, 0.0
    if lora or train.offload == "parameters":
        host = max(host, WEIGHT * model.parameters)  # the base is read in fp32 there
    return Need(
        weights=weights,
        gradients=gradients,
        moments=moments,
        activations=_activations(model, train, tokens, inner if half else 0, tables > 0),
        host=host,
        checkpoint=checkpoint,
        trained=trained,
    )


def fitting(model: Shapes, train: Train, tokens: int, room: float) -> dict[str, Any] | None:
    """The first of WAYS, as changes of `train`, that fits in `room` bytes on the device, or None."""
    plain = train.model_dump()
    for way in WAYS:
        if need(model, Train.model_validate({**plain, **way}), tokens).device <= room:
            return way
    return None


def _activations(model: Shapes, train: Train, tokens: int, copied: float, head_learns: bool) -> float:
    unit = tokens * model.width
    per_layer = ACTIVATIONS[train.precision] * unit
    layers = (model.layers + BACKWARD) * per_layer
    if train.activation_checkpointing:
        layers = model.layers * RECOMPUTED * unit + (1 + BACKWARD) * per_layer
    if train.offload == "parameters":
        copied = copied * 2 / model.layers
    head = model.vocabulary * model.width
    # A chunk's logits and their gradient; the head in bf16; its gradient, whole, if it is trained.
    loss = 2 * 4 * train.loss_chunk * model.vocabulary + HALF * head + (4 * head if head_learns else 0)
    return layers + loss + HALF * copied


def _empty(model: Path) -> dict[str, safetensors_header.Entry]:
    """Shapes of a model without safetensors: built without storage."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    with torch.device("meta"):
        config = AutoConfig.from_pretrained(model, trust_remote_code=False)
        empty = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    return {
        name: safetensors_header.Entry("F32", tuple(weight.shape), 0, 0)
        for name, weight in empty.named_parameters()
    }
