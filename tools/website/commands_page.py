"""The reference page of the command line: every command with its arguments and options."""

import sys
from collections.abc import Iterator

import click

from rewarm.cli.main import cli

INTRODUCTION = """# Command line

Every command with its options, from the code; [Commands](../commands.md) is an overview with the exit codes.
Results go to stdout, progress to stderr. `--json` prints one JSON object.
"""


def page() -> str:
    """The page in Markdown."""
    lines = [INTRODUCTION]
    for name, command in sorted(cli.commands.items()):
        lines += _command(f"rewarm {name}", command, 2)
    return "\n".join(lines) + "\n"


def _command(name: str, command: click.Command, depth: int) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    yield f"\n{'#' * depth} {name}\n"
    if not isinstance(command, click.Group):
        pieces = " ".join(command.collect_usage_pieces(context))
        yield f"```text\n{name} {pieces}\n```\n"
    if command.help:
        yield "\n\n".join(" ".join(part.split()) for part in _escaped(command.help).split("\n\n")) + "\n"
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    if options:
        yield "| option | value | default | |"
        yield "|---|---|---|---|"
    for option in options:
        names = ", ".join(f"`{one}`" for one in [*option.opts, *option.secondary_opts])
        cells = (names, _value(option, context), _default(option), _escaped(option.help or _usual(option)))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    if isinstance(command, click.Group):
        for part, inner in sorted(command.commands.items()):
            yield from _command(f"{name} {part}", inner, depth + 1)


def _value(option: click.Option, context: click.Context) -> str:
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        return ", ".join(f"`{one}`" for one in option.type.choices)
    return f"`{option.make_metavar(context)}`" + (", repeatable" if option.multiple else "")


def _default(option: click.Option) -> str:
    if option.required:
        return "required"
    shown = option.default if isinstance(option.default, str | int | float) else None
    return "" if option.is_flag or shown is None or shown == "" else f"`{shown}`"


def _usual(option: click.Option) -> str:
    """What options without a help text mean in every command that has them."""
    return {"--json": "Print one JSON object instead of lines.", "--seed": "Seed of everything drawn."}.get(
        option.opts[0], ""
    )


def _escaped(text: str) -> str:
    return (
        text.replace("\b", "")
        .replace("<", "&lt;")
        .replace("[", "\\[")
        .replace("*", "\\*")
        .replace("_", "\\_")
    )


if __name__ == "__main__":
    sys.stdout.write(page())
