"""Commands about labels: train a classifier from labelled texts, apply it, look at what it does."""

from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json

_FOLDED = 5000


@click.group()
def label() -> None:
    """Label texts: train a classifier from seeds or a run, apply it, inspect it."""


@label.command()
@click.argument("seeds", type=FILE, metavar="SEEDS_OR_RUN")
@click.option("--axis", required=True, help="What the labels are about, as in task or quality.")
@click.option("--out", type=FILE, help="File of the classifier. Default: AXIS.safetensors.")
@click.option("--text", default="text", show_default=True, help="Field with the text.")
@click.option("--field", help="Field with the label. Default: the axis's name.")
@click.option("--per-label", type=click.IntRange(2), default=5000, show_default=True,
              help="Documents of each label that are taken from a run.")  # fmt: skip
@click.option("--folds", type=click.IntRange(1),
              help="Folds of the cross-validation, 1: none. Default: 5 below 5,000 texts.")  # fmt: skip
@click.option("--kind", type=click.Choice(["words", "fasttext", "encoder"]), default="words",
              show_default=True, help="Kind of classifier.")  # fmt: skip
@click.option("--encoder", help="Model of --kind encoder: a folder or hub id.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--dry-run", is_flag=True, help="Print what the seeds are; train nothing.")
@JSON
def train(
    seeds: Path, axis: str, out: Path | None, text: str, field: str | None, per_label: int, folds: int | None,
    kind: str, encoder: str | None, seed: int, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Train a classifier of AXIS from labelled texts, and measure it on texts outside of its training.

    SEEDS_OR_RUN is a file of records with `text` and a label, a folder with one subfolder or file for each
    label, or a run whose sources have labels on the axis.
    """
    import pyarrow as pa

    from rewarm.classify import report
    from rewarm.classify import seeds as reading
    from rewarm.classify.kinds import learner
    from rewarm.classify.training import learnt
    from rewarm.runs import labelled_documents
    from rewarm.runs.run import Run

    if (seeds / "run.json").exists():
        rows = labelled_documents.of_run(Run(seeds), axis, per_label, reading.CHARACTERS)
        found = reading.of_rows(rows)
        reading.check(found, f"{seeds}, axis {axis}")
    else:
        found = reading.read(seeds, axis, text, field)
    if dry_run:
        lines_or_json(lambda: report.seed_lines(found), lambda: {"seeds": report.seed_values(found)}, as_json)
        return
    parts = folds or (5 if len(found.texts) < _FOLDED else 1)
    texts = learner(kind, pa.array(found.texts, pa.string()), encoder)
    model = learnt(texts, found.labels, found.ids, seed, axis=axis, folds=parts)
    target = out or Path(f"{axis}.safetensors")
    model.save(target)
    lines_or_json(
        lambda: (*report.seed_lines(found), *report.lines(model), f"written   {target}"),
        lambda: {"seeds": report.seed_values(found), **report.values(model), "file": str(target)},
        as_json,
    )


@label.command("apply")
@click.argument("classifier", type=FILE)
@click.argument("inputs", type=FILE)
@click.option("--out", type=FILE, help="File of the labelled records, JSON lines. Default: only count.")
@click.option("--axis", help="Name of the label in the records. Default: the classifier's axis.")
@click.option("--text", default="text", show_default=True, help="Field with the text.")
@click.option("--min-probability", type=click.FloatRange(0, 1), default=0.0, show_default=True,
              help="A less certain prediction gives no label.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="Label only so many records.")
@JSON
def apply_(
    classifier: Path, inputs: Path, out: Path | None, axis: str | None, text: str, min_probability: float,
    limit: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Label the records of INPUTS, a file or folder, with CLASSIFIER."""
    from rewarm.classify import apply, report
    from rewarm.classify import classifier as files

    model = files.load(classifier)
    name = axis or model.axis or classifier.stem
    found = apply.apply(model, inputs, out, axis=name, text=text, least=min_probability, most=limit)
    lines_or_json(
        lambda: report.applied_lines(found, out), lambda: report.applied_values(found, name, out), as_json
    )


@label.command()
@click.argument("classifier", type=FILE)
@click.argument("seeds", type=FILE, required=False)
@click.option("--text", default="text", show_default=True, help="Field with the text.")
@click.option("--field", help="Field with the label. Default: the axis's name.")
@click.option("--most", type=click.IntRange(0), default=10, show_default=True,
              help="Texts of SEEDS that are shown.")  # fmt: skip
@JSON
def inspect(
    classifier: Path, seeds: Path | None, text: str, field: str | None, most: int, as_json: bool
) -> None:
    """Show what CLASSIFIER does: accuracy, macro-F1, calibration, confusion.

    With SEEDS, labelled texts that it was not trained on, it is measured on them, and the texts on which it
    is surest against their label are shown: often the label is wrong.
    """
    from rewarm.classify import classifier as files
    from rewarm.classify import report, review
    from rewarm.classify import seeds as reading

    model = files.load(classifier)
    if seeds is None:
        lines_or_json(lambda: report.lines(model), lambda: report.values(model), as_json)
        return
    given = reading.read(seeds, model.axis or classifier.stem, text, field)
    found = review.review(model, given, most)
    lines_or_json(
        lambda: (*report.lines(model), *report.seed_lines(given), *review.lines(found, model.classes)),
        lambda: {
            **report.values(model),
            "seeds": report.seed_values(given),
            "review": review.values(found),
        },
        as_json,
    )


@label.command()
@click.argument("inputs", type=FILE, metavar="INPUTS_OR_RUN")
@click.argument("settings", type=FILE)
@click.option("--axis", required=True, help="What the labels are about, as in quality.")
@click.option("--out", type=FILE, help="File of the labelled texts. Default: AXIS-seeds.jsonl.")
@click.option("--samples", type=click.IntRange(1), help="Texts that are judged. Default: of the settings.")
@click.option("--text", default="text", show_default=True, help="Field with the text.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--dry-run", is_flag=True, help="Print how many requests and tokens it takes; ask nothing.")
@JSON
def judge(
    inputs: Path, settings: Path, axis: str, out: Path | None, samples: int | None, text: str, seed: int,
    dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Let a language model label a sample of texts, as seeds for `rewarm label train`.

    INPUTS_OR_RUN is a file or folder of texts, or a run; SETTINGS is a YAML file (docs/annotate.md).
    """
    from rewarm.classify import records
    from rewarm.llm import judged_labels
    from rewarm.recipe import judge as recipe
    from rewarm.runs import labelled_documents
    from rewarm.runs.run import Run

    chosen = recipe.load(settings)
    chosen = chosen.model_copy(update={"samples": samples}) if samples else chosen
    if (inputs / "run.json").exists():
        given = labelled_documents.all_texts(Run(inputs), chosen.characters)
    else:
        given = records.texts(inputs, text)
    rows = judged_labels.sample(given, chosen, seed)
    if dry_run:
        plan = judged_labels.plan(rows, chosen)
        lines_or_json(lambda: judged_labels.plan_lines(plan), lambda: plan, as_json)
        return
    target = out or Path(f"{axis}-seeds.jsonl")
    found = judged_labels.label(rows, chosen, axis, target)
    lines_or_json(
        lambda: judged_labels.lines(found, target, axis), lambda: judged_labels.values(found, target), as_json
    )


COMMANDS = (label,)
