"""Writes a run's blocks in another trainer's format, into a directory that is published as a whole."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rewarm.engine.publish import publishing, writing
from rewarm.errors import RewarmError
from rewarm.interop import llama_factory, megatron
from rewarm.interop.packed_stage import PackedStage, packed_stage, packed_stages
from rewarm.runs.run import Run

FORMATS = ("megatron", "llama-factory")
_OURS = {".bin", ".idx", ".jsonl", ".json", ".parquet", ".writing"}
# Left free, so that a wrong estimate does not fill the disk for others.
_SPARE = 64 * 2**20


def plan(run: Path, folder: Path, to: str, stage: str | None) -> dict[str, Any]:
    """What `write` would write: {to, folder, free, stages: [{stage, sequences, tokens, bytes}]}; bytes are
    estimates.

    stage: one stage, or None for all. Raises RewarmError when there are no blocks, the folder exists, or
    the disk has too little room.
    """
    if folder.exists():
        raise RewarmError(f"{folder}: exists; nothing is overwritten. Remove it or name another folder")
    rows = [_row(found, to) for found in _stages(run, stage)]
    near = next(path for path in folder.absolute().parents if path.is_dir())
    free = shutil.disk_usage(near).free
    need = sum(row["bytes"] for row in rows)
    if need + _SPARE > free:
        raise RewarmError(
            f"{near}: {free / 1e9:,.2f} GB are free and about {(need + _SPARE) / 1e9:,.2f} GB are needed; "
            "free space, name a folder on another disk, or take one --stage"
        )
    return {"to": to, "folder": str(folder), "free": free, "stages": rows}


def write(
    run: Path, folder: Path, to: str, stage: str | None, *, learn_masked: bool = False
) -> dict[str, Any]:
    """Write the stages; the plan with counts and true sizes, which also stands in manifest.json.

    learn_masked: neither format has a place for masks, so tokens that were to carry no loss would be
    learnt; without it such blocks are refused. Raises RewarmError for them, and as `plan` does.
    """
    written = plan(run, folder, to, stage)
    stages = _stages(run, stage)
    _clear(folder.with_name(folder.name + ".partial"))
    with publishing(folder) as partial:
        for packed, row in zip(stages, written["stages"], strict=True):
            if to == "megatron":
                row["counts"] = megatron.write(packed, partial, learn_masked=learn_masked)
                row.update(dtype=megatron.dtype_of(packed).name, end_of_document=packed.end)
            else:
                row["counts"] = llama_factory.write(packed, partial, learn_masked=learn_masked)
            row["bytes"] = sum(path.stat().st_size for path in partial.glob(f"{packed.name}.*"))
        if to == "llama-factory":
            llama_factory.write_info(stages, partial)
        written.update(
            run=stages[0].run.record.name,
            steps={"pack": stages[0].packed.name, "tokenize": stages[0].tokenized.name},
            leaves=[asdict(leaf) for leaf in stages[0].leaves],
        )
        with writing(partial / "manifest.json") as aside:
            aside.write_text(json.dumps(written, indent=1, ensure_ascii=False), encoding="utf-8")
    return written


def lines(written: dict[str, Any]) -> list[str]:
    """What was written, or would be, as lines for a terminal."""
    said = []
    for row in written["stages"]:
        counts = row.get("counts")
        if counts is None:
            said.append(
                f"would write {row['stage']}: {row['tokens']:,} tokens in {row['sequences']:,} sequences, "
                f"about {row['bytes'] / 1e6:,.1f} MB"
            )
            continue
        more = " · ".join(
            f"{count:,} {_WORDS[key]}" for key, count in counts.items() if key in _WORDS and count
        )
        said.append(
            f"wrote     {row['stage']}: {counts['tokens']:,} tokens in {counts['documents']:,} documents, "
            f"{row['bytes'] / 1e6:,.1f} MB{' · ' if more else ''}{more}"
        )
    if "run" not in written:
        return [*said, f"free      {written['free'] / 1e9:,.1f} GB near {written['folder']}"]
    return [*said, *_NEXT[written["to"]](written)]


_WORDS = {
    "ends_added": "end tokens added to cropped documents",
    "retokenized": "texts that give other tokens when encoded again",
    "masked": "masked tokens that carry loss there",
}


def _next_megatron(found: dict[str, Any]) -> list[str]:
    paths = [
        f"next      --data-path {found['folder']}/{row['stage']} --split 1,0,0 --reset-position-ids "
        "--reset-attention-mask --eod-mask-loss"
        for row in found["stages"]
    ]
    ends = {row["end_of_document"] for row in found["stages"]}
    return [
        *paths,
        f"          the tokenizer's EOD must be token {ends.pop()}; one run a stage, in this order",
    ]


def _next_llama_factory(found: dict[str, Any]) -> list[str]:
    names = ", ".join(f"{found['run']}_{row['stage']}" for row in found["stages"])
    return [
        f"next      stage: pt, dataset_dir: {found['folder']}, disable_shuffling: true; "
        f"one run a stage, dataset: {names}"
    ]


_NEXT = {"megatron": _next_megatron, "llama-factory": _next_llama_factory}


def _stages(run: Path, stage: str | None) -> list[PackedStage]:
    opened = Run(run)
    return packed_stages(opened) if stage is None else [packed_stage(opened, stage)]


def _row(stage: PackedStage, to: str) -> dict[str, Any]:
    estimate = megatron.size(stage) if to == "megatron" else llama_factory.size(stage)
    return {"stage": stage.name, "sequences": len(stage.blocks), "tokens": stage.tokens, "bytes": estimate}


def _clear(partial: Path) -> None:
    """Remove the files of a killed attempt. Raises RewarmError when there are other files."""
    if not partial.exists():
        return
    other = [path for path in partial.iterdir() if path.is_dir() or path.suffix not in _OURS]
    if other:
        raise RewarmError(f"{partial}: holds {other[0].name}, which rewarm did not write; move it away")
    shutil.rmtree(partial)
