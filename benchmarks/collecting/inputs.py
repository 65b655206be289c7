"""What is collected: one large JSON lines file, and a folder of many small text files.

Texts are those of `support/corpora.py`, again and again with another number each time; at the smoke size
Python's own library, which needs no network.
"""

import sysconfig
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import orjson
from support import corpora
from support.smoke import SMOKE

_SOURCES = ("statutes", "encyclopedia", "countries", "manuals")
_SAMPLE_MB = 15
_SMALL, _FILES_PER_FOLDER = 1500, 1000


def large_file(path: Path, size: float) -> Path:
    """JSON lines of about `size` bytes: text, number and address. What stands is used again."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".writing")
        with aside.open("wb") as out:
            for number, text in enumerate(cycle(_texts())):
                row = {"text": text, "number": number, "address": f"https://example.org/{number}"}
                out.write(orjson.dumps(row) + b"\n")
                if out.tell() >= size:
                    break
        aside.rename(path)
    return path


def small_files(folder: Path, number: int) -> Path:
    """So many .txt files of at most 1,500 characters, 1,000 a folder. What stands is used again."""
    if not (folder / "done").exists():
        for at, text in zip(range(number), cycle(_texts()), strict=False):
            below = folder / "files" / f"{at // _FILES_PER_FOLDER:04}"
            if at % _FILES_PER_FOLDER == 0:
                below.mkdir(parents=True, exist_ok=True)
            (below / f"{at:07}.txt").write_text(f"{at}\n{text[:_SMALL]}", encoding="utf-8")
        (folder / "done").touch()
    return folder / "files"


def _texts() -> list[str]:
    found = list(_library()) if SMOKE else [t for name in _SOURCES for t in corpora.sample(name, _SAMPLE_MB)]
    return [text.encode("utf-8", "replace").decode() for text in found]


def _library() -> Iterator[str]:
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        yield path.read_text(errors="replace")[:20_000]
