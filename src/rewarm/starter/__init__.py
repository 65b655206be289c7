"""Writes a first recipe: commented, sized for the hardware, ready to run and to be kept.

The text is a template, so that its comments stand beside the values they explain; what the user
gives goes in through YAML's own quoting. The result is read back before it is handed over.
"""

import os
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from rewarm.corpus.io.globs import MAGIC
from rewarm.errors import RewarmError
from rewarm.plan import memory
from rewarm.recipe import Source, Train, reading

Hardware = Literal["cpu", "gpu-24g", "gpu-80g"]

REPLAY = 0.25
_SAMPLE = 200
ANNEAL = 0.15  # of all tokens; MiniCPM (2404.06395) falls over the last 10–20 %


@dataclass(frozen=True)
class _Preset:
    seq_len: int
    batch_tokens: int
    micro_tokens: int
    tokens: int
    device: str
    why: str
    room: int = 0  # bytes of the card, for bases whose size is known


_PRESETS = {
    "cpu": _Preset(
        512, 4096, 1024, 480_000, "cpu", "For a few cores and a base of 0.1–0.5 B parameters: a trial."
    ),
    "gpu-24g": _Preset(
        2048,
        131_072,
        8192,
        200_000_000,
        "cuda",
        "For one GPU of 24 GB and a base of up to about 1 B parameters.",
        24 * 2**30,
    ),
    "gpu-80g": _Preset(
        4096,
        524_288,
        16_384,
        2_000_000_000,
        "cuda",
        "For one GPU of 80 GB and a base of up to about 3.5 B parameters.",
        80 * 2**30,
    ),
}


def write(
    folder: Path,
    *,
    model: str,
    domain: Path,
    domain_format: str = "auto",
    text: str = "text",
    general: str | None = None,
    language: str = "en",
    hardware: Hardware = "cpu",
    seq_len: int | None = None,
    tokens: int | None = None,
    name: str | None = None,
) -> Path:
    """Write `folder/recipe.yaml` and return its path.

    domain, general: a file, folder or glob, relative to the working directory; general may also be
    `hub:OWNER/NAME`, or `hub:OWNER/NAME/GLOB` for some of its files. text: the domain's text field.
    tokens: of both stages together. seq_len, tokens: None takes what suits the hardware.
    Raises RewarmError when the recipe stands already, a path is missing, or a value does not fit.
    """
    target = folder / "recipe.yaml"
    if target.exists():
        raise RewarmError(f"{target}: already exists; choose another folder, or remove it")
    _known("hardware", hardware, tuple(_PRESETS))
    _known("domain format", domain_format, _formats())
    preset = _PRESETS[hardware]
    values: dict[str, Any] = {
        "name": name or _name(folder),
        "model": str(Path(model).expanduser().absolute()) if _exists(model) else model,
        "domain_format": domain_format,
        "text": text,
        "language": language,
        "mix": {"domain": 1 - REPLAY, "general": REPLAY} if general else {"domain": 1.0},
        **_sizes(preset, seq_len or preset.seq_len, tokens or preset.tokens),
    }
    fit = _fit(preset, values["model"], values["seq_len"], values["micro_batch"])
    if fit:
        values["micro_batch"] = fit.micro_batch
    # Adapters want about ten times the rate; `rate` when training says why.
    rates = ("5.0e-4", "5.0e-5") if fit and fit.lora else ("1.0e-4", "1.0e-5")
    quoted: dict[str, Any] = {key: _quoted(value) for key, value in values.items()}
    quoted["domain"] = {"path": _quoted(_path(domain, folder, "domain"))}
    quoted["general"] = general and _general(general, folder)
    quoted["hardware"] = preset
    quoted["fit"] = fit
    quoted["peak"], quoted["final"] = rates
    quoted["updates"] = f"{values['updates']:,}"  # stands in a comment
    _publish(target, _render(quoted))
    return target


def kinds(recipe: Path) -> list[str]:
    """What a sample of each source on this machine is taken for, so whether its names are replaced."""
    from rewarm.data.collect import samples
    from rewarm.pii.kind import KINDS, kind

    lines = []
    for source in reading.load(recipe).sources:
        if source.path is None or source.redact != "auto":
            continue
        counts = Counter(kind(sample.text, sample.file) for sample in samples.of_source(source, _SAMPLE))
        told = ", ".join(f"{counts[name]:,} {name}" for name in KINDS if counts[name])
        private = counts.total() - counts["reference"]
        what = f"names are replaced in {private:,}" if private else "names stay"
        lines.append(f"{source.name:<9} {counts.total():,} documents sampled: {told}; {what} (redact: auto)")
        if source.conversations is None and counts["conversation"] > counts.total() / 2:
            lines.append(
                f"{source.name:<9} add `conversations: {{}}` to this source: canned replies are then not "
                "learned, and messages are grouped by user or session (docs/conversations.md)"
            )
    return lines


