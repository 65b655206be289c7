"""Commands on tokenizers: vocabulary, fertility."""

from dataclasses import asdict
from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command()
@click.argument("run", type=FILE)
@click.option("--most", type=int, default=20, show_default=True, help="Number of new tokens shown.")
@JSON
def vocabulary(run: Path, most: int, as_json: bool) -> None:
    """Show the tokens that RUN added to the base's tokenizer and what they save on held-out text."""
    from rewarm.inspect import vocabulary
    from rewarm.runs.run import Run

    found = vocabulary.of_run(Run(run))
    lines_or_json(lambda: vocabulary.lines(found, most), lambda: vocabulary.plain(found), as_json)


@click.command()
@click.argument("model", type=FILE)
@click.argument("texts", type=FILE, nargs=-1, required=True)
@JSON
def fertility(model: Path, texts: tuple[Path, ...], as_json: bool) -> None:
    """Count the tokens that the tokenizer of the folder MODEL needs for TEXTS (text files, JSON lines)."""
    from rewarm.inspect import fertility

    found = [fertility.of_file(model, path) for path in texts]
    lines_or_json(lambda: fertility.lines(found), lambda: {"files": [asdict(row) for row in found]}, as_json)


COMMANDS = (vocabulary, fertility)
