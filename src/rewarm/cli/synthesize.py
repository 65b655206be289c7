"""Commands about synthetic documents: preview and run the step, and export its questions."""

from pathlib import Path

import click

from rewarm.cli import terminal
from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command()
@click.argument("recipe", type=FILE)
@click.option("--run-dir", type=FILE, help="Run directory. Default: runs/NAME.")
@click.option(
    "--preview",
    is_flag=True,
    help="Count requests, probe the teacher on 30 passages, show two documents' output.",
)
@JSON
def synthesize(recipe: Path, run_dir: Path | None, preview: bool, as_json: bool) -> None:
    """Run RECIPE up to the step `synthesize`, or --preview its cost and quality first."""
    from rewarm.data.synthesize import preview as previews
    from rewarm.pipeline import run_directory, synthesis_preview
    from rewarm.recipe import reading

    root = run_dir or Path("runs") / reading.load(recipe).name
    tell = terminal.Teller(to_stderr=as_json)
    if preview:
        found = synthesis_preview.preview(recipe, root, tell)
        lines_or_json(lambda: previews.lines(found), found.plain, as_json)
        return
    run_directory.run(recipe, root, tell, until="synthesize")
    tell.end(root)


@click.command()
@click.argument("run", type=FILE)
@click.argument("folder", type=FILE)
@click.option(
    "--to",
    required=True,
    type=click.Choice(["sharegpt", "alpaca", "llama-factory", "trl"]),
    help="The format.",
)
@JSON
def sft(run: Path, folder: Path, to: str, as_json: bool) -> None:
    """Write the question-answer pairs of RUN into the new directory FOLDER, for supervised fine-tuning."""
    from rewarm.interop import sft as pairs
    from rewarm.runs.run import Run

    found = pairs.write(Run(run), folder, to)
    lines_or_json(lambda: pairs.lines(found), lambda: found, as_json)


COMMANDS = (synthesize, sft)
