"""The command on blocks: what each changed, and blocks for other trainers."""

from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command()
@click.argument("run", type=FILE)
@click.argument("folder", type=FILE, required=False)
@click.option("--to", type=click.Choice(["megatron", "llama-factory"]), help="The trainer.")
@click.option("--stage", help="One stage, as in --stage adapt. Default: all.")
@click.option("--dry-run", is_flag=True, help="Print the files and sizes that would be written, then stop.")
@click.option(
    "--learn-masked", is_flag=True, help="Write masked tokens too; the other trainer computes loss on them."
)
@click.option("--axis", default="source", show_default=True, help="Channels of the list.")
@JSON
def blocks(
    run: Path, folder: Path | None, to: str | None, stage: str | None, dry_run: bool, learn_masked: bool,
    axis: str, as_json: bool,
) -> None:  # fmt: skip
    """List RUN's blocks with the change of each channel's loss, or write them for another trainer.

    With FOLDER and --to, RUN's blocks go into the new directory FOLDER.
    """
    if (folder is None) != (to is None):
        raise click.UsageError("FOLDER and --to go together; give neither for the list of blocks")
    if folder is None or to is None:
        from rewarm.inspect import blocks
        from rewarm.runs.run import Run

        rows = blocks.of_run(Run(run), axis)
        lines_or_json(lambda: blocks.lines(rows), lambda: {"blocks": blocks.plain(rows)}, as_json)
        return
    from rewarm.interop import write_blocks

    if dry_run:
        found = write_blocks.plan(run, folder, to, stage)
    else:
        found = write_blocks.write(run, folder, to, stage, learn_masked=learn_masked)
    lines_or_json(lambda: write_blocks.lines(found), lambda: found, as_json)


COMMANDS = (blocks,)
