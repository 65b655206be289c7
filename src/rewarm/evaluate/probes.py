"""Reforms and leak detection of an evaluation: base and result are asked one after the other.

What a model answers is kept like scores, by its identity and by everything that it was asked.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from rewarm.corpus.tables.task_results import TaskResult
from rewarm.engine.progress import progress, update_of
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.evaluate.evaluation import Candidate, loaded_once
from rewarm.evaluate.leaks import losses, supporting
from rewarm.evaluate.leaks import plan as leak_plan
from rewarm.evaluate.leaks import report as leak_report
from rewarm.evaluate.leaks.losses import Losses
from rewarm.evaluate.leaks.provenance import provenance
from rewarm.evaluate.leaks.report import LeakReport
from rewarm.evaluate.reform import answers, paraphrase
from rewarm.evaluate.reform import plan as reform_plan
from rewarm.evaluate.reform import report as reform_report
from rewarm.evaluate.reform.answers import Answers
from rewarm.evaluate.reform.report import ReformReport
from rewarm.evaluate.score import kept
from rewarm.evaluate.score.loaded_model import LoadedModel
from rewarm.evaluate.tasks import reading
from rewarm.evaluate.tasks.prompt import Form
from rewarm.evaluate.tasks.task_items import TaskItems
from rewarm.llm.client import Client
from rewarm.recipe import llm as llm_settings
from rewarm.recipe.llm import Llm
from rewarm.runs.run import Run

_PARTS = ("whole", "retemplated", "twins", "reworded")
# By name: of items and of twins.
_Statistics = Mapping[str, tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, slots=True)
class Probes:
    """reforms: names, empty for none; leaks: whether to look for items that the result has seen; llm: the
    model that rewords questions, None for no paraphrases."""

    reforms: Sequence[str] = ()
    leaks: bool = False
    llm: Llm | None = None

    @classmethod
    def of_options(cls, reform: str, leaks: bool, llm: Path | None = None) -> "Probes":
        """reform: names separated by commas, `default`, or ""; llm: YAML file of its settings. Raises
        RewarmError for an unknown name, and for settings that are wrong or of no use."""
        names = reform_plan.DEFAULT if reform == "default" else tuple(filter(None, reform.split(",")))
        for name in names:
            if name not in reform_plan.NAMES:
                raise RewarmError(f"--reform: {name!r} is not one of default, {', '.join(reform_plan.NAMES)}")
        if "paraphrase" in names and llm is None:
            raise RewarmError("--reform: paraphrase needs a language model; describe it with --llm FILE")
        if llm is not None and "paraphrase" not in names and not leaks:
            raise RewarmError("--llm: nothing is reworded; add --reform paraphrase or --leaks")
        return cls(names, leaks, llm_settings.load(llm) if llm else None)


NO_PROBES = Probes()


@dataclass(frozen=True, slots=True)
class Probed:
    """A report per task; tasks without options are left out, with the reason in `skipped`."""

    reforms: list[ReformReport]
    leaks: list[LeakReport]
    skipped: dict[str, str]

    @property
    def notes(self) -> list[str]:
        """For the verdict: tasks whose items the result has seen."""
        leaked = [one for one in self.leaks if one.outcome == "leaked"]
        return [f"{one.task}: {_reason(one)} Its accuracy says little." for one in leaked]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "reforms": [report.plain() for report in self.reforms],
            "leaks": [report.plain() for report in self.leaks],
            "skipped": self.skipped,
        }

    def lines(self) -> list[str]:
        """For the terminal."""
        shown = [line for report in self.reforms for line in report.lines()]
        shown += [line for report in self.leaks for line in report.lines()]
        return [*shown, *(f"{task}: {reason}" for task, reason in self.skipped.items())]


def probe(
    base: Candidate,
    result: Candidate,
    tasks: Sequence[TaskItems],
    rows: Sequence[TaskResult],
    wanted: Probes,
    folder: Path,
    seed: int = 0,
    run: Run | None = None,
) -> Probed | None:
    """Reform the tasks and look for leaks; None where neither is wanted.

    rows: of `evaluation.evaluate`, with the form of each task; folder: of kept answers; run: whose
    documents are searched for the items.
    """
    if not wanted.reforms and not wanted.leaks:
        return None
    forms = {row.task: cast("Form", row.form) for row in rows}
    skipped = {
        each.task.name: "items without options cannot be probed" for each in tasks if not _choices(each)
    }
    probed = [each for each in tasks if _choices(each)]
    with _client(wanted.llm, folder) as client:
        plans = {
            each.task.name: (
                reform_plan.plan(each.asked(forms[each.task.name]), wanted.reforms, seed=seed, client=client)
                if wanted.reforms
                else None,
                _leak_plan(each, client, seed) if wanted.leaks else None,
            )
            for each in probed
        }
    found: dict[tuple[str, str], tuple[Answers | None, Losses | None]] = {}
    extra: dict[str, list[_Statistics]] = {}
    for model in (base, result):
        with loaded_once(model) as load:
            for name, (reform, leak) in plans.items():
                found[model.name, name] = (
                    _answers(folder, model, load, name, reform) if reform else None,
                    _losses(folder, model, load, name, leak) if leak else None,
                )
                if leak and leak.fresh:
                    loaded = load()
                    measured = supporting.measure(loaded.network, loaded.tokenizer, leak, seed)
                    extra.setdefault(name, []).append(measured)
    reforms, leaks = [], []
    for name, (reform, leak) in plans.items():
        (answers_before, losses_before), (answers_after, losses_after) = (
            found[model.name, name] for model in (base, result)
        )
        if reform and answers_before and answers_after:
            reforms.append(reform_report.report(reform, answers_before, answers_after, name, seed))
        if leak and losses_before and losses_after:
            judged = leak_report.report(leak, losses_before, losses_after, name, seed)
            items = {name: leak.items}
            leaks.append(
                replace(
                    judged,
                    supporting=(
                        *supporting.paraphrases(leak, losses_before, losses_after, _level(judged), seed),
                        *_supporting(judged, extra.get(name, []), seed),
                    ),
                    provenance=provenance(run, items) if run else None,
                )
            )
    return Probed(reforms, leaks, skipped)


def _reason(leak: LeakReport) -> str:
    trained = leak.provenance.fates.get("trained", 0) if leak.provenance else 0
    if trained:
        return f"{trained} items are in documents that were trained on."
    return leak.judgement.sentence


def _supporting(
    judged: LeakReport, measured: list[_Statistics], seed: int
) -> tuple[supporting.Supporting, ...]:
    if not measured:
        return ()
    evidence = judged.judgement.evidence
    reason = next(row.reason for row in evidence if row.name == "twins")
    return supporting.compare(measured[0], measured[1], reason, _level(judged), seed)


def _level(judged: LeakReport) -> float:
    return judged.judgement.evidence[0].level


def _client(llm: Llm | None, folder: Path) -> AbstractContextManager[Client | None]:
    return closing(Client(llm, folder / "llm" / "spent.jsonl")) if llm else nullcontext()


def _leak_plan(each: TaskItems, client: Client | None, seed: int) -> leak_plan.Plan:
    reworded = paraphrase.reworded(each.items, client) if client else None
    return leak_plan.plan(each.items, each.prompt, _twins(each), reworded=reworded, seed=seed)


def _choices(each: TaskItems) -> bool:
    return all(item.kind == "choice" for item in each.items)


def _twins(each: TaskItems) -> list[Any]:
    if each.task.twins is None:
        return []
    task = each.task.model_copy(update={"path": each.task.twins, "limit": None})
    return reading.read(task)


def _answers(
    folder: Path, model: Candidate, load: Callable[[], LoadedModel], task: str, plan: reform_plan.Plan
) -> Answers:
    def ask() -> dict[str, Any]:
        loaded = load()
        with progress(f"{model.name} {task} reformed", total=None, unit="req") as bar:
            found = answers.answer(loaded.network, loaded.tokenizer, plan, update_of(bar))
        return {
            "original": found.original.tolist(),
            "reformed": {name: values.tolist() for name, values in found.reformed.items()},
            "unmatched": dict(found.unmatched),
        }

    found = _kept(folder / task, model, ["reform", asdict(plan)], ask)
    reformed = {name: np.array(values, dtype=np.float64) for name, values in found["reformed"].items()}
    return Answers(np.array(found["original"]), reformed, found["unmatched"])


def _losses(
    folder: Path, model: Candidate, load: Callable[[], LoadedModel], task: str, plan: leak_plan.Plan
) -> Losses:
    def ask() -> dict[str, Any]:
        loaded = load()
        with progress(f"{model.name} {task} leaks", total=None, unit="text") as bar:
            found = losses.measure(loaded.network, loaded.tokenizer, plan, update_of(bar))
        return {
            "orders": [row.tolist() for row in found.orders],
            **{name: getattr(found, name).tolist() for name in _PARTS},
        }

    found = _kept(folder / task, model, ["leaks", asdict(plan)], ask)
    rest = (np.array(found[name], dtype=np.float64) for name in _PARTS)
    return Losses([np.array(row, dtype=np.float64) for row in found["orders"]], *rest)


def _kept(
    folder: Path, model: Candidate, asked: list[Any], ask: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    key = kept.key_of(model.identity, json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str))
    path = folder / f"{key}.json"
    if path.exists():
        kept_before: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return kept_before
    found = ask()
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path) as aside:
        aside.write_text(json.dumps(found), encoding="utf-8")
    return found
