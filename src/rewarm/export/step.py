"""Puts the result where others load it from, with a card that names data, mix, licences and losses."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from rewarm.corpus.publish import writing
from rewarm.corpus.work import Counts, Work
from rewarm.evaluate.outcome import of_table


def run(work: Work) -> Counts:
    """train, evaluate, mix → model/ with README.md. Weights are linked, not copied, where the disk can."""
    # The adapter is there after LoRA, for those who serve many on one base.
    trained = work.inputs["train"]
    # Chat templates with names lie in a folder of their own.
    files = [path for part in ("model", "adapter") for path in (trained / part).rglob("*") if path.is_file()]
    for path in files:
        target = work.folder / path.relative_to(trained)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(path, target)
        except OSError:
            shutil.copy2(path, target)
    adapter = work.folder / "adapter/adapter_config.json"
    if adapter.exists():
        settings = json.loads(adapter.read_text()) | {"base_model_name_or_path": work.config["model"]}
        with writing(adapter) as aside:
            aside.write_text(json.dumps(settings, indent=1, sort_keys=True))
    with writing(work.folder / "model/README.md") as aside:
        aside.write_text(_card(work.config, work.inputs), encoding="utf-8")
    return {"files": len(files) + 1}


def _card(config: dict[str, Any], inputs: dict[str, Path]) -> str:
    plan = json.loads((inputs["mix"] / "plan.json").read_text())
    result = json.loads((inputs["evaluate"] / "channels.json").read_text())
    front = {
        "base_model": config["model"],
        "tags": ["continued-pretraining", "rewarm"],
        "pipeline_tag": "text-generation",
    }
    lines = [
        f"---\n{yaml.safe_dump(front, allow_unicode=True).strip()}\n---",
        f"# {config['name']}",
        *_warning(result["channels"], config["most_forgetting"]),
        f"`{config['model']}` (licence: {config['model_licence']}), its pre-training continued with rewarm.",
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
    lines += [
        "## Held-out loss, before and after",
        "Documents that training never saw; bits per byte, lower is better, 95 % interval over documents.",
        "| channel | documents | nats/token | bits/byte | change |\n|---|---:|---:|---:|---:|",
    ]
    for channel in result["channels"]:
        before, after, change = channel["before"], channel["after"], channel["change"]
        if before["nats"] is None:
            continue
        interval = "" if change["low"] is None else f" [{change['low']:+.3f}, {change['high']:+.3f}]"
        lines.append(
            f"| {channel['axis']}: {_cell(channel['value'])} | {channel['documents']} "
            f"| {before['nats']:.3f} → {after['nats']:.3f} "
            f"| {before['bits_per_byte']:.3f} → {after['bits_per_byte']:.3f} "
            f"| {change['bits_per_byte']:+.3f}{interval} |"
        )
    text = "\n\n".join(lines)
    return text.replace("|\n\n|", "|\n|") + "\n"


def _warning(channels: list[dict[str, Any]], most_forgetting: float) -> list[str]:
    said = [item.sentence for item in of_table(channels, most_forgetting)]
    return [f"**This model is worse than its base.** {_cell(' '.join(said))}"] if said else []


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
