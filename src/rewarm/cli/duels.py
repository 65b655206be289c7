"""Commands about pairwise comparisons of answers: write answers, judge them, ask people, compare both."""

from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json

_ANSWERS = click.option(
    "--answers",
    multiple=True,
    required=True,
    metavar="[NAME=]FILE",
    help="JSON lines with id, prompt, answer of one model; repeat for each model. Default NAME: the file's.",
)
_BASE = click.option("--base", help="Model to compare the others with. Default: the first.")
_RECIPE = click.option(
    "--recipe", type=FILE, help="YAML file with the judge and the dimensions (docs/duels.md)."
)


def _named(values: tuple[str, ...]) -> list[tuple[str, Path]]:
    """Names and paths; a path that exists may contain `=`."""
    found = []
    for value in values:
        name, sign, path = value.partition("=")
        found.append((name, Path(path)) if sign and not Path(value).exists() else ("", Path(value)))
    return found


@click.group()
def duel() -> None:
    """Compare models by their answers to the same prompts, judged in pairs by a model and by people."""


@duel.command("run")
@_ANSWERS
@_BASE
@_RECIPE
@click.option("--out", type=FILE, required=True, help="Directory of the verdicts and the summary.")
@click.option("--dry-run", is_flag=True, help="Print what would be asked, and ask nothing.")
@JSON
def run_(
    answers: tuple[str, ...], base: str | None, recipe: Path | None, out: Path, dry_run: bool, as_json: bool
) -> None:
    """Let a judge model compare the answers in pairs, in both orders."""
    from rewarm.evaluate.duels import report, run
    from rewarm.recipe import duels

    settings = duels.load(recipe) if recipe else duels.Duels()
    planned = run.plan(_named(answers), base, settings)
    if dry_run:
        lines_or_json(lambda: run.plan_lines(planned), lambda: run.plan_values(planned), as_json)
        return
    found = run.run(planned, out)
    lines_or_json(lambda: report.lines(found), lambda: report.plain(found), as_json)


COMMANDS = (duel,)