@dataclass(frozen=True)
class _Fit:
    """How a base of known size is trained on a card. train: lines of the recipe."""

    why: str
    micro_batch: int
    train: list[str]
    lora: bool


def _fit(preset: _Preset, model: str, seq_len: int, micro_batch: int) -> _Fit | None:
    """What fits the card, for a folder or a name that tells its size; None where nothing is known."""
    shapes = _shapes(model)
    if shapes is None or not preset.room:
        return None
    room = 0.95 * preset.room  # the display and CUDA itself take the rest
    plain = Train(device="cuda")
    way = memory.fitting(shapes, plain, seq_len, room)
    if way is None:
        return None
    train = Train.model_validate({**plain.model_dump(), **way})
    while micro_batch > 1 and memory.need(shapes, train, micro_batch * seq_len).device > room:
        micro_batch //= 2
    need = memory.need(shapes, train, micro_batch * seq_len)
    size = f"{shapes.parameters / 1e9:.1f} B"
    why = f"{size} parameters on {preset.room / 2**30:.0f} GB: about {need.device / 2**30:.0f} GB by estimate"
    why += f", and {need.host / 2**30:.0f} GB of RAM." if need.host else "."
    return _Fit(why, micro_batch, [f"{key}: {_quoted(value)}" for key, value in way.items()], "lora" in way)


def _shapes(model: str) -> memory.Shapes | None:
    with suppress(OSError, ValueError, KeyError, RewarmError):
        return memory.shapes(Path(model))
    parameters = memory.named_parameters(model)
    return None if parameters is None else memory.typical(parameters)


def _sizes(preset: _Preset, seq_len: int, tokens: int) -> dict[str, int]:
    if seq_len < 8 or tokens < 20 * seq_len:
        raise RewarmError(
            f"{tokens:,} tokens in sequences of {seq_len:,}: a run needs at least 20 updates of a sequence, "
            f"and sequences of 8 tokens. Give --tokens {20 * max(8, seq_len)} or more"
            + (f", or --seq-len {tokens // 20} or less" if tokens >= 160 else "")
        )
    # A short run wants more, smaller updates: at least 20.
    sequences = max(1, min(preset.batch_tokens, tokens // 20) // seq_len)
    batch = sequences * seq_len
    anneal = max(1, round(tokens * ANNEAL / batch)) * batch
    adapt = max(1, (tokens - anneal) // batch) * batch
    return {
        "seq_len": seq_len,
        "batch_tokens": batch,
        "sequences": sequences,
        "micro_batch": max(1, min(sequences, preset.micro_tokens // seq_len)),
        "adapt": adapt,
        "anneal": anneal,
        "updates": (adapt + anneal) // batch,
    }


def _general(general: str, folder: Path) -> dict[str, str]:
    if not general.startswith("hub:"):
        return {"path": _quoted(_path(Path(general), folder, "general")), "hub": "", "files": ""}
    owner, _, rest = general.removeprefix("hub:").partition("/")
    name, _, pattern = rest.partition("/")
    if not owner or not name:
        raise RewarmError(
            f"general: {general!r} names no data set; write hub:OWNER/NAME or hub:OWNER/NAME/GLOB"
        )
    return {"hub": _quoted(f"{owner}/{name}"), "files": _quoted([pattern]) if pattern else ""}


def _path(path: Path, folder: Path, option: str) -> str:
    """Relative to the recipe when it lies beside or below it, so that the folder can move."""
    full = path.expanduser().absolute()
    if not full.exists() and not MAGIC.search(str(full)):
        raise RewarmError(f"{option}: {path} does not exist; give a file, a folder or a glob")
    below = os.path.relpath(full, folder.absolute())
    return str(full) if below.startswith(("..", "~")) else below


def _exists(model: str) -> bool:
    return not model.startswith("package:") and Path(model).expanduser().exists()


def _name(folder: Path) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.absolute().name).strip("-_.") or "domain"


def _quoted(value: object) -> str:
    """The value as YAML on one line; texts in double quotes, where nothing has a second meaning."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:_}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_quoted(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_quoted, value)) + "]"
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_/.-]*", text := str(value)) and yaml.safe_load(text) == value:
        return text
    quoted: str = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=2**31)
    return quoted.strip()


def _render(values: dict[str, Any]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("rewarm", "starter"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # YAML, not HTML
    )
    return environment.get_template("recipe.yaml.jinja").render(values)


def _publish(target: Path, text: str) -> None:
    """Write and read back; a recipe that does not load leaves no file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
        reading.load(target)
    except FileExistsError:
        raise RewarmError(f"{target}: already exists; choose another folder, or remove it") from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _formats() -> tuple[str, ...]:
    # sqlite needs a query, which is better written in the recipe itself.
    every = get_args(Source.model_fields["format"].annotation)
    return tuple(kind for kind in every if kind != "sqlite")


def _known(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise RewarmError(f"{option}: {value!r} is none of {', '.join(choices)}")
