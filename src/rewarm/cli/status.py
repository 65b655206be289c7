"""The command on the state of runs, also while they run."""

import time
from functools import partial
from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command()
@click.argument("folder", metavar="RUN_OR_FOLDER", type=FILE)
@click.option("--watch", type=click.FloatRange(0.1), metavar="SECONDS", help="Repeat until nothing runs.")
@JSON
def status(folder: Path, watch: float | None, as_json: bool) -> None:
    """Show whether a run is running, its step, speed, time left, losses, checkpoint and disk use.

    A folder with several runs gives a table. Only files are read, so a run is never held up.
    """
    from rewarm.inspect import status as shown
    from rewarm.runs import status as runs

    while True:
        found = runs.of_folder(folder)
        if watch is not None and not as_json:
            click.clear()
        lines_or_json(partial(shown.lines, found), partial(shown.plain, found), as_json)
        if watch is None or not any(one.state == "running" for one in found):
            return
        time.sleep(watch)


COMMANDS = (status,)
