"""The command that shows how a file is parsed."""

from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json

_INCLUDE = ("authors", "comments", "deletions", "hidden")


def _included(context: click.Context, option: click.Parameter, value: str | None) -> frozenset[str]:
    chosen = frozenset(part.strip() for part in (value or "").split(",") if part.strip())
    if unknown := sorted(chosen - set(_INCLUDE)):
        raise click.BadParameter(f"{unknown[0]!r} is not one of {', '.join(_INCLUDE)}")
    return chosen


@click.command()
@click.argument("file", type=FILE)
@click.option("--page", type=int, help="Show only this page.")
@click.option(
    "--html", "to_html", type=FILE, help="Write an HTML page with each page's image beside its text."
)
@click.option("--no-ocr", is_flag=True, help="List scanned pages instead of reading them by OCR.")
@click.option(
    "--with",
    "include",
    callback=_included,
    help="Also read these, separated by commas: authors, comments, deletions, hidden.",
)
@click.option("--footnotes", type=click.Choice(["keep", "drop"]), default="keep", help="Default: keep.")
@click.option("--references", type=click.Choice(["keep", "drop"]), default="keep", help="Default: keep.")
@click.option(
    "--formulas",
    type=click.Choice(["mark", "keep", "drop"]),
    default="mark",
    help="A marker in place of displayed formulas, their characters, or nothing. Default: mark.",
)
@click.option("--layout", is_flag=True, help="Find headers and footers with a layout model (rewarm[layout]).")
@JSON
def parse(
    file: Path,
    page: int | None,
    to_html: Path | None,
    no_ocr: bool,
    include: frozenset[str],
    footnotes: str,
    references: str,
    formulas: str,
    layout: bool,
    as_json: bool,
) -> None:
    """Print the text and the scores of each page of FILE, as `collect` reads it."""
    from rewarm.parse import show
    from rewarm.parse.reading import Reading

    reading = Reading(not no_ocr, include, footnotes, references, formulas, layout)
    shown = show.parse(file, reading=reading)
    if to_html is not None:
        to_html.write_text(show.html(shown, file, page), encoding="utf-8")
        click.echo(f"written   {to_html}")
        return
    lines_or_json(lambda: show.lines(shown, page), lambda: show.plain(shown), as_json)


COMMANDS = (parse,)
