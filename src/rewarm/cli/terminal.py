"""What commands share: options, and lines that are safe for a terminal."""

import json
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import category

import click

if TYPE_CHECKING:
    from rewarm.doctor.gpu.row import Row
    from rewarm.pipeline.run_directory import Pruned
    from rewarm.pipeline.running import Outcome

FILE = click.Path(path_type=Path)
JSON = click.option("--json", "as_json", is_flag=True)
# Raised when a name or meaning in the JSON of any command changes; additions leave it.
JSON_FORMAT = 1


def _overrides(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
    """`KEY=VALUE` as {dotted key: value}, each value read as YAML."""
    import yaml

    found: dict[str, Any] = {}
    for entry in given:
        key, sign, value = entry.partition("=")
        if not sign or not key.strip():
            raise click.BadParameter(f"{entry!r} is not KEY=VALUE, as in stages.adapt.tokens=2M")
        try:
            found[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise click.BadParameter(f"{entry!r}: {value!r} is not a YAML value; quote it") from None
    return found


SET = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_overrides,
    help="Replace a value of the recipe, as in --set stages.adapt.tokens=2M. Repeatable.",
)


def say(lines: Iterable[str]) -> None:
    """Print lines of our own."""
    for line in lines:
        click.echo(line)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line. `format` is first, unless the value is of a file with its own.

    JSON has no NaN and no infinity: what is not finite becomes null.
    """
    found = {"format": JSON_FORMAT, **value}
    try:
        text = json.dumps(found, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(found), ensure_ascii=False, allow_nan=False)
    click.echo(text)


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def lines_or_json(
    lines: Callable[[], Iterable[str]], value: Callable[[], Mapping[str, Any]], as_json: bool
) -> None:
    """Print what a command found: one JSON object, or lines with texts of documents made safe."""
    if as_json:
        print_json(value())
    else:
        say(map(safe, lines()))


def quarantined(outcomes: list[dict[str, Any]]) -> list[str]:
    """The shards that steps went on without, each once."""
    lost = {(outcome["folder"], row["shard"]): (outcome, row)
            for outcome in outcomes for row in outcome["quarantined"]}  # fmt: skip
    lines = []
    for step, row in lost.values():
        count = "documents unknown" if row["documents"] is None else f"{row['documents']:,} documents"
        lines.append(
            safe(
                f"quarantined {step['step']} shard {row['shard']} ({count}; {', '.join(row['files'][:3])}) "
                f"after {row['tries']} tries: {row['reason']}"
            )
        )
    return lines


class Teller:
    """Prints a line for each step of a run as soon as it ends, to stderr where stdout is for JSON."""

    def __init__(self, *, to_stderr: bool) -> None:
        self._to_stderr = to_stderr
        self._outcomes: list[dict[str, Any]] = []

    def __call__(self, variant: str, found: "Outcome") -> None:
        self._outcomes.append(found.plain(variant))
        click.echo(found.line(variant), err=self._to_stderr)

    def end(self, run: Path) -> None:
        """Print the JSON object of a run that ended here, where lines went to stderr for it."""
        if self._to_stderr:
            print_json({"run": str(run), "steps": self._outcomes})


def gpu_row(row: "Row") -> str:
    """A line of `doctor --gpu`, and its remedy where it failed."""
    met = {True: "ok", False: "FAILS", None: ""}[row.ok]
    remedy = f"\n{'':<26}{row.remedy}" if row.ok is False and row.remedy else ""
    return f"{met:<6}{row.name:<20}{row.seen}{remedy}"


def pruned(found: "Pruned", *, dry: bool) -> list[str]:
    """A directory of `prune`: removed, kept and why, or why it could not be removed."""
    act = "kept" if found.kept else "not removed" if found.failed else "would remove" if dry else "removed"
    why = found.kept or found.failed
    return [f"{act:<13}{found.bytes / 1e6:>10,.1f} MB  {found.folder}{f'   {why}' if why else ''}"]


def safe(text: str) -> str:
    """Documents come from anywhere: no control sequence of theirs reaches the terminal.

    Tabs (leaders in a table of contents) and the spaces of Unicode stay; `isprintable` is false for them.
    """
    return "".join(
        char if char.isprintable() or char in "\n\t" or category(char) == "Zs" else "\ufffd" for char in text
    )
