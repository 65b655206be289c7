"""Python, libraries, devices, memory and disk, against what the recipe and the model need.

Per parameter, training holds 16 bytes: fp32 weight 4, gradient 4, Adam's moments 8. A checkpoint
holds 12 of them, without the gradient. Both are counted from the shapes in the safetensors headers.
"""

import json
import os
import re
import shutil
import sys
from contextlib import suppress
from importlib import metadata
from math import prod
from pathlib import Path

import psutil

from rewarm.data.collect import origins
from rewarm.doctor.check import Ill, gigabytes
from rewarm.recipe import Export, Recipe, Train

SHOWN = ("torch", "transformers", "tokenizers", "pyarrow", "numpy")
TRAINING_BYTES = 16
ACTIVATIONS = 1.3  # of the above, for one micro-batch with chunked loss
CHECKPOINT_BYTES = 12
DATA_COPIES = 3  # documents as collected and cleaned, and the tokens
_NATIVE_BF16 = re.compile(r"\b(avx512_bf16|amx_bf16|avx_ne_convert|bf16)\b")


def python() -> str:
    from packaging.specifiers import SpecifierSet

    wanted = metadata.metadata("rewarm")["Requires-Python"] or ""
    seen = ".".join(map(str, sys.version_info[:3]))
    if not SpecifierSet(wanted).contains(seen, prereleases=True):
        raise Ill(f"{seen}, outside {wanted}", "Install a Python in this range.")
    return f"{seen}, within {wanted}"


def libraries() -> str:
    """Every required library is there, in the range that rewarm's metadata states."""
    from packaging.requirements import Requirement

    wrong, right = [], {}
    for text in metadata.requires("rewarm") or []:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing (wanted {requirement.specifier})")
            continue
        if requirement.specifier.contains(version, prereleases=True):
            right[requirement.name] = version
        else:
            wrong.append(f"{requirement.name} {version}, outside {requirement.specifier}")
    if wrong:
        raise Ill("; ".join(wrong), "Install rewarm again: pip install --upgrade rewarm")
    return ", ".join(f"{name} {right[name]}" for name in SHOWN) + f"; all {len(right)} within their ranges"


def devices(recipe: Recipe | None) -> str:
    """CPU cores, GPUs and bf16; fails only when the recipe asks for a GPU that is not there."""
    import torch

    native = "native bf16" if _native_bf16() else "no native bf16: train.precision fp32 may be as fast"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    seen = f"{cores} CPU cores ({torch.backends.cpu.get_cpu_capability()}, {native})"
    if not torch.cuda.is_available():
        if recipe and recipe.train.device == "cuda":
            remedy = "Set train.device: auto, or install a CUDA build of PyTorch and a driver."
            raise Ill(f"{seen}; train.device is cuda, and PyTorch sees no GPU", remedy)
        return f"{seen}; no GPU"
    for index in range(torch.cuda.device_count()):
        found = torch.cuda.get_device_properties(index)
        seen += f"; GPU {index} {found.name}, {gigabytes(found.total_memory)}"
    return seen + (", bf16" if torch.cuda.is_bf16_supported() else ", no bf16: set train.precision: fp32")


def memory(recipe: Recipe | None, model: Path | None) -> str:
    room, where = available_memory(recipe)
    if model is None:
        return f"{gigabytes(room)} of {where} available; give a model to compare with its need"
    count = parameters(model)
    need = count * TRAINING_BYTES * ACTIVATIONS
    seen = f"{count / 1e6:,.0f} M parameters need about {gigabytes(need)}; "
    seen += f"{gigabytes(room)} of {where} available"
    if need > room:
        most = room / TRAINING_BYTES / ACTIVATIONS / 1e6
        raise Ill(seen, f"Choose a base of at most {most:,.0f} M parameters, or a machine with more memory.")
    return seen


def disk(recipe: Recipe | None, model: Path | None, run_root: Path) -> str:
    """Room for checkpoints, the export and three copies of the sources that lie on this machine."""
    folder = next(parent for parent in (run_root.absolute(), *run_root.absolute().parents) if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise Ill(f"{folder} cannot be written to", "Choose another folder for runs.")
    free = shutil.disk_usage(folder).free
    train, export = (
        (recipe.train, recipe.export) if recipe else (Train.model_construct(), Export.model_construct())
    )
    count = parameters(model) if model else 0
    checkpoints = count * CHECKPOINT_BYTES * (train.keep_checkpoints + 1)
    exported = count * (2 if export.dtype == "bfloat16" else 4)
    local = [source for source in recipe.sources if source.path] if recipe else []
    data = DATA_COPIES * sum(
        origin.size for source in local for origin in origins.files(source.model_dump(mode="json"))
    )
    need = checkpoints + exported + data
    seen = (
        f"about {gigabytes(need)} needed (checkpoints {gigabytes(checkpoints)}, model {gigabytes(exported)}, "
        f"data {gigabytes(data)}{_downloads(recipe)}); {gigabytes(free)} free in {folder}"
    )
    if need > free:
        raise Ill(seen, "Free some room, choose another folder for runs, or lower train.keep_checkpoints.")
    return seen


def parameters(model: Path) -> int:
    """Weights of a Hugging Face directory: from safetensors headers, else from a model without storage."""
    files = sorted(model.glob("*.safetensors"))
    if files:
        return sum(map(_header_parameters, files))
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    with torch.device("meta"):
        empty = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(model))
    return sum(weight.numel() for weight in empty.parameters())


def training_device(recipe: Recipe | None) -> str:
    import torch

    wanted = recipe.train.device if recipe else "auto"
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"


def available_memory(recipe: Recipe | None) -> tuple[int, str]:
    """Bytes free where training would run, and what they are called."""
    if training_device(recipe) == "cuda":
        import torch

        return torch.cuda.mem_get_info()[0], "GPU memory"
    room = psutil.virtual_memory().available
    with suppress(OSError, ValueError):  # a container's limit, which the system's own figure does not know
        room = min(room, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return room, "RAM"


def _header_parameters(file: Path) -> int:
    with file.open("rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    return sum(prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")


def _native_bf16() -> bool:
    try:
        return bool(_NATIVE_BF16.search(Path("/proc/cpuinfo").read_text()))
    except OSError:
        return sys.platform == "darwin" and os.uname().machine == "arm64"


def _downloads(recipe: Recipe | None) -> str:
    names = [source.name for source in recipe.sources if not source.path] if recipe else []
    return f", without downloads of {', '.join(names)}" if names else ""
