"""Evaluates a run: its tasks under base, result and kept checkpoints, its channels, and the verdict.

Written to `RUN/evaluation/`: `tasks.json`, `items.jsonl` (items lost and gained), `channels.json`
(perplexity, the documents that changed most, knowledge near the domain), `verdict.json`, and kept scores.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rewarm.corpus.tables import heldout, leaves, task_results
from rewarm.corpus.tables.task_results import TaskResult
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.evaluate import adjacent, channels, evaluation, texts
from rewarm.evaluate.checkpoint_curve import curve
from rewarm.evaluate.evaluation import Candidate, Measure
from rewarm.evaluate.probes import NO_PROBES, Probed, Probes, probe
from rewarm.evaluate.score import loaded_model
from rewarm.evaluate.score.loaded_model import LoadedModel
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.task_items import TaskItems
from rewarm.evaluate.verdict import Verdict, judge
from rewarm.model import causal_lm, checkpoint_weights, pretrained
from rewarm.runs import models
from rewarm.runs.evaluation import FOLDER
from rewarm.runs.run import Run
from rewarm.statistics.outcome import LEARN


@dataclass(frozen=True)
class Evaluated:
    """tasks, channels and verdict of an evaluation; folder: where it is written."""

    tasks: list[TaskResult]
    channels: dict[str, Any]
    verdict: Verdict
    folder: Path
    probed: Probed | None = None

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "folder": str(self.folder),
            "tasks": [task_results.plain(row) for row in self.tasks],
            "channels": self.channels,
            "verdict": self.verdict.plain(),
            "probes": self.probed.plain() if self.probed else None,
        }


def evaluate(
    run: Run,
    tasks: Sequence[TaskItems],
    measures: Sequence[Measure] = (),
    wanted: Probes = NO_PROBES,
    *,
    checkpoints: int = 4,
    device: str = "auto",
    tell: Callable[[str], None] = lambda _: None,
) -> Evaluated:
    """Evaluate a finished run. checkpoints: so many of the last kept ones are scored too, for the noise.

    Raises RewarmError for a run without result.
    """
    result = run.file("export", "model")
    if result is None:
        raise RewarmError(f"{run.path}: has no result yet; finish it with `rewarm run`")
    folder = run.path / FOLDER
    folder.mkdir(exist_ok=True)
    start = models.base_of(run)
    rows: list[TaskResult] = []
    probed = None
    states = run.states[-checkpoints:] if checkpoints else []
    if run.recipe["train"].get("lora") and states:
        tell("checkpoints of LoRA hold adapters only: scores of base and result, no noise")
        states = []
    if tasks or measures:
        trained = models.trained_from(run)
        candidates = [
            evaluation.candidate("base", start, device),
            # The last update's checkpoint is the result: counted twice, it would hide noise.
            *(_checkpoint(trained, one.folder, device) for one in states if one.updates < len(run.plan)),
            evaluation.candidate("result", result, device),
        ]
        seed = int(run.recipe["seed"])
        rows = evaluation.evaluate(candidates, tasks, folder, tell, seed, measures)
        probed = probe(candidates[0], candidates[-1], tasks, rows, wanted, folder / "scores", seed, run)
    measured = _channels(run, start)
    measured["checkpoints"] = curve(run, models.trained_from(run), states, folder / "scores/heldout", device)
    kinds = _kinds_of_last_stage(run)
    judged = [row for row in measured["channels"] if row["axis"] in ("task", "knowledge")]
    notes = probed.notes if probed else []
    verdict = judge(judged, rows, anneal=kinds, parameters=parameters(result), notes=notes)
    about = {"base": str(start), "result": str(result)}
    return write(folder, rows, tasks, measured, verdict, about, probed)


def write(
    folder: Path,
    rows: Sequence[TaskResult],
    tasks: Sequence[TaskItems],
    measured: dict[str, Any],
    verdict: Verdict,
    about: dict[str, Any],
    probed: Probed | None = None,
) -> Evaluated:
    """Write the files of an evaluation."""
    folder.mkdir(parents=True, exist_ok=True)
    task_results.write(folder / "tasks.json", list(rows), about)
    by_name = {each.task.name: {item.id: item for item in each.items} for each in tasks}
    with writing(folder / "items.jsonl") as aside, aside.open("w", encoding="utf-8") as file:
        for row in rows:
            for change, ids in (("lost", row.lost), ("gained", row.gained)):
                for name in ids:
                    # Tasks that score themselves have no items here.
                    item = by_name.get(row.task, {}).get(name, Item(name, ""))
                    line = {
                        "task": row.task, "id": name, "change": change, "question": item.question,
                        "options": list(item.options), "gold": item.gold or item.answers,
                    }  # fmt: skip
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
    contents = {"channels.json": measured, "verdict.json": verdict.plain()}
    if probed:
        contents = {"probes.json": probed.plain(), **contents}
    for name, content in contents.items():
        with writing(folder / name) as aside:
            aside.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    return Evaluated(list(rows), measured, verdict, folder, probed)


def _checkpoint(start: Path, folder: Path, device: str) -> Candidate:
    def load() -> LoadedModel:
        network = checkpoint_weights.load(start, folder, causal_lm.device_of(device)).eval()
        return loaded_model.of_network(network, pretrained.tokenizer_of(start))

    return Candidate(folder.name, loaded_model.identity(folder), load)


def _channels(run: Run, start: Path) -> dict[str, Any]:
    """Channels of the run's own evaluation with perplexities; documents that changed most; nearness."""
    before_file, after_file = (
        run.file("original", "documents.parquet") or run.file("baseline", "documents.parquet"),
        run.file("evaluate", "documents.parquet"),
    )
    folder, leaf_of = run.file("tokenize", "heldout"), run.file("mix", "heldout_leaf_of")
    found = run.json("evaluate", "channels.json")
    if not before_file or not after_file or not found or not folder or not leaf_of:
        raise RewarmError(f"{run.path}: the step evaluate has not run; finish the run with `rewarm run`")
    for channel in found["channels"]:
        texts.with_perplexity(channel, same_tokenizer="vocabulary" not in run.steps)
    (_, before), (ids, after) = (channels.sums_of(path) for path in (before_file, after_file))
    documents = heldout.read(folder)
    tokenizer = pretrained.tokenizer_of(models.trained_from(run))
    found["documents"] = texts.extremes(
        ids.to_pylist(), before, after, lambda row: str(tokenizer.decode(documents.tokens[row][:200]))
    )
    leaf = leaves.of_documents(leaf_of, ids)
    domain = np.isin(leaf, [one.number for one in run.leaves if one.labels.get("task") == LEARN])
    near = adjacent.parts([documents.tokens[row] for row in range(len(documents))], domain)
    for name, rows in near.items():
        part = channels.compare(
            before[rows], after[rows], np.zeros(int(rows.sum()), int), run.leaves[:1], 1000, 0
        )
        if "vocabulary" in run.steps:
            channels.without_nats(part["channels"][0])
        found["channels"].append({**part["channels"][0], "axis": "knowledge", "value": name})
    return found


def _kinds_of_last_stage(run: Run) -> list[str]:
    """Values of the axis task that the last stage trained on."""
    table = run.metrics("leaves")
    if not table.num_rows or not run.leaves:
        return []
    last = run.plan[-1].stage if run.plan else None
    rows = table.to_pylist()
    stages = {row["update"] for row in rows if last is None or run.plan[row["update"]].stage == last}
    present = {row["leaf"] for row in rows if row["update"] in stages}
    return sorted(
        {leaf.labels["task"] for leaf in run.leaves if leaf.number in present and "task" in leaf.labels}
    )


def parameters(folder: Path) -> int:
    """Weights of the model in a folder, from its configuration."""
    with torch.device("meta"):
        from transformers import AutoModelForCausalLM

        model = AutoModelForCausalLM.from_config(pretrained.config_of(folder))
    return sum(parameter.numel() for parameter in model.parameters())
