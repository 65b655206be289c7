"""What `rewarm evaluate` does: settings to tasks, then a run or two models to an evaluation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from rewarm.engine.progress import progress, update_of
from rewarm.errors import RewarmError
from rewarm.evaluate import evaluation, instructions, lm_eval_task, of_run, texts
from rewarm.evaluate.evaluation import Measure
from rewarm.evaluate.of_run import Evaluated
from rewarm.evaluate.probes import NO_PROBES, Probes, probe
from rewarm.evaluate.score import loaded_model
from rewarm.evaluate.score.loaded_model import LoadedModel
from rewarm.evaluate.score.task_scores import Scores
from rewarm.evaluate.tasks import task_items
from rewarm.evaluate.tasks.catalogue import KNOWN
from rewarm.evaluate.tasks.task_items import TaskItems
from rewarm.evaluate.verdict import judge
from rewarm.model import pretrained
from rewarm.recipe.tasks import Task
from rewarm.runs.models import base_of
from rewarm.runs.run import Run

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class How:
    """named: `--task` as given; limit: items of each task; checkpoints: of a run that are scored too;
    instructions: whether an instruct base is asked to follow some; probes: reforms and leak detection."""

    named: Sequence[str] = ()
    limit: int | None = None
    checkpoints: int = 4
    device: str = "auto"
    instructions: bool = True
    probes: Probes = NO_PROBES


DEFAULT = How()


def tasks_of(run: Path | None, named: Sequence[str], file: Path | None, limit: int | None) -> list[TaskItems]:
    """The tasks of the recipe, of a YAML file and of the command line, with their items.

    named: NAME or NAME=PATH. Raises RewarmError for unknown names, and for files that are wrong.
    """
    settings: list[dict[str, Any]] = []
    if run is not None:
        settings += Run(run).recipe.get("evaluate", {}).get("tasks", [])
    if file is not None:
        settings += _of_file(file)
    for text in named:
        if text.startswith(lm_eval_task.PREFIX):
            continue
        name, _, path = text.partition("=")
        if not path and name not in KNOWN:
            known = ", ".join(one for one in KNOWN if KNOWN[one].hub)
            raise RewarmError(f"--task {name}: is not a known benchmark ({known}); give NAME=PATH for a file")
        settings.append({"name": name, **({"path": path} if path else {})})
    if limit is not None:
        settings = [{**one, "limit": limit} for one in settings]
    tasks = []
    for one in settings:
        try:
            tasks.append(Task.model_validate(one))
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"]))
            raise RewarmError(f"task {one.get('name', '?')}: {where}: {fault['msg']}") from error
    return task_items.read(tasks)


def measures_of(base: Path, how: How) -> list[Measure]:
    """Tasks of lm-eval, and whether instructions are followed if the base has a chat template.

    base: folder of the base.
    """
    found = []
    for text in how.named:
        if text.startswith(lm_eval_task.PREFIX):
            name, _, folder = text.removeprefix(lm_eval_task.PREFIX).partition("=")
            score = partial(_lm_eval_scores, name, folder, how.limit)
            found.append(Measure(name, f"{text} {how.limit}", score))
    if how.instructions and loaded_model.chat_template(pretrained.tokenizer_of(base)):
        found.append(Measure(instructions.NAME, instructions.NAME, instructions.score, needs="instructions"))
    return found


def _lm_eval_scores(name: str, folder: str, limit: int | None, model: LoadedModel, _: str) -> Scores:
    return lm_eval_task.score(model, name, folder, limit)


def preview(tasks: Sequence[TaskItems]) -> dict[str, Any]:
    """Numbers of items by task, for `--dry-run`."""
    return {
        "tasks": [
            {
                "name": each.task.name,
                "format": each.task.format,
                "items": len(each.items),
                "kinds": sorted({item.kind for item in each.items}),
                "groups": len({item.group for item in each.items}),
                "equal_options": sum(item.equal_options for item in each.items),
                "shots": len(each.shots),
            }
            for each in tasks
        ]
    }


def preview_lines(tasks: Sequence[TaskItems]) -> list[str]:
    """The same for the terminal."""
    return [
        f"{row['name']:<24}{row['items']:>7,} items   {', '.join(row['kinds'])}   {row['shots']} examples"
        + (f"   {row['equal_options']} with two equal options" if row["equal_options"] else "")
        for row in preview(tasks)["tasks"]
    ] or ["no tasks: give --task or --tasks, or evaluate.tasks in the recipe"]


def run_evaluation(
    run: Path, tasks: Sequence[TaskItems], how: How = DEFAULT, tell: Tell = lambda _: None
) -> Evaluated:
    """Evaluate a run (`of_run.py`)."""
    read = Run(run)
    measures = measures_of(base_of(read), how)
    return of_run.evaluate(
        read, tasks, measures, how.probes, checkpoints=how.checkpoints, device=how.device, tell=tell
    )


def of_models(
    base: Path,
    result: Path,
    tasks: Sequence[TaskItems],
    heldout: Path | None,
    folder: Path,
    how: How = DEFAULT,
    tell: Tell = lambda _: None,
) -> Evaluated:
    """Compare two model folders. heldout: file of texts; folder: of the results.

    Raises RewarmError when there is nothing to compare them on.
    """
    if not tasks and heldout is None and not any(text.startswith(lm_eval_task.PREFIX) for text in how.named):
        raise RewarmError("nothing to evaluate: give --task or --tasks for benchmarks, --heldout for texts")
    for name, path in (("--base", base), ("--result", result)):
        if not (path / "config.json").exists():
            raise RewarmError(f"{name} {path}: is not a model folder: it has no config.json")
    own = texts.read(heldout) if heldout else []
    models = [
        evaluation.candidate("base", base, how.device),
        evaluation.candidate("result", result, how.device),
    ]
    measures = measures_of(base, how)
    rows = evaluation.evaluate(models, tasks, folder, tell, measures=measures) if tasks or measures else []
    probed = probe(models[0], models[-1], tasks, rows, how.probes, folder / "scores")
    measured: dict[str, Any] = {"channels": []}
    if own:
        sums, vocabularies = [], []
        for name, path in (("base", base), ("result", result)):
            model = loaded_model.load(path, how.device)
            with progress(f"{name} texts", total=len(own), unit="window") as bar:
                sums.append(texts.losses(model, own, update_of(bar)))
            vocabularies.append(model.tokenizer.get_vocab())
        measured = texts.compare(own, sums[0], sums[1], vocabularies[0] == vocabularies[1])
        if not measured["same_tokenizer"]:
            tell("two tokenizers: nats per token and perplexity do not compare; see bits per byte")
    axis = "task" if any(row["axis"] == "task" for row in measured["channels"]) else "source"
    judged = [row for row in measured["channels"] if row["axis"] == axis]
    notes = probed.notes if probed else []
    verdict = judge(judged, rows, parameters=of_run.parameters(result), notes=notes)
    about = {"base": str(base), "result": str(result)}
    return of_run.write(folder, rows, tasks, measured, verdict, about, probed)


def _of_file(file: Path) -> list[dict[str, Any]]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RewarmError(f"{file}: cannot be read as YAML: {error}") from error
    listed = content.get("tasks") if isinstance(content, dict) else content
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise RewarmError(f"{file}: is not a list of tasks, each with `name` and `path` or `format`")
    for one in listed:
        for key in ("path", "shots_path", "twins"):
            if one.get(key):
                one[key] = str(file.parent / str(one[key]))
    return listed
