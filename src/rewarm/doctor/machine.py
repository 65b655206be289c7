"""Python, libraries, devices, memory and disk, against the needs of recipe and model.

The memory of training is computed in `plan/memory.py` from the shapes in the safetensors headers.
"""

import json
import os
import shutil
import sys
from contextlib import suppress
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from rewarm.data.collect import origins
from rewarm.doctor.check import CheckFailed, gigabytes
from rewarm.model.precision import native_bf16
from rewarm.plan import disk as estimate
from rewarm.plan import memory as need
from rewarm.recipe import Export, Pack, Recipe, Train

SHOWN = ("torch", "transformers", "tokenizers", "pyarrow", "numpy")


def python() -> str:
    """This Python is in the range that rewarm's metadata states. Raises CheckFailed if not."""
    from packaging.specifiers import SpecifierSet

    wanted = metadata.metadata("rewarm")["Requires-Python"] or ""
    seen = ".".join(map(str, sys.version_info[:3]))
    if not SpecifierSet(wanted).contains(seen, prereleases=True):
        raise CheckFailed(f"{seen}, outside {wanted}", "Install a Python in this range.")
    return f"{seen}, within {wanted}"


def libraries(recipe: Recipe | None = None) -> str:
    """Required libraries are installed in the range that rewarm's metadata states; extras by the recipe.

    Raises CheckFailed for one that is missing or outside its range.
    """
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
        raise CheckFailed("; ".join(wrong), "Install rewarm again: pip install --upgrade rewarm")
    wants_lora, wants_8bit = (
        (recipe.train.lora is not None, recipe.train.optimizer == "adamw_8bit") if recipe else (False, False)
    )
    for wants, extra, package in ((wants_lora, "lora", "peft"), (wants_8bit, "8bit", "bitsandbytes")):
        if wants and not find_spec(package):
            raise CheckFailed(
                f"the recipe needs {package}, which is missing", f'pip install "rewarm[{extra}]"'
            )
    return ", ".join(f"{name} {right[name]}" for name in SHOWN) + f"; all {len(right)} within their ranges"


def devices(recipe: Recipe | None) -> str:
    """CPU cores, GPUs and bf16. Raises CheckFailed only when the recipe asks for a GPU that is not there."""
    import torch

    native = "native bf16" if native_bf16() else "no native bf16: train.precision bf16 computes in fp32"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    seen = f"{cores} CPU cores ({torch.backends.cpu.get_cpu_capability()}, {native})"
    if not torch.cuda.is_available():
        if recipe and recipe.train.device == "cuda":
            remedy = "Set train.device: auto, or install a CUDA build of PyTorch and a driver."
            raise CheckFailed(f"{seen}; train.device is cuda, and PyTorch sees no GPU", remedy)
        return f"{seen}; no GPU"
    for index in range(torch.cuda.device_count()):
        found = torch.cuda.get_device_properties(index)
        seen += f"; GPU {index} {found.name}, {gigabytes(found.total_memory)}"
    return seen + (", bf16" if torch.cuda.is_bf16_supported() else ", no bf16: set train.precision: fp32")


def memory(recipe: Recipe | None, model: Path | None) -> str:
    """Memory that training needs, in GB, against what is available on its device and host.

    Raises CheckFailed when it is more than is available, and then names settings that fit, if there are any.
    """
    room, where = available_memory(recipe)
    if model is None:
        return f"{gigabytes(room)} of {where} available; give a model to compare with its need"
    train = recipe.train if recipe else Train()
    tokens = train.micro_batch * (recipe.pack.seq_len if recipe else Pack().seq_len)
    shapes = need.shapes(model)
    wanted = need.need(shapes, train, tokens)
    # On a CPU, device and host memory are the same.
    total = wanted.device + (wanted.host if where == "RAM" else 0)
    seen = f"{shapes.parameters / 1e6:,.0f} M parameters, {wanted.trained / 1e6:,.0f} M of them trained, "
    seen = seen if train.lora else f"{shapes.parameters / 1e6:,.0f} M parameters "
    seen += f"need about {gigabytes(total)}; {gigabytes(room)} of {where} available"
    if total > room:
        way = need.fitting(shapes, train, tokens, room)
        remedy = "Lower train.micro_batch or pack.seq_len, take a smaller base or more memory."
        if way:
            settings = ", ".join(f"{key}: {_plain(value)}" for key, value in way.items())
            remedy = f"Set in train: {settings} ({gigabytes(_with(shapes, train, way, tokens))}). {remedy}"
        raise CheckFailed(seen, remedy)
    host = psutil.virtual_memory().available
    if where != "RAM" and wanted.host > host:
        seen += f"; besides {gigabytes(wanted.host)} of RAM, {gigabytes(host)} available"
        raise CheckFailed(seen, "Change train.offload or train.lora, or take a machine with more RAM.")
    return seen


def disk(recipe: Recipe | None, model: Path | None, run_root: Path) -> str:
    """Room for checkpoints, the export and three copies of the sources that lie on this machine.

    Raises CheckFailed when the folder cannot be written to, or less is free than is needed.
    """
    folder = next(parent for parent in (run_root.absolute(), *run_root.absolute().parents) if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise CheckFailed(f"{folder} cannot be written to", "Choose another folder for runs.")
    free = shutil.disk_usage(folder).free
    train, export = (
        (recipe.train, recipe.export) if recipe else (Train.model_construct(), Export.model_construct())
    )
    local = [source for source in recipe.sources if source.path] if recipe else []
    stored = sum(origin.size for source in local for origin in origins.files(source.model_dump(mode="json")))
    wanted = estimate.need(need.shapes(model) if model else None, train, export, stored)
    seen = (
        f"about {gigabytes(wanted.total)} needed (checkpoints {gigabytes(wanted.checkpoints)}, "
        f"model {gigabytes(wanted.exported)}, data {gigabytes(wanted.data)}{_downloads(recipe)}); "
        f"{gigabytes(free)} free in {folder}"
    )
    if wanted.total > free:
        raise CheckFailed(
            seen, "Free some room, choose another folder for runs, or lower train.keep_checkpoints."
        )
    return seen


def parameters(model: Path) -> int:
    """Weights of a Hugging Face directory: from safetensors headers, else from a model without storage."""
    return need.shapes(model).parameters


def training_device(recipe: Recipe | None) -> str:
    """`cuda` or `cpu`: where training would run."""
    import torch

    wanted = recipe.train.device if recipe else "auto"
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"


def available_memory(recipe: Recipe | None) -> tuple[int, str]:
    """Bytes free on the device of training, and `RAM` or `GPU memory`."""
    if training_device(recipe) == "cuda":
        import torch

        return torch.cuda.mem_get_info()[0], "GPU memory"
    room = psutil.virtual_memory().available
    with suppress(OSError, ValueError):  # the limit of a container, which psutil does not know
        room = min(room, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return room, "RAM"


def _with(shapes: need.Shapes, train: Train, way: dict[str, Any], tokens: int) -> float:
    return need.need(shapes, Train.model_validate({**train.model_dump(), **way}), tokens).device


def _plain(value: object) -> str:
    return json.dumps(value).replace('"', "")


def _downloads(recipe: Recipe | None) -> str:
    names = [source.name for source in recipe.sources if not source.path] if recipe else []
    return f", without downloads of {', '.join(names)}" if names else ""
