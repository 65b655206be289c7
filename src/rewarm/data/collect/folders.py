"""The files below a folder that are data.

Hidden files and folders (.git, .DS_Store) are not data. Symbolic links that lead out of the folder are
named, but read only where the recipe says so. A run of rewarm below the folder is not data: training would
read its outputs and the documents that it holds out. A recipe is not data either. It often lies beside the
texts that it names; if it were one of the source's files, any changed setting would repeat `collect`.
"""

import os
import re
import sys
from pathlib import Path

_YAML = (".yaml", ".yml")
_HEAD = 2**16
_told: set[tuple[str, Path]] = set()
_KEYS = [re.compile(rb"^%s:" % key, re.MULTILINE) for key in (b"model", b"sources", b"stages")]


def walk(root: Path, source: str, depth: int | None = None, *, follow: bool) -> tuple[list[str], list[str]]:
    """Names of the files below a folder, `depth` folders down, linked folders once; and, unless `follow`,
    of the links to files and folders outside of it. Both sorted. Says once which recipes and runs it leaves
    out of `source`."""
    seen, files, outside = set(), [], []
    own: list[str] = []
    base = os.path.realpath(root)

    def leads_out(path: str) -> bool:
        real = os.path.realpath(path)
        inside = real == base or real.startswith(f"{base}{os.sep}")
        # A dangling link leads nowhere: it is data that is missing.
        return not follow and not inside and os.path.islink(path) and os.path.exists(path)

    for folder, below, names in os.walk(root, followlinks=True):
        inside = Path(folder).relative_to(root)
        real = os.path.realpath(folder)
        if real in seen or (depth is not None and len(inside.parts) >= depth):
            below.clear()
        if real in seen:
            continue
        seen.add(real)
        if inside.parts and _is_run(below, names):
            own.append(f"{inside.as_posix()}/")
            below.clear()
            continue
        away = {
            name for name in [*below, *names] if name[:1] != "." and leads_out(os.path.join(folder, name))
        }
        outside += [(inside / name).as_posix() for name in away]
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in away)
        for name in names:
            path = Path(folder, name)
            if name.startswith(".") or name in away:
                continue
            if name.lower().endswith(_YAML) and _is_recipe(path):
                own.append((inside / name).as_posix())
            # Pipes and sockets are no data.
            elif path.is_file() or not path.exists():
                files.append((inside / name).as_posix())
    if own:
        _tell(source, root, [stable(name) for name in sorted(own)])
    return sorted(files), sorted(outside)


def stable(name: str) -> str:
    """A name that is not UTF-8 on disk, with its other bytes as \\xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_run(below: list[str], names: list[str]) -> bool:
    """Whether a folder with these folders and files is a run's."""
    return "steps" in below and ".lock" in names


def _is_recipe(path: Path) -> bool:
    """Whether a YAML file has the keys that every recipe has."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return False
    return all(key.search(head) for key in _KEYS)


def _tell(source: str, root: Path, own: list[str]) -> None:
    """Once a process, however often the folder is listed, also when the run's own folder has appeared."""
    if (source, root) in _told:
        return
    _told.add((source, root))
    shown = ", ".join(own[:5]) + (f" and {len(own) - 5:,} more" if len(own) > 5 else "")
    print(f"sources.{source}: not read, since they are recipes and runs of rewarm: {shown}", file=sys.stderr)
