"""The code that a step depends on: the static import closure of its module, within this package.

Imports inside functions count, those under `if TYPE_CHECKING:` do not. Import statements are read by a
pattern and not by `ast`, since parsing the package takes a second and the pattern 10 ms; a test holds both
equal for every module. Data files beside a module (word lists, templates) count with it. A package's
`__init__.py` counts where it holds more than a docstring, except for the root's, which users import and no
step does. Only `pipeline/` and `trackers/` import modules by a computed name (ruff TID251), so no dependency
is missed.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

# Neither counted nor followed. `engine/` runs units of work and publishes what they wrote; the values that
# `recipe/` reads are in the key; `trackers/` only read the log. The single modules cannot change a byte of a
# step's output: words for the terminal, how processes find each other, how old checkpoints are removed, what
# is noted beside the result.
NOT_FOLLOWED = (
    "engine",
    "recipe",
    "errors.py",
    "trackers",
    "train/distributed/rendezvous.py",
    "corpus/tables/incident_words.py",
    "train/removal.py",
    "train/sessions.py",
)

_TYPE_CHECKING = re.compile(
    r"^([ \t]*)if (?:typing\.)?TYPE_CHECKING:[^\n]*\n(?:\1[ \t]+[^\n]*\n|[ \t]*\n)+", re.M
)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<origin>[\w.]+)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n(]+)"
    r"|import[ \t]+(?P<modules>[^\n]+))",
    re.M,
)
_COMMENT = re.compile(r"#[^\n]*")
_ONLY_DOCSTRING = re.compile(r'\s*(?:"""(?:[^"]|"(?!""))*""")?\s*')


def code(module: str) -> dict[str, str]:
    """File → hash for all files of rewarm that `module` depends on, sorted; {} for a module outside it."""
    return _package(PACKAGE).closure(module)


@cache
def _package(root: Path) -> "Package":
    return Package(root)


class Package:
    """The files of a package as they are when first read. root: its folder; paths are posix, below it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._contents: dict[str, bytes] = {}
        self._imported: dict[str, set[str]] = {}
        self._digests: dict[str, str] = {}
        self._ran: dict[str, set[str]] = {}

    @cached_property
    def _files(self) -> dict[str, list[str]]:
        """Folder → names of its files."""
        found = {}
        for path, below, names in os.walk(self.root):
            below[:] = [name for name in below if name != "__pycache__" and not name.startswith(".")]
            folder = os.path.relpath(path, self.root).replace(os.sep, "/")
            found["" if folder == "." else folder] = [name for name in names if not name.startswith(".")]
        return found

    @cached_property
    def modules(self) -> dict[str, str]:
        """Dotted name → file, for all modules and packages but the root."""
        found = {}
        for folder, names in self._files.items():
            for name in names:
                if name.endswith(".py"):
                    parts = [*_parts(folder), *([] if name == "__init__.py" else [name[:-3]])]
                    found[".".join([self.root.name, *parts])] = "/".join([*_parts(folder), name])
        found.pop(self.root.name, None)  # Read lazily by users, not by steps.
        return found

    @cached_property
    def _data(self) -> dict[str, list[str]]:
        """Folder of modules → files that are no modules, there and below it in folders without modules."""
        found: dict[str, list[str]] = {}
        for folder, names in self._files.items():
            beside = folder
            while beside and not any(name.endswith(".py") for name in self._files[beside]):
                beside = beside.rpartition("/")[0]
            found.setdefault(beside, []).extend(
                "/".join([*_parts(folder), name]) for name in names if not name.endswith((".py", ".pyc"))
            )
        return found

    def closure(self, module: str) -> dict[str, str]:
        """File → hash, for the module, what it imports, directly or not, and the data files beside these."""
        waiting = sorted(self._run_by(module))
        found: set[str] = set()
        while waiting:
            file = waiting.pop()
            if file in found or any(file == one or file.startswith(f"{one}/") for one in NOT_FOLLOWED):
                continue
            found.add(file)
            waiting += self.imported(file)
        counted = {file for file in found if not (file.endswith("/__init__.py") and self._bare(file))}
        for folder in {file.rpartition("/")[0] for file in counted}:
            counted.update(self._data.get(folder, ()))
        return {file: self._digest(file) for file in sorted(counted)}

    def imported(self, file: str) -> set[str]:
        """Files that importing a file's imports runs first."""
        if file not in self._imported:
            names = set(imports(self._read(file).decode(), self.root.name))
            self._imported[file] = set().union(*(self._run_by(name) for name in names))
        return self._imported[file]

    def _run_by(self, name: str) -> set[str]:
        """The module of this name and the packages around it; a name inside a module gives the module."""
        if name not in self._ran:
            around, _, _ = name.rpartition(".")
            own = {self.modules[name]} if name in self.modules else set()
            self._ran[name] = (self._run_by(around) | own) if around else own
        return self._ran[name]

    def _bare(self, file: str) -> bool:
        return bool(_ONLY_DOCSTRING.fullmatch(self._read(file).decode()))

    def _read(self, file: str) -> bytes:
        if file not in self._contents:
            self._contents[file] = (self.root / file).read_bytes()
        return self._contents[file]

    def _digest(self, file: str) -> str:
        if file not in self._digests:
            self._digests[file] = hashlib.sha256(self._read(file)).hexdigest()[:16]
        return self._digests[file]


def _parts(folder: str) -> list[str]:
    return folder.split("/") if folder else []


def imports(text: str, package: str) -> Iterator[str]:
    """Dotted names below `package` that a module's text imports; `from a import b` gives a and a.b."""
    if "TYPE_CHECKING" in text:
        text = _TYPE_CHECKING.sub("", text)
    for match in _IMPORT.finditer(text):
        origin = match["origin"]
        if origin is None:
            for part in match["modules"].split(","):
                name = part.split()[0] if part.split() else ""
                if name == package or name.startswith(f"{package}."):
                    yield name
        elif origin == package or origin.startswith(f"{package}."):
            yield origin
            listed = match["names"]
            if "#" in listed:
                listed = _COMMENT.sub("", listed)
            for part in listed.strip("() \n").split(","):
                if part.split():
                    yield f"{origin}.{part.split()[0]}"
