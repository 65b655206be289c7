"""What differs between two configurations of a step: values of the recipe, inputs, files of code."""

from dataclasses import dataclass
from typing import Any

_SHOWN = 24  # characters of a value
_NAMED = 4  # values or files named on one line


@dataclass(frozen=True)
class Changes:
    """config: (dotted key, before, now); inputs: names; code: files of rewarm; empty when equal."""

    config: list[tuple[str, Any, Any]]
    inputs: list[str]
    code: list[str]

    def __bool__(self) -> bool:
        return bool(self.config or self.inputs or self.code)

    def lines(self) -> list[str]:
        """Every change, one a line."""
        return [
            *(f"recipe  {name}: {_value(old)} → {_value(now)}" for name, old, now in self.config),
            *(f"input   {name}" for name in self.inputs),
            *([f"code    {_listed(self.code)}"] if self.code else []),
        ]

    def short(self) -> str:
        """The first kind of change, on one line: what an input's change did is not told beside the cause."""
        if self.config:
            values = [f"{name} ({_short(old)} → {_short(now)})" for name, old, now in self.config]
            return f"config changed: {_listed(values)}"
        if self.inputs:
            return f"input changed: {', '.join(self.inputs)}"
        return f"rewarm's code of this step changed: {_listed(self.code)}" if self.code else ""


def between(before: dict[str, Any], now: dict[str, Any]) -> Changes:
    """before, now: `config` (flat), `inputs` (name → content) and `code` (file → hash) of a step.

    Inputs that `now` lacks are not compared: they are not known before the steps that make them ran.
    """
    old, new = before["config"], now["config"]
    config = [
        (name, old.get(name, "absent"), new.get(name, "absent"))
        for name in sorted(old.keys() | new.keys())
        if old.get(name, "absent") != new.get(name, "absent")
    ]
    inputs = [name for name, value in now["inputs"].items() if before["inputs"].get(name) != value]
    return Changes(config, inputs, _files(before["code"], now["code"]))


def _files(old: Any, new: dict[str, str]) -> list[str]:
    if not isinstance(old, dict):  # Written by a version that kept one hash for all files.
        return ["the earlier version recorded neither its files nor the recipe's values"]
    return [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(items[:_NAMED]) + more


def _value(value: Any) -> str:
    return "none" if value is None else str(value)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "…"
