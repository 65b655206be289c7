"""The trained weights as a Hugging Face folder, gathered from all ranks."""

import json
import shutil
from pathlib import Path

import torch

from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.model import causal_lm
from rewarm.model.packed_lm import PackedLM
from rewarm.train import lora, peak_memory, removal
from rewarm.train.distributed.ranks import Ranks

_ENDED = "_ended.json"


def write(lm: PackedLM, work: Work, ranks: Ranks) -> None:
    """Write `model/`: safetensors and tokenizer, in the dtype of the base or of the recipe.

    With LoRA the adapters are merged into the base in fp32, and stand in `adapter/` besides.
    """
    model = lm.model
    config = work.config["train"]["lora"]
    if config:
        weights = {name.removeprefix("model."): value for name, value in lora.trained(lm).items()}
        if not ranks.first:
            return
        # Load the base again: frozen weights may have been held in bf16 during training.
        model = causal_lm.load(work.table("model"), torch.device("cpu"))
        lora.inject(model, config, work.config["seed"])
        lora.put(model, weights)
        lora.write_adapter(model, work.folder / "adapter")
        lora.merge(model)
    elif ranks.mesh is not None:
        from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

        options = StateDictOptions(full_state_dict=True, cpu_offload=True)
        whole = get_model_state_dict(lm, options=options)
        if not ranks.first:
            return
        model = causal_lm.load(work.table("model"), torch.device("cpu"))
        model.load_state_dict({name.removeprefix("model."): value for name, value in whole.items()})
    model.config = lm.model.config  # long-context stages change positions
    from transformers import AutoTokenizer

    names = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    base = json.loads((work.table("model") / "config.json").read_text())
    saved = base.get("dtype") or base.get("torch_dtype") or "float32"
    asked = work.config["export"]["dtype"]
    dtype = names.get(asked) or getattr(torch, saved if asked == "base" else asked)
    target = work.folder / "model"
    shutil.rmtree(target, ignore_errors=True)
    model.to(dtype).save_pretrained(target)
    AutoTokenizer.from_pretrained(work.table("model"), trust_remote_code=False).save_pretrained(target)


def note_memory(folder: Path) -> None:
    """Write `_memory.json`: the most memory that this process has held, in bytes.

    Steps that ran in the same process count too; training needs more than they do.
    """
    found = {"peak_resident": peak_memory.resident()}
    if (device := peak_memory.device()) is not None:
        found["peak_device"] = device
    with writing(folder / "_memory.json") as aside:
        aside.write_text(json.dumps(found))


def finish(folder: Path, kept: list[Path], counts: Counts) -> None:
    """Record that training has ended, keep these checkpoints in `_states/`, remove temporary files."""
    with writing(folder / _ENDED) as aside:
        aside.write_text(json.dumps({"counts": counts, "kept": [path.name for path in kept]}))
    _tidy(folder)


def finished(folder: Path) -> Counts | None:
    """The counts of a training that ended and was killed while removing files; None for any other."""
    if not (folder / _ENDED).exists():
        return None
    _tidy(folder)
    counts: Counts = json.loads((folder / _ENDED).read_text())["counts"]
    return counts


def _tidy(folder: Path) -> None:
    for name in json.loads((folder / _ENDED).read_text())["kept"]:
        path = folder / "checkpoints" / name
        if path.exists():
            (folder / "_states").mkdir(exist_ok=True)
            path.rename(folder / "_states" / name)
    # Names with an underscore are no part of the result, even if they cannot be deleted.
    if (folder / "checkpoints").exists():
        (folder / "checkpoints").rename(folder / "_checkpoints")
    for name in ("_checkpoints", "_metrics"):
        removal.remove_or_warn(folder / name)
    for name in ("metrics.jsonl", "retained.jsonl"):
        (folder / name).unlink(missing_ok=True)
