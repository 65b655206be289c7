"""A small base and models that were trained from it, as folders."""

from pathlib import Path

import torch


def base(folder: Path, *, tied: bool = True, seed: int = 0, dtype: torch.dtype = torch.float32) -> Path:
    """A Llama of random weights, in two shards."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=96, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=64, bos_token_id=None, eos_token_id=0, tie_word_embeddings=tied,
    )  # fmt: skip
    LlamaForCausalLM(config).to(dtype).save_pretrained(folder, max_shard_size="60KB")
    return folder


def trained(source: Path, folder: Path, seed: int, dtype: torch.dtype = torch.float32) -> Path:
    """The model in `source` after a change of one percent, as further training leaves it."""
    from transformers import LlamaForCausalLM

    model = LlamaForCausalLM.from_pretrained(source, dtype=torch.float32)
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * parameter.std().nan_to_num(0.1) * 0.1)
    model.to(dtype).save_pretrained(folder)
    return folder


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Tensors as safetensors reads them."""
    from safetensors import safe_open

    found = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, "pt") as opened:
            found |= {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    return found
