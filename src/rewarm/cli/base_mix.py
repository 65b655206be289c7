"""Command that estimates what a base was trained on."""

from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command("base-mix")
@click.argument("model", metavar="MODEL|RUN", type=FILE)
@click.argument("texts", metavar="[NAME=PATH...]", nargs=-1)
@click.option("--merges", type=click.IntRange(10), default=3000, show_default=True, help="Merges looked at.")
@click.option(
    "--documents",
    type=click.IntRange(5),
    default=64,
    show_default=True,
    help="Of a run: held-out documents of each source whose gradients are computed.",
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@JSON
def base_mix(
    model: Path, texts: tuple[str, ...], merges: int, documents: int, device: str, as_json: bool
) -> None:
    """Estimate the shares of kinds of text in what a base was trained on.

    MODEL is a folder with tokenizer.json, or that file: the shares follow from the order of its merges. Give
    each kind of text a NAME and a sample of some megabytes: .txt, or JSON lines, Parquet or CSV with the
    field `text`, or a folder of them.

    RUN is a run directory: the shares of its sources follow from the losses of its base on held-out documents
    and their slopes, and are shown beside the run's mix.
    """
    from rewarm.diagnose.base_mix import estimate
    from rewarm.plan import own_text

    if not texts:
        _of_run(model, documents, device, as_json)
        return
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


def _of_run(path: Path, documents: int, device: str, as_json: bool) -> None:
    from rewarm.diagnose.base_mix.of_run import of_run
    from rewarm.runs.run import Run

    if not (path / "run.json").exists():
        raise click.UsageError(
            f"{path} is not a run directory, so give kinds of text, as in law=corpus/law.jsonl"
        )
    found = of_run(Run(path), documents, device=device)
    lines_or_json(found.lines, found.plain, as_json)


COMMANDS = (base_mix,)
