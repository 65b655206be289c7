"""Small corpora for the tests of `trim`: tables as `clean` and `dedupe` write them, and texts."""

import random
from pathlib import Path
from typing import Any

from shards import read_documents, write_documents, write_keep

from rewarm.corpus.tables import documents
from rewarm.data.trim import step
from rewarm.engine.work import Work
from rewarm.recipe import Trim

HAN = [chr(code) for code in range(0x4E00, 0x5200)]
LATIN = [f"w{number:03}" for number in range(900)]


def sentences(seed: str, number: int, length: int = 20) -> list[str]:
    """Random sentences of a language ("en…" or "zh…"), each of about `length` words or characters."""
    rng = random.Random(seed)
    made = []
    for _ in range(number):
        size = rng.randint(length - 5, length + 5)
        if seed.startswith("en"):
            words = rng.choices(LATIN, k=size)
            made.append(" ".join(words).capitalize() + ".")
        else:
            made.append("".join(rng.choices(HAN, k=size)) + "。")
    return made


def paragraph(seed: str, number: int = 8, length: int = 20) -> str:
    return (" " if seed.startswith("en") else "").join(sentences(seed, number, length))


def row(name: str, *parts: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "text": "\n\n".join(parts), **more}


def prepared(folder: Path, shards: list[list[dict[str, Any]]], **changes: Any) -> Work:
    for table in ("phrases/documents", "dedupe/keep", "out"):
        (folder / table).mkdir(parents=True)
    for number, rows in enumerate(shards):
        write_documents(folder / "phrases/documents", rows, number)
        write_keep(folder / "dedupe/keep", rows, number)
    sources = changes.pop("sources", ["s", "t"])
    config = {"trim": Trim(**changes).model_dump(mode="json"), "sources": sources}
    return Work("trim", folder / "out", config, tables={
        "documents": [folder / "phrases/documents"], "keep": [folder / "dedupe/keep"],
    })  # fmt: skip


def trimmed(
    folder: Path, shards: list[list[dict[str, Any]]], **changes: Any
) -> tuple[dict[str, int], dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Counts, documents by id, ledger."""
    work = prepared(folder, shards, **changes)
    counts = step.run(work)
    read = {table: list(documents.rows(work.folder / table)) for table in ("keep", "ledger")}
    read["documents"] = read_documents(work.folder / "documents")
    assert [row["id"] for row in read["keep"]] == [row["id"] for row in read["documents"]]
    return counts, {row["id"]: row for row in read["documents"]}, read["ledger"]
