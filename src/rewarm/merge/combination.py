"""A linear combination of models, written as a model folder.

Every number of the result is the sum of the models' numbers times their weights, computed in float64 and
rounded once to the dtype of the model that the result is like. So the order of the models does not matter,
and a tensor that all of them share (frozen weights) keeps its bits when the weights sum to one. A model of
weight 0 is not read: 0 times NaN is NaN. With one model of weight 1 its files are copied, so the ends of an
interpolation equal the two models bit for bit.

Tensors are read and written in pieces that fit a processor's cache, so memory does not grow with the model.
Output files have the names and the tensors of the model that the result is like. The folder appears under its
name when it is complete; a killed combination continues after its last finished file.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import fsum, isfinite
from pathlib import Path
from typing import Any

import torch

from rewarm.engine.progress import progress, update_of
from rewarm.engine.publish import publishing, writing
from rewarm.errors import RewarmError
from rewarm.merge import compatibility, tied
from rewarm.merge.weight_files import FLOATS, Stored, WeightFiles, of_file
from rewarm.model import safetensors_header

# Tables that transformers computes, whatever a file holds.
_COMPUTED = ("rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias", "position_ids")
_NO_COPY = {".safetensors", ".bin", ".pt", ".pth", ".h5", ".msgpack", ".gguf", ".onnx", ".partial"}
_TEMPLATES = "additional_chat_templates"
RECORD = "merge.json"


@dataclass(frozen=True, slots=True)
class Combined:
    """A combination. folder: of the result; parts: models and weights that were used; copied: the model
    whose files were copied, where it is the only one; bytes: of the weights; notes: harmless differences."""

    folder: Path
    parts: list[tuple[Path, float]]
    copied: Path | None
    tensors: int
    bytes: int
    notes: list[str]

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "folder": str(self.folder),
            "parts": [{"folder": str(folder), "weight": weight} for folder, weight in self.parts],
            "copied": None if self.copied is None else str(self.copied),
            "tensors": self.tensors,
            "bytes": self.bytes,
            "notes": self.notes,
        }


def plan(parts: Sequence[tuple[Path, float]], out: Path, like: Path | None = None) -> Combined:
    """Check everything that `combine` would, without writing. Raises as `combine` does."""
    return _plan(parts, out, like)[0]


def combine(
    parts: Sequence[tuple[Path, float]],
    out: Path,
    *,
    like: Path | None = None,
    tokenizer: Path | None = None,
    kind: str = "combination",
    quiet: bool = False,
) -> Combined:
    """Write the weighted sum of models to `out`.

    Args:
        parts: model folders and their weights, which must sum to one.
        out: the new folder.
        like: the model whose config.json, dtypes, file names and other files the result takes. Default: the
            last part. With a single part of weight 1, that part.
        tokenizer: the folder whose other files (tokenizer, chat template, generation config) are taken.
        kind: what `merge.json` calls it.
        quiet: without a progress bar.

    Raises:
        RewarmError: weights that do not sum to one, models that do not fit together (architecture,
            vocabulary, ancestor, shape, missing tensor), a tensor that cannot be added, not enough disk.
    """
    found, models, template = _plan(parts, out, like)
    if out.exists():
        raise RewarmError(f"{out}: exists already. Remove it or give another --out")
    _check_room(out, found.bytes)
    record = json.dumps({"kind": kind, **_record(found, models)}, indent=1, ensure_ascii=False)
    partial = out.with_name(out.name + ".partial")
    if partial.exists() and _kept(partial / RECORD) != record:
        shutil.rmtree(partial)
    with publishing(out) as folder:
        (folder / RECORD).write_text(record, encoding="utf-8")
        with progress("merge", total=found.bytes, unit="B", scale=True, quiet=quiet) as bar:
            for file in template.files:
                target = folder / file.name
                if target.exists():
                    bar.update(sum(one.size for one in of_file(target).values()))
                elif found.copied:
                    with writing(target) as aside:
                        shutil.copyfile(file, aside)
                    bar.update(sum(one.size for one in of_file(target).values()))
                else:
                    weights = [weight for _, weight in found.parts]
                    with writing(target) as aside:
                        _write(file, aside, models, weights, update_of(bar))
        _copy_others(template.folder, tokenizer or template.folder, folder)
    return found


def _plan(
    parts: Sequence[tuple[Path, float]], out: Path, like: Path | None
) -> tuple[Combined, list[WeightFiles], WeightFiles]:
    """The combination, its models in the order of its parts, and the model that it is like."""
    if not parts:
        raise RewarmError("no models to combine: give at least one")
    wrong = [(folder, weight) for folder, weight in parts if not isfinite(weight)]
    if wrong:
        raise RewarmError(f"the weight of {wrong[0][0]} is {wrong[0][1]}: give a finite number")
    total = fsum(weight for _, weight in parts)
    if abs(total - 1) > 1e-6:
        listed = ", ".join(f"{weight:g}" for _, weight in parts)
        raise RewarmError(
            f"the weights {listed} sum to {total:g}, which scales the model: make them sum to 1"
        )
    used = [(folder, weight) for folder, weight in parts if weight]
    models = [WeightFiles(folder) for folder, _ in used]
    template = models[0] if len(used) == 1 else WeightFiles(like or parts[-1][0])
    notes = compatibility.check([template, *(one for one in models if one.folder != template.folder)])
    if len(used) > 1:
        for model in models:
            _check_tensors(template, model)
    copied = used[0][0] if len(used) == 1 else None
    return Combined(out, used, copied, len(template.tensors), template.size, notes), models, template


def _check_tensors(template: WeightFiles, model: WeightFiles) -> None:
    """Raise RewarmError when a tensor cannot be added: absent, of another shape, not a float."""
    others = tied.resolve(template, model)
    for name, stored in template.tensors.items():
        if name.endswith(_COMPUTED):
            continue
        other = others.get(name)
        if other is None:
            raise RewarmError(
                f"{model.folder}: lacks the tensor '{name}' of {template.folder}. Give models of "
                "one architecture"
            )
        if other.shape != stored.shape:
            raise RewarmError(
                f"{model.folder}: tensor '{name}' has shape {list(other.shape)}, and {list(stored.shape)} in "
                f"{template.folder}: another vocabulary or architecture"
            )
        for one in (stored, other):
            if one.dtype not in FLOATS:
                raise RewarmError(
                    f"{one.file}: tensor '{name}' is {one.dtype}, which cannot be averaged (quantised?). "
                    f"Give models in {', '.join(FLOATS)}"
                )
    unknown = {
        name for name in model.tensors.keys() - template.tensors.keys() if not name.endswith(_COMPUTED)
    }
    extra = sorted(unknown - tied.names(template)) if unknown else []
    if extra:
        raise RewarmError(
            f"{model.folder}: has {len(extra)} tensors that {template.folder} lacks, first '{extra[0]}'. "
            "Give models of one architecture"
        )


def _write(
    file: Path,
    target: Path,
    models: Sequence[WeightFiles],
    weights: Sequence[float],
    update: Callable[[int], None],
) -> None:
    """One file of the result: the header of `file`, then the sums."""
    entries = of_file(file)
    header: dict[str, Any] = {}
    metadata = safetensors_header.metadata(file)
    if metadata:
        header["__metadata__"] = metadata
    at = 0
    for name, stored in entries.items():
        header[name] = {
            "dtype": stored.dtype, "shape": list(stored.shape), "data_offsets": [at, at + stored.size],
        }  # fmt: skip
        at += stored.size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with target.open("wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for name, stored in entries.items():
            if name.endswith(_COMPUTED):
                pieces: Iterator[bytes] = stored.raw()
            else:
                parts = [tied.find(model, name) for model in models]
                pieces = _sums(name, stored, parts, weights)
            for piece in pieces:
                out.write(piece)
                update(len(piece))


def _sums(name: str, like: Stored, parts: Sequence[Stored], weights: Sequence[float]) -> Iterator[bytes]:
    """The bytes of a tensor of the result, in the dtype of `like`."""
    for pieces in zip(*(part.pieces() for part in parts), strict=True):
        total = torch.zeros(len(pieces[0]), dtype=torch.float64)
        for weight, piece in zip(weights, pieces, strict=True):
            total.add_(piece.double(), alpha=weight)
        rounded = total.to(FLOATS[like.dtype])
        if not bool(torch.isfinite(rounded).all()):
            holds = [
                part.file
                for part, piece in zip(parts, pieces, strict=True)
                if not bool(torch.isfinite(piece).all())
            ]
            reason = f"{holds[0]} holds such values" if holds else f"the sum is too large for {like.dtype}"
            raise RewarmError(f"tensor '{name}' would have NaN or infinite values: {reason}")
        yield rounded.view(torch.uint8).numpy().tobytes()


def _copy_others(template: Path, tokenizer: Path, target: Path) -> None:
    """Config from the one, tokenizer and chat templates from the other; the card describes another model."""
    for source in dict.fromkeys((template, tokenizer)):
        for path in sorted(source.iterdir()):
            taken = path.name in ("config.json", "model.safetensors.index.json")
            if source == tokenizer and template != tokenizer and taken:
                continue
            if path.is_dir() and path.name == _TEMPLATES:
                shutil.copytree(path, target / path.name, dirs_exist_ok=True)
            elif path.is_file() and path.suffix not in _NO_COPY and path.name not in ("README.md", RECORD):
                shutil.copyfile(path, target / path.name)


def _record(found: Combined, models: Sequence[WeightFiles]) -> dict[str, Any]:
    """What `merge.json` says: the parts, and size and time of their files, by which a change is seen."""
    rows = []
    for (folder, weight), model in zip(found.parts, models, strict=True):
        files = [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in model.files]
        rows.append({"folder": str(folder.resolve()), "weight": weight, "files": files})
    return {"parts": rows, "copied": found.copied is not None, "notes": found.notes}


def _kept(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _check_room(out: Path, needed: int) -> None:
    place = out.absolute().parent
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < needed * 1.02:
        raise RewarmError(
            f"{out}: needs {needed / 1e9:.1f} GB and the disk has {free / 1e9:.1f} GB free. Free space or "
            "give another --out"
        )
