"""Command that estimates what a base was trained on."""

from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command("base-mix")
@click.argument("model", type=FILE)
@click.argument("texts", metavar="NAME=PATH...", nargs=-1, required=True)
@click.option("--merges", type=click.IntRange(10), default=3000, show_default=True, help="Merges looked at.")
@JSON
def base_mix(model: Path, texts: tuple[str, ...], merges: int, as_json: bool) -> None:
    """Estimate the shares of kinds of text in what MODEL's tokenizer was trained on.

    MODEL is a folder with tokenizer.json, or that file. Give each kind of text a NAME and a sample of some
    megabytes: .txt, or JSON lines, Parquet or CSV with the field `text`, or a folder of them.
    """
    from rewarm.diagnose.base_mix import estimate
    from rewarm.plan import own_text

    samples = {}
    for one in texts:
        name, given, path = one.partition("=")
        if not (name and given and path):
            raise click.BadParameter(
                f"{one!r} is not NAME=PATH, as in law=corpus/law.jsonl", param_hint="TEXTS"
            )
        if name in samples:
            raise click.BadParameter(f"{name!r} is given twice", param_hint="TEXTS")
        samples[name] = own_text.read(Path(path), limit=5000, cut=20_000).texts
    file = model / "tokenizer.json" if model.is_dir() else model
    found = estimate(file, samples, merges)
    lines_or_json(found.lines, found.plain, as_json)


COMMANDS = (base_mix,)
