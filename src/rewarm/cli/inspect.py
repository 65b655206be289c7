"""Commands that read a run: contexts, documents, sequences, incidents, findings, phrases, funnel, diff."""

from dataclasses import asdict
from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command()
@click.argument("run", type=FILE)
@click.argument("document", required=False)
@click.option("--update", type=int, help="List the documents in this update of the training.")
@click.option("--step", "renamed", type=int, hidden=True)
@JSON
def explain(run: Path, document: str | None, update: int | None, renamed: int | None, as_json: bool) -> None:
    """Show the history of DOCUMENT (an ID or ID prefix) in RUN, or list the documents of an --update."""
    from rewarm.inspect import explain
    from rewarm.runs.run import Run

    if renamed is not None:
        raise click.UsageError(f"--step was renamed to --update; write --update {renamed}")
    if document is not None and update is None:
        history = Run(run).explain(document)
        lines_or_json(lambda: explain.lines_of_document(history), lambda: asdict(history), as_json)
    elif update is not None and document is None:
        trained_on = Run(run).update(update)
        lines_or_json(lambda: explain.lines_of_update(trained_on), lambda: asdict(trained_on), as_json)
    else:
        raise click.UsageError("give either a document ID or --update")


@click.command()
@click.argument("run", type=FILE)
@click.option("--token", help="Show the origin of a token: STAGE:SEQUENCE:TOKEN, counted from 0.")
@JSON
def sequences(run: Path, token: str | None, as_json: bool) -> None:
    """Show the order and packing of RUN's stages, or where a --token of a sequence comes from."""
    from rewarm.inspect import sequences
    from rewarm.runs import sequences as found
    from rewarm.runs.run import Run

    if token is None:
        summary = found.summary(Run(run))
        lines_or_json(lambda: sequences.lines(summary), lambda: {"stages": summary}, as_json)
        return
    stage, *numbers = token.split(":")
    if len(numbers) != 2 or not all(number.isdigit() for number in numbers):
        raise click.UsageError(f"--token {token}: write STAGE:SEQUENCE:TOKEN, as in adapt:12:345")
    origin = found.origin(Run(run), stage, int(numbers[0]), int(numbers[1]))
    lines_or_json(lambda: sequences.lines_of_token(origin), lambda: asdict(origin), as_json)


@click.command()
@click.argument("run", type=FILE)
@JSON
def incidents(run: Path, as_json: bool) -> None:
    """List the incidents in RUN: evidence, action taken, documents involved."""
    from rewarm.inspect import incidents
    from rewarm.runs.run import Run

    found = incidents.incidents(Run(run))
    lines_or_json(lambda: incidents.lines(found), lambda: {"incidents": found}, as_json)


@click.command()
@click.argument("run", type=FILE)
@JSON
def diagnose(run: Path, as_json: bool) -> None:
    """Read the channel losses of RUN, finished or training: findings, evidence, what to change."""
    from rewarm.diagnose.diagnosis import diagnose
    from rewarm.runs.run import Run

    found = diagnose(Run(run))
    lines_or_json(found.lines, found.plain, as_json)


@click.command()
@click.argument("run", type=FILE)
@click.option("--task", help="Only items of this task.")
@click.option("--item", help="Only this item, by its ID.")
@click.option("--channel", help="Held-out documents of this channel whose loss rose, as in source=law.")
@click.option("--text", help="Search for this text instead of what the result lost.")
@click.option("--gradient", is_flag=True, help="Also find what raised the loss, by gradients.")
@click.option(
    "--candidates",
    type=click.IntRange(2),
    default=400,
    show_default=True,
    help="With --gradient: documents whose gradients are computed, the nearest and a sample of each source.",
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--most", type=click.IntRange(1), default=10, show_default=True, help="Documents to show.")
@JSON
def attribute(
    run: Path, task: str | None, item: str | None, channel: str | None, text: str | None, gradient: bool,
    candidates: int, device: str, most: int, as_json: bool,
) -> None:  # fmt: skip
    """Find the training documents and sources of RUN that speak of the items and documents it lost.

    With --gradient also those that raised their loss.
    """
    from rewarm.diagnose.attribution import attribute as attribution
    from rewarm.diagnose.attribution import queries
    from rewarm.diagnose.attribution.gradient import Settings
    from rewarm.runs.run import Run

    read = Run(run)
    asked = [queries.Query("text", "text", text)] if text else queries.of_run(read, task, item, channel)
    settings = Settings(candidates=candidates, device=device) if gradient else None
    found = attribution.attribute(read, asked, most, settings)
    lines_or_json(found.lines, found.plain, as_json)


@click.command()
@click.argument("run", type=FILE)
@click.option("--most", type=int, default=10, show_default=True, help="Number of clusters, largest first.")
@JSON
def clusters(run: Path, most: int, as_json: bool) -> None:
    """List clusters of near-duplicates in RUN: the document kept and the documents dropped."""
    from rewarm.inspect import clusters
    from rewarm.runs.run import Run

    found = clusters.clusters(Run(run), most)
    lines_or_json(lambda: clusters.lines(found), lambda: {"clusters": found}, as_json)


@click.command()
@click.argument("run", type=FILE)
@click.option(
    "--most", type=int, default=20, show_default=True, help="Number of phrases, by characters affected."
)
@JSON
def phrases(run: Path, most: int, as_json: bool) -> None:
    """List over-frequent phrases of each source in RUN, and the characters that capping them removes."""
    from rewarm.inspect import phrases
    from rewarm.runs.run import Run

    found = phrases.phrases(Run(run), most)
    lines_or_json(lambda: phrases.lines(found), lambda: {"phrases": found}, as_json)


@click.command()
@click.argument("run", type=FILE)
@click.option("--examples", type=int, default=3, show_default=True, help="Example documents per reason.")
@JSON
def funnel(run: Path, examples: int, as_json: bool) -> None:
    """Show per step and source of RUN: documents in, kept, edited, masked, dropped by reason, examples."""
    from rewarm.inspect import funnel
    from rewarm.runs.run import Run

    found = funnel.data(Run(run), examples)
    lines_or_json(lambda: funnel.lines(found), lambda: found, as_json)


@click.command()
@click.argument("a", type=FILE)
@click.argument("b", type=FILE)
@click.option("--step", "only", help="One step, as in --step clean. Default: all.")
@click.option("--examples", type=int, default=3, show_default=True, help="Example documents per change.")
@JSON
def diff(a: Path, b: Path, only: str | None, examples: int, as_json: bool) -> None:
    """Compare runs A and B (or two step directories): documents kept, dropped and edited differently."""
    from rewarm.inspect import difference, difference_lines

    found = difference.between(a, b, only, examples)
    lines_or_json(lambda: difference_lines.lines(found), lambda: found, as_json)


@click.command()
@click.argument("run", type=FILE)
@JSON
def context(run: Path, as_json: bool) -> None:
    """Show what RUN's sequences hold, and the held-out loss by position in the context."""
    from rewarm.inspect import context
    from rewarm.runs.run import Run

    found = context.of_run(Run(run))
    lines_or_json(lambda: context.lines(found), lambda: context.plain(found), as_json)


COMMANDS = (context, explain, sequences, incidents, diagnose, attribute, clusters, phrases, funnel, diff)
