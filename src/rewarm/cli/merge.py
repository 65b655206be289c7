"""Commands that combine models: interpolation with the base, averages, chat vectors, and their front."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rewarm.cli import terminal
from rewarm.cli.terminal import FILE, JSON, lines_or_json

if TYPE_CHECKING:
    from rewarm.merge.combination import Combined

_OUT = click.option("--out", type=FILE, required=True, help="Folder of the new model.")
_DRY = click.option(
    "--dry-run", is_flag=True, help="Check the models and print the result's size; write nothing."
)


def _tell(text: str) -> None:
    click.echo(terminal.safe(text), err=True)


def _print(found: "Combined", as_json: bool, dry_run: bool) -> None:
    def lines() -> list[str]:
        parts = [f"{weight:+8.4f}  {folder}" for folder, weight in found.parts]
        done = "would write" if dry_run else "written"
        how = "a copy" if found.copied else f"{found.tensors:,} tensors"
        return [*parts, *found.notes, f"{done}  {found.folder}   {how}, {found.bytes / 1e6:,.1f} MB"]

    lines_or_json(lines, found.plain, as_json)


@click.group()
def merge() -> None:
    """Combine models of one base: interpolate, average, chat-vector, front (docs/merge.md)."""


@merge.command()
@click.argument("base", type=FILE)
@click.argument("result", type=FILE, required=False)
@click.option("--weight", type=click.FloatRange(0, 1), required=True, help="Of RESULT; BASE has the rest.")
@_OUT
@_DRY
@JSON
def interpolate(
    base: Path, result: Path | None, weight: float, out: Path, dry_run: bool, as_json: bool
) -> None:
    """Write the model between BASE and RESULT, or between base and result of one RUN.

    Weight 0 gives BASE and 1 gives RESULT, bit for bit.
    """
    from rewarm.merge import combination, models

    ends = (
        models.base_and_result(base) if result is None else (models.folder_of(base), models.folder_of(result))
    )
    parts = [(ends[0], 1 - weight), (ends[1], weight)]
    found = combination.plan(parts, out) if dry_run else combination.combine(parts, out, kind="interpolation")
    _print(found, as_json, dry_run)


@merge.command()
@click.argument("given", metavar="MODELS...", type=FILE, nargs=-1, required=True)
@click.option("--weight", "weights", type=float, multiple=True, help="Of each model in turn. Default: equal.")
@click.option("--checkpoints", type=click.IntRange(2), help="Average the last kept checkpoints of one RUN.")
@_OUT
@_DRY
@JSON
def average(
    given: tuple[Path, ...], weights: tuple[float, ...], checkpoints: int | None, out: Path, dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Write the average of MODELS: model folders or runs of one base, such as several anneals."""
    from rewarm.merge import averages

    found = averages.average(list(given), list(weights), checkpoints, out, dry_run)
    _print(found, as_json, dry_run)


@merge.command("chat-vector")
@click.argument("continued", type=FILE)
@click.option("--base", type=FILE, help="The base of both. Default, for a RUN: its own.")
@click.option(
    "--instruct", type=FILE, required=True, help="The instruct model that was trained from the base."
)
@click.option("--scale", type=float, default=1.0, show_default=True, help="Factor on instruct minus base.")
@_OUT
@_DRY
@JSON
def chat_vector(
    continued: Path, base: Path | None, instruct: Path, scale: float, out: Path, dry_run: bool, as_json: bool
) -> None:
    """Add what instruction tuning changed (INSTRUCT minus BASE) to CONTINUED, a model folder or a run."""
    from rewarm.merge import chat_vector, combination, models

    if base is None:
        if not (continued / "run.json").is_file():
            raise click.UsageError("give --base; only a RUN knows its own")
        base = models.base_and_result(continued)[0]
    parts = chat_vector.parts(models.folder_of(continued), base, instruct, scale)
    if dry_run:
        found = combination.plan(parts, out)
    else:
        found = combination.combine(parts, out, tokenizer=instruct, kind="chat vector")
    _print(found, as_json, dry_run)


@merge.command()
@click.argument("runs", type=FILE, nargs=-1)
@click.option("--base", type=FILE, help="Folder of the base model, without a RUN.")
@click.option("--result", type=FILE, help="Folder of the model that was trained from it.")
@click.option("--heldout", type=FILE, help="Texts with labels.task: JSON lines (docs/merge.md).")
@click.option(
    "--weights", default="0,0.25,0.5,0.75,1", show_default=True, help="Weights of the result, with commas.",
)  # fmt: skip
@click.option(
    "--tolerance",
    type=click.FloatRange(0),
    help="Forgetting that is accepted, bits per byte. Default: 0.005.",
)
@click.option(
    "--out", type=FILE, default=Path("front"), show_default=True, help="Folder of front.json and front.svg."
)
@click.option("--write", type=FILE, help="Write the chosen model to this folder.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@_DRY
@JSON
def front(
    runs: tuple[Path, ...], base: Path | None, result: Path | None, heldout: Path | None, weights: str,
    tolerance: float | None, out: Path, write: Path | None, device: str, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Measure gain and forgetting over merge weights, for one or several RUNS of one base.

    One half of the held-out documents chooses the point, the other half reports it.
    """
    from rewarm.merge import front_command, front_scores
    from rewarm.merge.front import TOLERANCE

    if bool(runs) == bool(base and result and heldout) or (runs and (base or result or heldout)):
        raise click.UsageError("give either RUNS, or --base, --result and --heldout")
    try:
        numbers = front_command.check_weights([float(part) for part in weights.split(",")])
    except ValueError:
        raise click.UsageError(f"--weights {weights}: are not numbers with commas between") from None
    trained = [front_scores.of_run_directory(run, device) for run in runs]
    if base and result and heldout:
        trained = [front_scores.of_folders(base, result, heldout, device)]
    if dry_run:
        planned = front_command.preview(trained, numbers)
        lines_or_json(lambda: front_command.preview_lines(planned), lambda: planned, as_json)
        return
    limit = TOLERANCE if tolerance is None else tolerance
    found = front_command.measure(trained, numbers, out, write, limit, _tell)
    lines_or_json(lambda: front_command.lines(found), found.plain, as_json)


COMMANDS = (merge,)
