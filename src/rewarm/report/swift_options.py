"""Options that `swift sft` needs for a model folder: its model type and its chat template.

ms-swift reads the architecture from config.json, and stops where several of its model types have it (Llama,
Mistral, Qwen) or several of its templates fit. Model types and templates are those of ms-swift 4.6
(`swift.model.MODEL_MAPPING`).
"""

import json
from pathlib import Path

# `model_type` of config.json, which has the same name in ms-swift; others it does not know.
_TYPES = {
    "llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text", "glm4", "internlm2", "internlm3",
    "minicpm", "phi3", "seed_oss",
}  # fmt: skip
_TURN_END = "<|im_end|>"


def of_model(folder: Path) -> list[str] | None:
    """Options for `swift sft`; None for an architecture that ms-swift does not train.

    The template is ChatML where the tokenizer has its token for the end of a turn, otherwise `default`, plain
    text that every tokenizer can write.
    """
    try:
        model_type = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
    except (OSError, ValueError, KeyError):
        return None
    if model_type not in _TYPES:
        return None
    tokenizer = folder / "tokenizer.json"
    chat = tokenizer.is_file() and f'"{_TURN_END}"' in tokenizer.read_text(encoding="utf-8")
    return ["--model_type", model_type, "--template", "chatml" if chat else "default"]
