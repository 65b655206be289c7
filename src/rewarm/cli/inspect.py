"""Commands that read a run: explain, incidents, clusters, phrases, funnel, diff."""

from dataclasses import asdict
from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command()
@click.argument("run", type=FILE)
@click.argument("document", required=False)
@click.option("--update", type=int, help="List the documents that this update of the training trained on.")
@click.option("--step", "renamed", type=int, hidden=True)
@JSON
def explain(run: Path, document: str | None, update: int | None, renamed: int | None, as_json: bool) -> None:
    """What became of DOCUMENT (an id or its start) in RUN; or which documents an --update trained on."""
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
        raise click.UsageError("give a document's id or --update, one of them")


@click.command()
@click.argument("run", type=FILE)
@JSON
def incidents(run: Path, as_json: bool) -> None:
    """What the guard met in RUN: what was seen, what was done, and which documents did it."""
    from rewarm.inspect import incidents
    from rewarm.runs.run import Run

    found = incidents.incidents(Run(run))
    lines_or_json(lambda: incidents.lines(found), lambda: found, as_json)


@click.command()
@click.argument("run", type=FILE)
@click.option("--most", type=int, default=10, show_default=True, help="Clusters to show, largest first.")
@JSON
def clusters(run: Path, most: int, as_json: bool) -> None:
    """Near-duplicates in RUN: what was kept, and what was dropped for it."""
    from rewarm.inspect import clusters
    from rewarm.runs.run import Run

    found = clusters.clusters(Run(run), most)
    lines_or_json(lambda: clusters.lines(found), lambda: found, as_json)


@click.command()
@click.argument("run", type=FILE)
@click.option("--most", type=int, default=20, show_default=True, help="Phrases to show, by what they cost.")
@JSON
def phrases(run: Path, most: int, as_json: bool) -> None:
    """Phrases that a source of RUN repeats beyond measure, and what capping them takes."""
    from rewarm.inspect import phrases
    from rewarm.runs.run import Run

    found = phrases.phrases(Run(run), most)
    lines_or_json(lambda: phrases.lines(found), lambda: found, as_json)


@click.command()
@click.argument("run", type=FILE)
@click.option("--examples", type=int, default=3, show_default=True, help="Documents shown of each reason.")
@JSON
def funnel(run: Path, examples: int, as_json: bool) -> None:
    """What each step of RUN did to each source: in, kept, edited, masked, dropped by reason, examples."""
    from rewarm.inspect import funnel
    from rewarm.runs.run import Run

    found = funnel.data(Run(run), examples)
    lines_or_json(lambda: funnel.lines(found), lambda: found, as_json)


@click.command()
@click.argument("a", type=FILE)
@click.argument("b", type=FILE)
@click.option("--step", "only", help="One step, as in --step clean; all by default.")
@click.option("--examples", type=int, default=3, show_default=True, help="Documents shown of each change.")
@JSON
def diff(a: Path, b: Path, only: str | None, examples: int, as_json: bool) -> None:
    """What run B keeps, drops and edits otherwise than run A (or one step's directory than another)."""
    from rewarm.inspect import difference

    found = difference.between(a, b, only, examples)
    lines_or_json(lambda: difference.lines(found), lambda: found, as_json)


COMMANDS = (explain, incidents, clusters, phrases, funnel, diff)
