"""The command that shows how a file is parsed."""

from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command()
@click.argument("file", type=FILE)
@click.option("--page", type=int, help="Show only this page.")
@click.option(
    "--html", "to_html", type=FILE, help="Write an HTML page with each page's image beside its text."
)
@click.option("--no-ocr", is_flag=True, help="List scanned pages instead of reading them by OCR.")
@JSON
def parse(file: Path, page: int | None, to_html: Path | None, no_ocr: bool, as_json: bool) -> None:
    """Print the text and the scores of each page of FILE, as `collect` reads it."""
    from rewarm.parse import show

    shown = show.parse(file, ocr=not no_ocr)
    if to_html is not None:
        to_html.write_text(show.html(shown, file, page), encoding="utf-8")
        click.echo(f"written   {to_html}")
        return
    lines_or_json(lambda: show.lines(shown, page), lambda: show.plain(shown), as_json)


COMMANDS = (parse,)
