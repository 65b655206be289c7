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
    lines_or_json(lambda: report.lines(report.plain(found)), lambda: report.plain(found), as_json)


@duel.command()
@click.argument("model")
@click.argument("prompts", type=FILE)
@click.argument("out", type=FILE)
@click.option("--tokens", type=click.IntRange(1), default=512, show_default=True, help="Most of an answer.")
@click.option("--batch", type=click.IntRange(1), default=8, show_default=True, help="Prompts per batch.")
@click.option("--plain", is_flag=True, help="Give the prompt as it is, without the model's chat template.")
@JSON
def answer(model: str, prompts: Path, out: Path, tokens: int, batch: int, plain: bool, as_json: bool) -> None:
    """Write greedy answers of MODEL (folder or hub ID) to PROMPTS (JSON lines: id, prompt) into OUT."""
    from rewarm.evaluate.duels import generate
    from rewarm.model import base

    found = base.resolve(model, Path())
    generation = generate.Generation(tokens, batch, template=not plain)
    written = generate.write(found.path, found.identity[:16], prompts, out, generation)
    lines_or_json(lambda: generate.lines(written), lambda: generate.plain(written), as_json)


@duel.command()
@click.argument("page", type=FILE)
@_ANSWERS
@_BASE
@_RECIPE
@click.option("--most", type=click.IntRange(1), help="Pairs on the page, drawn at random. Default: all.")
@JSON
def page(
    page: Path,
    answers: tuple[str, ...],
    base: str | None,
    recipe: Path | None,
    most: int | None,
    as_json: bool,
) -> None:
    """Write PAGE, an HTML file on which people compare the answers without knowing the models."""
    from rewarm.evaluate.duels import blind_page, run
    from rewarm.recipe import duels

    settings = duels.load(recipe) if recipe else duels.Duels()
    written = blind_page.write(run.plan(_named(answers), base, settings).pairs, settings, page, most)
    lines_or_json(lambda: blind_page.lines(written), lambda: blind_page.plain(written), as_json)


@duel.command("import")
@click.argument("judgements", type=FILE, nargs=-1, required=True)
@click.option("--duels", "folder", type=FILE, required=True, help="Directory that `rewarm duel run` wrote.")
@click.option(
    "--key", type=FILE, multiple=True, help="Key of a page, NAME.key.json; repeat for several pages."
)
@JSON
def import_(judgements: tuple[Path, ...], folder: Path, key: tuple[Path, ...], as_json: bool) -> None:
    """Compare JUDGEMENTS of people, from a page or another tool, with the judge's verdicts."""
    from rewarm.evaluate.duels import human

    found = human.compare(folder, judgements, key)
    lines_or_json(lambda: human.lines(found), lambda: found, as_json)


@duel.command()
@click.argument("duels", type=FILE)
@click.option("--dimension", default="overall", show_default=True, help="Dimension of the examples.")
@click.option(
    "--examples",
    type=click.Choice(["win", "tie", "lose", "half", "flipped", "rejected"]),
    help="Also show prompts with this outcome and the judge's reasons.",
)
@click.option("--most", type=click.IntRange(1), default=5, show_default=True, help="Number of examples.")
@JSON
def show(duels: Path, dimension: str, examples: str | None, most: int, as_json: bool) -> None:
    """Show the summary in the directory DUELS again, and examples of verdicts."""
    from rewarm.evaluate.duels import examples as drawn
    from rewarm.evaluate.duels import human, report

    found = human.summary_of(duels)
    rows = drawn.of(duels, dimension, examples, most) if examples else []
    lines_or_json(
        lambda: [*report.lines(found), *drawn.lines(rows)], lambda: {**found, "examples": rows}, as_json
    )


COMMANDS = (duel,)
