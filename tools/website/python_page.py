"""The reference page of the Python API: signatures and docstrings of what `rewarm` exports."""

import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from inspect import getdoc, getmembers, isfunction, signature

import rewarm
from rewarm.runs import history
from rewarm.runs.run import Run

INTRODUCTION = """# Python

What `import rewarm` exports, from the code; [Python API](../api.md) explains it with examples.
"""


def page() -> str:
    """The page in Markdown."""
    lines = [INTRODUCTION]
    for name in rewarm.__all__:
        found = getattr(rewarm, name)
        if isfunction(found):
            lines += _entry(f"rewarm.{name}", f"rewarm.{name}{signature(found)}", getdoc(found), 2)
        elif found is not Run:
            lines += _entry(f"rewarm.{name}", f"rewarm.{name}", getdoc(found), 2)
    lines += _entry("rewarm.Run", "rewarm.Run(path: str | Path)", getdoc(Run), 2)
    for name, member in getmembers(Run):
        if not name.startswith("_"):
            shown = f"Run.{name}{signature(member) if isfunction(member) else ''}".replace("(self, ", "(")
            lines += _entry(f"Run.{name}", shown.replace("(self)", "()"), getdoc(member), 3)
    for kind in (history.History, history.Decision, history.Use, history.TrainedOn, history.Part):
        assert is_dataclass(kind)
        lines += _entry(kind.__name__, ", ".join(kind.__dataclass_fields__), getdoc(kind), 3)
    return "\n".join(lines) + "\n"


def _entry(title: str, code: str, text: str | None, depth: int) -> Iterator[str]:
    yield f"\n{'#' * depth} {title}\n"
    yield f"```python\n{code}\n```\n"
    # Docstrings are laid out in columns, so they are shown as they are written.
    yield f"```text\n{text or ''}\n```"


if __name__ == "__main__":
    sys.stdout.write(page())
