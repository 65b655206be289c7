"""The base model: there, complete, and of a kind that can be trained.

`check` reads headers only. `weights` lets transformers match names and shapes, which maps the files
and reads no data, but takes seconds to import; so it comes last, and a verdict without a finding is
remembered in the cache by the files' names, sizes and times.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from rewarm.corpus.io import wheel
from rewarm.errors import RewarmError
from rewarm.model import base, base_files
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Findings about `model`. A hub ID that is not in the cache is asked for by `remote`."""
    if not subject.needs_model:
        return
    model, where = subject.recipe.model, subject.at("model")
    try:
        folder = base.at_hand(model, subject.folder)
        if folder is not None:
            base_files.check(folder)
            base_files.check_tokenizer(folder)
            return
        base.check_there(model, subject.folder)
    except (RewarmError, OSError) as error:
        yield Finding("error", "model", where, _text(error))


def weights(subject: Subject) -> Iterator[Finding]:
    """Missing, unexpected and misshapen weights of a base that is on this machine."""
    model = subject.recipe.model
    # A GGUF file is checked when it is converted.
    if not subject.needs_model or model.endswith(".gguf"):
        return
    folder = base.at_hand(model, subject.folder)
    if folder is None:
        return
    verdict = wheel.cache_dir() / "weights" / _state(folder)
    if verdict.exists():
        return
    from rewarm.model import pretrained

    try:
        pretrained.check_weights(folder)
    except RewarmError as error:
        yield Finding("error", "model.weights", subject.at("model"), _text(error))
        return
    with suppress(OSError):
        verdict.parent.mkdir(parents=True, exist_ok=True)
        verdict.touch()


def _state(folder: Path) -> str:
    files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".json", ".bin"))
    known = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    said = json.dumps([str(folder), known, version("transformers")])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _text(error: Exception) -> str:
    return str(error).removeprefix("model: ")
