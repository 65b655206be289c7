"""No regular expression backtracks: whatever the text, time grows with its length.

All patterns of rewarm that meet documents are found: compiled ones in modules, and literal ones in calls of
`re`. Each is run over texts pumped from its own parts, the way that backtracking is provoked: what an
unbounded repeat matches, many times, after what leads to it, and an end that does not match.
"""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rewarm

try:
    from re import _parser as parser
except ImportError:
    import sre_parse as parser

_ROOT = Path(rewarm.__file__).parent
_SHORT, _LONG = 6_000, 24_000
# A repeat of fewer times costs at most so many times more, at any length.
_BOUNDED = 128
# Read from a recipe or a model, never from a document.
_TRUSTED = {"corpus/io/globs.py", "starter/__init__.py", "recipe/part.py"}
# Called on a value that was found, which its own pattern bounds.
_VALUES = {"data/redact/surrogates.py", "data/redact/surrogate_names.py"}
# Start of a pattern → characters that it is ever given: what is left of an anchor; a value of at most 256.
_WINDOWS = {".*(?:地址": 60, "[A-Za-z_.]{3,}[-_.]?[0-9.]{1,3}": 256}
_PARTS = ("corpus", "data", "inspect", "parse", "pii", "report", "runs", "text")


def _patterns() -> dict[tuple[str, str], re.Pattern[str]]:
    found: dict[tuple[str, str], re.Pattern[str]] = {}
    for part in _PARTS:
        package = importlib.import_module(f"rewarm.{part}")
        for info in pkgutil.walk_packages(package.__path__, f"rewarm.{part}."):
            module = importlib.import_module(info.name)
            file = Path(str(module.__file__)).relative_to(_ROOT).as_posix()
            if file in _TRUSTED | _VALUES:
                continue
            for value in vars(module).values():
                for item in value if isinstance(value, list | tuple) else [value]:
                    if isinstance(item, re.Pattern):
                        found[file, _text(item.pattern)] = _of_text(item)
            for node in ast.walk(ast.parse((_ROOT / file).read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "re"
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    found[file, _text(node.args[0].value)] = re.compile(_text(node.args[0].value))
    return found


def _text(pattern: str | bytes) -> str:
    return pattern if isinstance(pattern, str) else pattern.decode("latin-1")


def _of_text(pattern: re.Pattern[Any]) -> re.Pattern[str]:
    """The same for patterns of bytes: they backtrack alike."""
    if isinstance(pattern.pattern, str):
        return pattern
    return re.compile(_text(pattern.pattern), pattern.flags & ~re.UNICODE | re.ASCII)


_FOUND = _patterns()


def _sample(node: Any) -> str:
    """A short text that a part of a pattern matches, as good as any."""
    kind, value = str(node[0]), node[1]
    if kind == "LITERAL":
        return chr(value)
    if kind == "NOT_LITERAL":
        return "a" if value != ord("a") else "b"
    if kind == "ANY":
        return "a"
    if kind == "IN":
        return _one_of(value)
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return "".join(map(_sample, value[2])) * max(value[0], 1)
    if kind == "SUBPATTERN":
        return "".join(map(_sample, value[3]))
    if kind == "ATOMIC_GROUP":
        return "".join(map(_sample, value))
    if kind == "BRANCH":
        return "".join(map(_sample, value[1][0]))
    return ""


def _one_of(items: list[Any]) -> str:
    for kind, value in ((str(item[0]), item[1]) for item in items):
        if kind == "LITERAL" and str(items[0][0]) != "NEGATE":
            return chr(value)
        if kind == "RANGE" and str(items[0][0]) != "NEGATE":
            return chr(value[0])
        if kind == "CATEGORY":
            return {"DIGIT": "1", "SPACE": " ", "WORD": "a"}.get(str(value).rsplit("_", 1)[-1], "!")
    return next(
        letter for letter in "a0 -中" if letter not in {chr(v) for k, v in items if str(k) == "LITERAL"}
    )


def _pumps(tree: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """(what leads to a repeat, what it repeats), for every long repeat at any depth."""
    for node in tree:
        kind, value = str(node[0]), node[1]
        if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            if value[1] > _BOUNDED:
                yield before, "".join(map(_sample, value[2]))
            yield from _pumps(value[2], before)
        elif kind == "SUBPATTERN":
            yield from _pumps(value[3], before)
        elif kind == "ATOMIC_GROUP":
            yield from _pumps(value, before)
        elif kind == "BRANCH":
            for branch in value[1]:
                yield from _pumps(branch, before)
        before = (before + _sample(node))[-200:]


def _bombs(pattern: re.Pattern[str]) -> set[tuple[str, str]]:
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    whole = "".join(map(_sample, tree))
    found = {("", pump) for _, pump in _pumps(tree)} | set(_pumps(tree))
    found |= {("", lead + pump) for lead, pump in _pumps(tree)} | {("", whole), ("", whole[:-1])}
    return {(lead, pump) for lead, pump in found if pump}


def _seconds(pattern: re.Pattern[str], text: str) -> float:
    began = time.thread_time()
    for _ in pattern.finditer(text):
        pass
    return time.thread_time() - began


def test_patterns_are_found() -> None:
    assert len(_FOUND) > 90
    assert ("", "a") in _bombs(re.compile(r"(a+)+$"))


@pytest.mark.parametrize("quadratic", [r" *\n", r"(?:a|b)*c", r"[^x]+x"])
def test_a_quadratic_pattern_would_be_seen(quadratic: str) -> None:
    assert _grows(re.compile(quadratic))


@pytest.mark.parametrize(("file", "pattern"), sorted(_FOUND), ids=lambda part: re.sub(r"\W+", "-", part)[:40])
def test_time_grows_with_length(file: str, pattern: str) -> None:
    compiled = _FOUND[file, pattern]
    window = next((chars for start, chars in _WINDOWS.items() if pattern.startswith(start)), None)
    if window is None:
        assert not _grows(compiled), f"{file}: {pattern}"
    else:
        texts = [(lead + pump * window)[:window] for lead, pump in _bombs(compiled)]
        assert max(_seconds(compiled, text) for text in texts) < 0.02, f"{file}: {pattern}"


def _grows(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """The bombs that take more than 0.1 s for 24 kB and eight times what a quarter of it takes."""
    bad = []
    for lead, pump in sorted(_bombs(pattern)):
        for end in ("", "\0!"):
            long = (lead + pump * (_LONG // len(pump)) + end)[:_LONG]
            if (slow := _seconds(pattern, long)) > 0.1 and slow > 8 * _seconds(pattern, long[:_SHORT] + end):
                bad.append((lead, pump))
    return bad
