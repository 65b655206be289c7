"""The command that samples replay text from a base model."""

from dataclasses import asdict
from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command()
@click.argument("model")
@click.argument("file", type=FILE)
@click.option(
    "--documents", type=click.IntRange(1), default=500, show_default=True, help="Documents in the file."
)
@click.option(
    "--tokens", type=click.IntRange(8), default=512, show_default=True, help="Maximum tokens of a document."
)
@click.option("--temperature", type=click.FloatRange(0.1, 2), default=1.0, show_default=True)
@click.option("--top-p", type=click.FloatRange(0.1, 1), default=1.0, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--batch", type=click.IntRange(1), default=8, show_default=True, help="Documents per batch.")
@click.option("--start", help="Text before each document. Default: the tokenizer's start token.")
@click.option("--openings", type=FILE, help="File with first words of documents, one per line, used in turn.")
@JSON
def replay(
    model: str, file: Path, documents: int, tokens: int, temperature: float, top_p: float, seed: int,
    batch: int, start: str | None, openings: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Sample text from the base MODEL into FILE (JSON lines), as replay when no general text is at hand."""
    from rewarm.model import base
    from rewarm.starter import self_replay

    opened = openings.read_text(encoding="utf-8").splitlines() if openings else []
    sampling = self_replay.Sampling(
        documents, tokens, temperature, top_p, seed, batch, start, tuple(filter(None, opened))
    )
    found = base.resolve(model, Path())
    written = self_replay.write(found.path, found.identity, sampling, file)
    lines_or_json(
        lambda: self_replay.lines(written), lambda: {**asdict(written), "file": str(written.file)}, as_json
    )


COMMANDS = (replay,)
