"""The model card: metadata that the Hugging Face Hub accepts, and the run's data, mix and losses.

The Hub refuses a card whose licence or language is not one of its identifiers or whose base model is not
a repository ID, so values that do not fit go into the text only. The card never holds a local path: the
model is published, the folders of the machine that trained it are not.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCardData
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id

from rewarm.statistics.outcome import of_table

# https://huggingface.co/docs/hub/repositories-licenses
_LICENCES = frozenset(
    """
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear
    c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0
    cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
    cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl
    ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1
    lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl
    openmdw-1.0 openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license
    fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community
    gemma unknown other
    """.split()  # noqa: SIM905
)
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_STATED = "not stated"


def card(
    config: dict[str, Any],
    plan: dict[str, Any],
    result: dict[str, Any],
    changes: Iterable[dict[str, Any]] = (),
) -> str:
    """The text of README.md.

    config: `name`, `model`, `model_licence`, `base_model` (a hub ID or None), `sources` with name,
    labels and licence, and `most_forgetting`; plan: mix/plan.json; result: evaluate/channels.json;
    changes: train/continued.json, settings that changed while training.
    """
    base = _base_name(config)
    lines = [
        f"---\n{_metadata(config).to_yaml()}\n---",
        f"# {config['name']}",
        *_warning(result["channels"], config["most_forgetting"]),
        f"Continued pre-training of `{base}` (licence: {config['model_licence']}) with rewarm.",
        "## Data",
        "| source | labels | licence |\n|---|---|---|",
    ]
    for source in config["sources"]:
        labels = ", ".join(f"{axis}: {value}" for axis, value in source["labels"].items())
        lines.append(f"| {_cell(source['name'])} | {_cell(labels)} | {_cell(source['licence'])} |")
    lines += ["## Mix", "| stage | source | tokens | share | epochs |\n|---|---|---:|---:|---:|"]
    for stage, entries in plan.items():
        total = sum(entry["tokens"] for entry in entries.values())
        for name, entry in entries.items():
            share = entry["tokens"] / total if total else 0
            lines.append(f"| {stage} | {name} | {entry['tokens']:,} | {share:.1%} | {entry['epochs']:.2f} |")
    if texts := [change["text"] for change in changes]:
        lines += ["## Changed while training", *texts]
    lines += [
        "## Held-out loss, before and after",
        "Documents that were not trained on; bits per byte, lower is better, 95 % interval over documents.",
        "| channel | documents | tokens | bytes | nats/token | bits/byte | change |\n"
        "|---|---:|---:|---:|---:|---:|---:|",
        *(_channel(row) for row in result["channels"] if row["before"]["bits_per_byte"] is not None),
    ]
    return "\n\n".join(lines).replace("|\n\n|", "|\n|") + "\n"


def _warning(channels: list[dict[str, Any]], most_forgetting: float) -> list[str]:
    said = [item.sentence for item in of_table(channels, most_forgetting)]
    return [f"**This model is worse than its base.** {_cell(' '.join(said))}"] if said else []


def _metadata(config: dict[str, Any]) -> ModelCardData:
    stated = str(config["model_licence"] or "").strip()
    known = _licence(stated)
    other: dict[str, Any] = {}
    if known == "other":
        other["license_name"] = re.sub(r"[^a-z0-9.]+", "-", stated.lower()).strip("-")
    languages = sorted(
        {
            value
            for source in config["sources"]
            if (value := str(source["labels"].get("language", "")).lower()) and _LANGUAGE.fullmatch(value)
        }
    )
    return ModelCardData(
        base_model=_base_id(config),
        license=known,
        language=languages or None,
        pipeline_tag="text-generation",
        library_name="transformers",
        tags=["continued-pretraining", "rewarm"],
        **other,
    )


def _licence(stated: str) -> str | None:
    """The Hub's identifier of a licence: none where none is stated, `other` where it has none."""
    if not stated or stated == _STATED:
        return None
    name = re.sub(r"\s+", "-", stated.lower())
    return name if name in _LICENCES else "other"


def _base_id(config: dict[str, Any]) -> str | None:
    """The base's repository ID: as the recipe states it, or the model itself where it is one."""
    named: str = config.get("base_model") or config["model"]
    if named.count("/") != 1 or named.startswith((".", "/", "~", "package:")) or named.endswith(".gguf"):
        return None
    try:
        validate_repo_id(named)
    except HFValidationError:
        return None
    # A relative folder reads like an ID; the recipe's model is one only if nothing lies there.
    return named if config.get("base_model") or not Path(named).exists() else None


def _base_name(config: dict[str, Any]) -> str:
    """The base without the folders it lies in."""
    model: str = config["model"]
    return _base_id(config) or (model if model.startswith("package:") else Path(model).name)


def _channel(row: dict[str, Any]) -> str:
    before, after, change = row["before"], row["after"], row["change"]
    interval = "" if change["low"] is None else f" [{change['low']:+.3f}, {change['high']:+.3f}]"
    nats = "" if before["nats"] is None else f"{before['nats']:.3f} → {after['nats']:.3f}"
    sizes = " | ".join(f"{row[name]:,}" for name in ("documents", "tokens", "bytes"))
    return (
        f"| {row['axis']}: {_cell(row['value'])} | {sizes} "
        f"| {nats} "
        f"| {before['bits_per_byte']:.3f} → {after['bits_per_byte']:.3f} "
        f"| {change['bits_per_byte']:+.3f}{interval} |"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
