"""What differs between two configurations of a step: values of the recipe, inputs, code, libraries."""

from dataclasses import dataclass
from typing import Any

_SHOWN = 24  # characters of a value
_NAMED = 4  # values or files named on one line


@dataclass(frozen=True)
class Changes:
    """config, libraries: (dotted key or name, before, now); inputs: names; code: files of rewarm; all are
    empty when equal."""

    config: list[tuple[str, Any, Any]]
    inputs: list[str]
    code: list[str]
    libraries: list[tuple[str, str, str]]

    def __bool__(self) -> bool:
        return bool(self.config or self.inputs or self.code or self.libraries)

    def lines(self) -> list[str]:
        """Every change, one a line."""
        return [
            *(f"recipe  {name}: {_value(old)} → {_value(now)}" for name, old, now in self.config),
            *(f"input   {name}" for name in self.inputs),
            *([f"code    {_listed(self.code)}"] if self.code else []),
            *(f"library {name}: {old} → {now}" for name, old, now in self.libraries),
        ]

    def short(self) -> str:
        """The first kind of change, on one line: what an input's change did is not told beside the cause."""
        if self.config:
            values = [f"{name} ({_short(old)} → {_short(now)})" for name, old, now in self.config]
            return f"config changed: {_listed(values)}"
        if self.inputs:
            return f"input changed: {', '.join(self.inputs)}"
        if self.code:
            return f"rewarm's code of this step changed: {_listed(self.code)}"
        versions = [f"{name} ({old} → {now})" for name, old, now in self.libraries]
        return f"library changed: {_listed(versions)}" if versions else ""


def between(before: dict[str, Any], now: dict[str, Any]) -> Changes:
    """before, now: `config` (flat), `inputs` (name → content), `code` (file → hash) and `libraries` (name →
    version) of a step.

    Inputs that `now` lacks are not compared: they are not known before the steps that make them ran.
    """
    config = _values(before["config"], now["config"])
    libraries = _values(before.get("libraries", {}), now["libraries"])
    inputs = [name for name, value in now["inputs"].items() if before["inputs"].get(name) != value]
    return Changes(config, inputs, _files(before["code"], now["code"]), libraries)


def _values(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    return [
        (name, old.get(name, "absent"), new.get(name, "absent"))
        for name in sorted(old.keys() | new.keys())
        if old.get(name, "absent") != new.get(name, "absent")
    ]


def _files(old: object, new: dict[str, str]) -> list[str]:
    if not isinstance(old, dict):  # Written by a version that kept one hash for all files.
        return ["the earlier version recorded neither its files nor the recipe's values"]
    return [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(items[:_NAMED]) + more


def _value(value: object) -> str:
    return "none" if value is None else str(value)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "…"
