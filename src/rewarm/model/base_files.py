"""What the files of a base model say without loading it: enough to refuse it in milliseconds.

Checked are config.json, the safetensors headers and the index of a sharded model. Whether the weights
are those that the architecture wants is known only to transformers: `causal_lm.load` checks that.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError
from rewarm.model import safetensors_header

_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")
_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")


def config(folder: Path) -> dict[str, Any]:
    """config.json. Raises RewarmError when it is missing or no JSON object."""
    path = folder / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RewarmError(f"model: {folder} has no config.json; give a Hugging Face model folder") from None
    except (OSError, ValueError, RecursionError) as error:
        raise RewarmError(f"{path}: cannot be read as JSON ({str(error).splitlines()[0]})") from None
    if not isinstance(found, dict):
        raise RewarmError(f"{path}: is not a JSON object")
    return found


def check(folder: Path) -> None:
    """Raise RewarmError for a model that cannot be trained, with what to do."""
    settings = config(folder)
    refuse_experts(settings, folder)
    refuse_own_code(settings, folder)
    _check_weights(folder)


def check_tokenizer(folder: Path) -> None:
    """Raise RewarmError for a folder without a tokenizer that transformers builds without its own code."""
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        raise RewarmError(
            f"model: {folder} has no tokenizer ({', '.join(_TOKENIZERS)}). Fetch the model again, whole"
        )


def refuse_experts(settings: dict[str, Any], folder: Path | str) -> None:
    """Raise RewarmError for a mixture of experts.

    Its router is trained with an auxiliary loss that spreads tokens over the experts (Fedus et al. 2021,
    2101.03961, section 2.2). The chunked loss of rewarm does not have it: the cross entropy would fall
    while a few experts take all tokens.
    """
    inner = settings.get("text_config")
    for part in (settings, inner if isinstance(inner, dict) else {}):
        for name in _EXPERTS:
            count = part.get(name)
            if isinstance(count, int) and count > 1:
                raise RewarmError(
                    f"model: {folder} is a mixture of experts ({name} is {count} in config.json). rewarm's "
                    "training loss lacks the router's auxiliary loss, without which a few experts take all "
                    "tokens. Choose a dense base"
                )


def refuse_own_code(settings: dict[str, Any], folder: Path) -> None:
    """Raises RewarmError for a model that only its own Python code can build; that code is never run."""
    kind = str(settings.get("model_type") or "")
    if "auto_map" in settings and not _known(kind):
        raise RewarmError(
            f"model: {folder} brings its own Python code (auto_map in config.json, model_type '{kind}'), "
            "which rewarm never runs. Choose a base whose architecture is part of transformers"
        )


def _known(kind: str) -> bool:
    """Whether transformers has this architecture; by its folders, since importing it takes seconds."""
    found = find_spec("transformers")
    if not kind or found is None or not found.submodule_search_locations:
        return False
    models = Path(next(iter(found.submodule_search_locations)), "models")
    return (models / kind.replace("-", "_").replace(".", "_")).is_dir()


def _check_weights(folder: Path) -> None:
    index = folder / "model.safetensors.index.json"
    files = sorted(folder.glob("*.safetensors"))
    file_of = {name: file.name for file in files for name in safetensors_header.read(file)}
    if index.is_file():
        try:
            places: dict[str, str] = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        except (OSError, ValueError, KeyError, TypeError):
            raise RewarmError(f"{index}: has no weight_map. Fetch the file again.") from None
        there = {file.name for file in files}
        lost = sorted(set(places.values()) - there)
        if lost:
            raise RewarmError(
                f"{folder}: {len(lost)} of {len(set(places.values()))} weight files are missing, first "
                f"{lost[0]}. Fetch the model again."
            )
        absent = sorted(name for name, file in places.items() if file_of.get(name) != file)
        if absent:
            raise RewarmError(
                f"{folder / places[absent[0]]}: lacks the tensor '{absent[0]}' that {index.name} places "
                f"there ({len(absent)} in all). Fetch the model again."
            )
    elif not files and not any(folder.glob("*.bin")):
        raise RewarmError(f"model: {folder} has no *.safetensors file. Fetch the model again.")
