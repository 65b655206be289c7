"""The command about a recipe's sources: preview and run the step `collect`."""

from pathlib import Path
from typing import Any

import click

from rewarm.cli import terminal
from rewarm.cli.terminal import FILE, JSON, SET, lines_or_json


@click.command()
@click.argument("recipe", type=FILE)
@click.option("--run-dir", type=FILE, help="Run directory. Default: runs/NAME.")
@click.option(
    "--preview", is_flag=True, help="Read a sample of each source; print kinds, faults, quality and routes."
)
@click.option(
    "--files", type=click.IntRange(1), default=50, show_default=True, help="Files to sample per source."
)
@click.option(
    "--seconds", type=float, default=60, show_default=True, help="Time limit of the preview per source."
)
@click.option(
    "--examples", type=click.IntRange(0), default=3, show_default=True, help="Example documents per route."
)
@SET
@JSON
def collect(
    recipe: Path,
    run_dir: Path | None,
    preview: bool,
    files: int,
    seconds: float,
    examples: int,
    overrides: dict[str, Any],
    as_json: bool,
) -> None:
    """Run RECIPE up to the step `collect`, or --preview what it would read and how good the text is."""
    from rewarm.pipeline import collection_preview, run_directory
    from rewarm.recipe import reading

    read = reading.load(recipe, overrides)
    if preview:
        found = collection_preview.preview(read, files=files, seconds=seconds, examples=examples)
        lines_or_json(
            lambda: collection_preview.lines(found, read.route.enabled, read.synthesize.enabled),
            lambda: {"sources": [one.plain() for one in found]},
            as_json,
        )
        return
    tell = terminal.Teller(to_stderr=as_json)
    root = run_dir or Path("runs") / read.name
    run_directory.run(recipe, root, tell, until="collect", overrides=overrides)
    tell.end(root)


COMMANDS = (collect,)
