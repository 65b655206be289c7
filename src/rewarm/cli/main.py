"""The command line: parse, call, print. Results on stdout, progress and errors on stderr.

A file of this folder holds the commands of one group. Commands import what they need when they are
called, so that `rewarm --help` loads nothing heavy.
"""

import os
import platform
import sys
import traceback
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from rewarm.cli import (
    base_mix,
    bench,
    blocks,
    board,
    collect,
    doctor,
    duels,
    evaluate,
    inspect,
    label,
    merge,
    mix,
    models,
    parse,
    plan,
    recipe,
    replay,
    run,
    status,
    synthesize,
    vocabulary,
)  # fmt: skip
from rewarm.errors import RewarmError, Terminated, full_disk

# EX_SOFTWARE of sysexits.h: a fault of rewarm, apart from wrong usage, which click ends with 2.
_UNEXPECTED = 70
_LIBRARIES = ("torch", "transformers", "tokenizers", "pyarrow", "numpy", "pydantic", "click")


def _show_version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if not asked or context.resilient_parsing:
        return
    click.echo(f"rewarm {_installed('rewarm')}")
    click.echo(f"python {platform.python_version()} ({platform.python_implementation()})")
    click.echo(f"system {platform.platform()}, {os.cpu_count()} processors")
    for library in _LIBRARIES:
        click.echo(f"{library} {_installed(library)}")
    context.exit()


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show versions of rewarm, Python, system and libraries, as a bug report needs them.",
)
def cli() -> None:
    """Continue pre-training of an open base model on your domain, and keep its general ability."""


for command in (
    *run.COMMANDS, *collect.COMMANDS, *inspect.COMMANDS, *recipe.COMMANDS, *synthesize.COMMANDS,
    *duels.COMMANDS, *blocks.COMMANDS, *doctor.COMMANDS, *parse.COMMANDS, *replay.COMMANDS,
    *evaluate.COMMANDS, *bench.COMMANDS, *mix.COMMANDS, *label.COMMANDS, *merge.COMMANDS,
    *plan.COMMANDS, *models.COMMANDS, *vocabulary.COMMANDS, *board.COMMANDS, *status.COMMANDS,
    *base_mix.COMMANDS,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    """Entry point: turns every error into a message and an exit code."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort) as stop:
        # click turns a KeyboardInterrupt into its own Abort; what it said is in the cause.
        said = str(stop) or str(stop.__cause__ or "")
        detail = f" ({said})" if said else ""
        click.echo(f"\nstopped{detail}: run the same command to resume", err=True)
        sys.exit(Terminated.exit_code if isinstance(stop.__cause__, Terminated) else 130)
    except RewarmError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        sys.exit(_crash(error))


def _crash(error: Exception) -> int:
    how = full_disk(error)
    if how:
        place = getattr(error, "filename", None) or "the run directory or the cache"
        click.echo(
            f"disk: {how} while writing {place}. Free space and run the same command again; "
            "what was finished stays",
            err=True,
        )
        return 1
    log = Path("rewarm-crash.log")
    try:
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        where = f"the whole of it is in {log.absolute()}"
    except OSError:
        where = "no log could be written"
    first = str(error).strip().split("\n")[0]
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    click.echo(
        f"unexpected {type(error).__name__}: {first}{notes}; {where}. Please report it, "
        "with the output of `rewarm --version`",
        err=True,
    )
    return _UNEXPECTED
