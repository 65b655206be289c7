"""The command that hands a run over to other trainers."""

from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command()
@click.argument("run", type=FILE)
@click.argument("folder", type=FILE)
@click.option("--to", required=True, type=click.Choice(["megatron", "llama-factory"]), help="The trainer.")
@click.option("--stage", help="One stage, as in --stage adapt. Default: all.")
@click.option("--dry-run", is_flag=True, help="Print the files and sizes that would be written, then stop.")
@click.option(
    "--learn-masked", is_flag=True, help="Write masked tokens too; the other trainer computes loss on them."
)
@JSON
def blocks(
    run: Path, folder: Path, to: str, stage: str | None, dry_run: bool, learn_masked: bool, as_json: bool
) -> None:
    """Write RUN's blocks into the new directory FOLDER, in the format of another trainer."""
    from rewarm.interop import write_blocks

    if dry_run:
        found = write_blocks.plan(run, folder, to, stage)
    else:
        found = write_blocks.write(run, folder, to, stage, learn_masked=learn_masked)
    lines_or_json(lambda: write_blocks.lines(found), lambda: found, as_json)


COMMANDS = (blocks,)
