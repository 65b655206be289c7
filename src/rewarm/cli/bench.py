"""Commands about a benchmark from a run's own documents: build it, review it, apply the review."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rewarm.cli.terminal import FILE, JSON, Teller, lines_or_json

if TYPE_CHECKING:
    from rewarm.runs.run import Run


@click.group()
def bench() -> None:
    """Build a benchmark from a run's own documents, trained and held-out ones apart."""


@bench.command()
@click.argument("source", type=FILE, metavar="RUN_OR_RECIPE")
@click.option("--settings", type=FILE, help="YAML file of settings (docs/bench-build.md).")
@click.option("--run-dir", type=FILE, help="Run directory of a recipe. Default: runs/NAME.")
@click.option("--out", type=FILE, help="Folder of the item files. Default: RUN/bench.")
@click.option("--items", type=click.IntRange(1), help="Items per set. Default: 200.")
@click.option("--base", help="Model folder: drop items that it answers from the options alone.")
@click.option("--seed", type=click.IntRange(0), help="Seed of every draw. Default: 0.")
@click.option("--dry-run", is_flag=True, help="Print which documents there are; build nothing.")
@click.option(
    "--preview", type=click.IntRange(0), default=0, help="Print so many items of each set; write nothing."
)
@JSON
def build(
    source: Path,
    settings: Path | None,
    run_dir: Path | None,
    out: Path | None,
    items: int | None,
    base: str | None,
    seed: int | None,
    dry_run: bool,
    preview: int,
    as_json: bool,
) -> None:
    """Build recall and transfer sets. Given a recipe, its data steps are run first."""
    from rewarm.evaluate.build import build as building
    from rewarm.evaluate.build import report
    from rewarm.recipe import bench as recipe

    chosen = recipe.load(settings) if settings else recipe.Bench()
    given_options = {"items": items, "base": base, "seed": seed}
    chosen = chosen.model_copy(update={k: value for k, value in given_options.items() if value is not None})
    run = _run(source, run_dir)
    if dry_run:
        given = building.plan(run, chosen)
        lines_or_json(lambda: report.plan_lines(given), lambda: report.plan_values(given), as_json)
        return
    folder = out or run.path / "bench"
    built = building.build(run, chosen, folder)
    if not preview:
        building.write(built, folder)
    lines_or_json(
        lambda: report.preview(built, preview) if preview else report.lines(built, folder),
        lambda: report.values(built, preview),
        as_json,
    )


@bench.command()
@click.argument("file", type=FILE)
@click.option("--out", type=FILE, help="The page. Default: FILE with the ending .html.")
def review(file: Path, out: Path | None) -> None:
    """Write a page on which a person accepts or rejects the items of FILE."""
    from rewarm.evaluate.build import decisions, review_page

    items = decisions.read_items(file)
    page = out or file.with_suffix(".html")
    review_page.write(items, page)
    click.echo(f"page      {page}: {len(items):,} items; open it in a browser")
    click.echo(f"next      rewarm bench apply {file} decisions-{review_page.digest(items)}.jsonl")


@bench.command("apply")
@click.argument("file", type=FILE)
@click.argument("decisions_file", type=FILE, metavar="DECISIONS")
@click.option(
    "--out", type=FILE, help="File of the items that stay. Default: FILE's name with .reviewed.jsonl."
)
@click.option("--undecided", type=click.Choice(["keep", "drop"]), default="keep", show_default=True)
@JSON
def apply_(file: Path, decisions_file: Path, out: Path | None, undecided: str, as_json: bool) -> None:
    """Write the items of FILE that DECISIONS, downloaded from the page, do not reject."""
    from rewarm.evaluate.build import decisions

    applied = decisions.apply(decisions.read_items(file), decisions_file, drop_undecided=undecided == "drop")
    target = out or file.with_name(f"{file.name.removesuffix('.jsonl')}.reviewed.jsonl")
    decisions.write(applied, target)
    lines_or_json(lambda: decisions.lines(applied, target), lambda: decisions.plain(applied, target), as_json)


def _run(source: Path, run_dir: Path | None) -> "Run":
    """The run at a directory, or that of a recipe after its data steps."""
    from rewarm.errors import RewarmError
    from rewarm.pipeline import run_directory
    from rewarm.recipe import reading
    from rewarm.runs.run import Run

    if source.is_dir():
        if run_dir is not None:
            raise RewarmError(f"--run-dir: {source} is a run directory already; leave the option out")
        return Run(source)
    root = run_dir or Path("runs") / reading.load(source).name
    folders = run_directory.run(source, root, Teller(to_stderr=True), until="pack")
    return Run(folders[0])


COMMANDS = (bench,)
