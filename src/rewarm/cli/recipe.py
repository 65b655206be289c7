"""Commands about recipes: init, schema, and the audit of the search for personal data."""

import json
from pathlib import Path
from typing import Any

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json, say


@click.command()
@click.argument("folder", type=FILE)
@click.option(
    "--model", required=True, help="Base model: folder, GGUF file, hub ID or package:NAME==VERSION/FILE.gguf."
)
@click.option("--domain", required=True, type=FILE, help="The domain's files: folder, file or glob.")
@click.option(
    "--format", "domain_format", default="auto", show_default=True, help="Format of the domain's files."
)
@click.option("--text", default="text", show_default=True, help="Field or column with the text.")
@click.option(
    "--general",
    help="General text for replay: a path or hub:OWNER/NAME[/GLOB]. Without replay the model forgets more.",
)
@click.option("--language", default="en", show_default=True)
@click.option(
    "--hardware", type=click.Choice(["cpu", "gpu-24g", "gpu-80g"]), default="cpu", show_default=True
)
@click.option("--seq-len", type=int, help="Tokens per sequence.")
@click.option("--tokens", help="Training tokens over both stages, as in 40k or 2B.")
@click.option("--name", help="The run's name.")
def init(folder: Path, **options: Any) -> None:
    """Write a commented recipe into FOLDER."""
    from rewarm import starter
    from rewarm.recipe import count

    if options["tokens"] is not None:
        tokens = count(options["tokens"])
        if not isinstance(tokens, int):
            raise click.UsageError(
                f"--tokens: {tokens!r} is not a number of tokens; write it as in 40k or 2B"
            )
        options["tokens"] = tokens
    path = starter.write(folder, **options)
    click.echo(f"wrote     {path}")
    say(starter.kinds(path))
    click.echo(f"next      rewarm run {path} --dry-run")


@click.command()
def schema() -> None:
    """Print the recipe's JSON Schema, for editors."""
    from rewarm.recipe import Recipe

    click.echo(json.dumps(Recipe.model_json_schema(), indent=1))


@click.command()
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="RECIPE_OR_FILES...")
@click.option("--audit", is_flag=True, required=True, help="Plant known values and report recall by type.")
@click.option(
    "--documents", type=click.IntRange(1), default=200, show_default=True, help="Documents to sample."
)
@click.option("--values", type=click.IntRange(1), default=200, show_default=True, help="Values to plant.")
@click.option(
    "--findings", type=click.IntRange(0), default=50, show_default=True, help="Findings to show for judging."
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--show-values", is_flag=True, help="Print the values found. Default: masked.")
@JSON
def redact(paths: tuple[Path, ...], audit: bool, as_json: bool, **options: Any) -> None:
    """Report recall and findings of personal data in a sample of RECIPE_OR_FILES. Writes nothing."""
    from rewarm.inspect import personal_audit

    found = personal_audit.audit(paths, **options)
    lines_or_json(lambda: personal_audit.lines(found), lambda: found, as_json)


COMMANDS = (init, schema, redact)
