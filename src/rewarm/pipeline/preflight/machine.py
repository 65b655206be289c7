"""The machine: GPU, run folder, disk, and the extras that the recipe needs."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from rewarm.errors import RewarmError
from rewarm.model import base
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject
from rewarm.plan import disk, memory
from rewarm.trackers import tracker


def device(subject: Subject) -> Iterator[Finding]:
    """An error for `train.device: cuda` where PyTorch sees no GPU."""
    if subject.recipe.train.device != "cuda" or not subject.needs_device:
        return
    import torch  # a second: only when a GPU is asked for

    if not torch.cuda.is_available():
        built = "this PyTorch is built without CUDA" if torch.version.cuda is None else "is a driver missing?"
        yield Finding(
            "error",
            "train.device",
            subject.at("train", "device"),
            f"cuda is asked for, and PyTorch sees no GPU ({built}).",
            "Set device: auto or cpu, or install a CUDA build of PyTorch and a driver.",
        )


def folder(subject: Subject) -> Iterator[Finding]:
    """A run folder that cannot be written to, and a disk that is too small."""
    root = subject.root.absolute()
    if not root.is_dir() and root.exists():
        yield Finding("error", "folder", str(root), "is a file.", "Choose another --run-dir.")
        return
    parent = next(one for one in (root, *root.parents) if one.exists())
    why = _refusal(parent)
    if why:
        what = f"the run folder cannot be written to ({parent}: {why})."
        yield Finding("error", "folder", str(root), what, "Choose another --run-dir, or change its rights.")
        return
    yield from _disk(subject, root, parent)


def _refusal(parent: Path) -> str:
    """Why nothing can be created in the folder; empty when something can. Tried, since rights, quotas and
    read-only mounts do not show in the mode."""
    if not parent.is_dir():
        return "is a file"
    try:
        with tempfile.TemporaryDirectory(prefix=".rewarm-", dir=parent):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _disk(subject: Subject, root: Path, parent: Path) -> Iterator[Finding]:
    model = base.on_disk(subject.recipe.model, subject.folder) if subject.trains else None
    shapes = None
    if model:
        with suppress(OSError, ValueError, KeyError, RewarmError):
            shapes = memory.shapes(model)
    need = disk.need(shapes, subject.recipe.train, subject.recipe.export, stored_bytes(subject))
    free = shutil.disk_usage(parent).free
    if need.total <= free:
        return
    # Without room for one checkpoint and the model, a fresh run cannot succeed; the rest is an estimate.
    sure = need.least > free and not (root / "steps").is_dir()
    yield Finding(
        "error" if sure else "warning",
        "folder.disk",
        str(root),
        f"an estimated {need.words()} is needed; {disk.gigabytes(free)} is free.",
        "Free some space, choose another --run-dir, or lower train.keep_checkpoints.",
    )


def stored_bytes(subject: Subject) -> int:
    """Size of the sources on this machine; those that cannot be read count nothing."""
    stored = 0
    for source in subject.recipe.model_dump(mode="json")["sources"]:
        with suppress(RewarmError):
            stored += sum(origin.size for origin in subject.survey.readable(source))
    return stored


def extras(subject: Subject) -> Iterator[Finding]:
    """Optional packages that the recipe needs and that are not installed."""
    recipe, train = subject.recipe, subject.recipe.train
    gguf = recipe.model.endswith(".gguf") and base.at_hand(recipe.model, subject.folder) is None
    wanted: list[tuple[bool, str, tuple[str, ...], str]] = [
        (gguf and subject.needs_model, "gguf", ("gguf", "accelerate"), subject.at("model")),
        (recipe.engine.kind == "ray", "ray", ("ray",), subject.at("engine")),
        (
            recipe.redact.enabled and recipe.redact.ner is not None,
            "ner",
            ("spacy",),
            subject.at("redact", "ner"),
        ),
        (subject.trains and train.lora is not None, "lora", ("peft",), subject.at("train", "lora")),
        (
            subject.trains and train.optimizer == "adamw_8bit",
            "8bit",
            ("bitsandbytes",),
            subject.at("train", "optimizer"),
        ),
        (
            subject.trains and train.loss_kernel == "liger",
            "liger",
            ("liger_kernel",),
            subject.at("train", "loss_kernel"),
        ),
    ]
    for name in train.trackers if subject.trains else []:
        wanted.append((True, name, tracker.packages(name), subject.at("train", "trackers")))
    for asked, extra, packages, where in wanted:
        missing = [package for package in packages if find_spec(package) is None] if asked else []
        if missing:
            what = f"{', '.join(missing)} is not installed."
            yield Finding("error", "extras", where, what, f'Install it: pip install "rewarm[{extra}]"')
    spacy_model = recipe.redact.ner if recipe.redact.enabled and find_spec("spacy") else None
    if spacy_model and not find_spec(spacy_model) and not Path(spacy_model).exists():
        what = f"the spaCy model '{spacy_model}' is not installed."
        remedy = f"Install it: python -m spacy download {spacy_model}"
        yield Finding("error", "extras", subject.at("redact", "ner"), what, remedy)
