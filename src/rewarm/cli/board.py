"""Commands that show runs while they train: board, report, watch."""

from contextlib import suppress
from pathlib import Path

import click

from rewarm.cli.status import status
from rewarm.cli.terminal import FILE, say


@click.command()
@click.argument("folder", metavar="DIR", type=FILE, default="runs")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port. Default: any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--socket", type=FILE, help="Listen on this Unix socket, mode 0600, instead of a port.")
@click.option(
    "--allow-host", "hosts", multiple=True, metavar="NAME",
    help="Also accept this name in the Host header, as a proxy sends it. Repeatable.",
)  # fmt: skip
def board(folder: Path, port: int, host: str, socket: Path | None, hosts: tuple[str, ...]) -> None:
    """Show all runs under DIR on a live, read-only page, until Ctrl-C."""
    from rewarm.board import serve

    with serve.opened(folder, host, port, socket, hosts) as (server, lines):
        say(lines)
        with suppress(KeyboardInterrupt):
            server.serve_forever()


@click.command()
@click.argument("run", type=FILE)
@click.option("--every", type=click.FloatRange(1), metavar="SECONDS", help="Write the page again and again.")
def report(run: Path, every: float | None) -> None:
    """Write the report of RUN, finished or training, as one HTML file."""
    from rewarm.report import live

    with suppress(KeyboardInterrupt):
        for path in live.render(run, every):
            click.echo(f"report    {path}")


@click.command()
@click.argument("run", type=FILE)
@click.option("--every", type=click.FloatRange(0.1), default=2, show_default=True, metavar="SECONDS")
@click.pass_context
def watch(context: click.Context, run: Path, every: float) -> None:
    """Follow RUN in the terminal until it has ended: `rewarm status RUN --watch SECONDS`."""
    with suppress(KeyboardInterrupt):
        context.invoke(status, folder=run, watch=every, as_json=False)


COMMANDS = (board, report, watch)
