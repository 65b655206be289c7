"""The trained weights as a Hugging Face folder, gathered from all ranks."""

import json
import shutil
from pathlib import Path

import torch

from rewarm.corpus.work import Work
from rewarm.model import causal_lm
from rewarm.model.packed_lm import PackedLM
from rewarm.train.ranks import Ranks


def write(lm: PackedLM, work: Work, ranks: Ranks) -> None:
    """Write `model/`: safetensors and tokenizer, in the dtype of the base or of the recipe."""
    model = lm.model
    if ranks.world > 1:
        from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

        options = StateDictOptions(full_state_dict=True, cpu_offload=True)
        whole = get_model_state_dict(lm, options=options)
        if not ranks.first:
            return
        model = causal_lm.load(work.inputs["model"], torch.device("cpu"))
        model.load_state_dict({name.removeprefix("model."): value for name, value in whole.items()})
    from transformers import AutoTokenizer

    names = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    config = json.loads((work.inputs["model"] / "config.json").read_text())
    saved = config.get("dtype") or config.get("torch_dtype") or "float32"
    asked = work.config["export"]["dtype"]
    dtype = names.get(asked) or getattr(torch, saved if asked == "base" else asked)
    target = work.folder / "model"
    shutil.rmtree(target, ignore_errors=True)
    model.to(dtype).save_pretrained(target)
    AutoTokenizer.from_pretrained(work.inputs["model"]).save_pretrained(target)


def tidy(folder: Path) -> None:
    """Remove what only a running step needs."""
    for name in ("checkpoints", "_metrics"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in ("metrics.jsonl", "kept.jsonl"):
        (folder / name).unlink(missing_ok=True)
