"""Corpora with planted benchmark items, Chinese and English, and the step run on them."""

import json
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from shards import write_documents, write_keep

from rewarm.corpus.benchmarks import files as benchmark_files
from rewarm.corpus.tables import documents
from rewarm.data.decontaminate import step
from rewarm.engine.work import Work
from rewarm.recipe import Decontaminate

HAN = [chr(code) for code in range(0x4E00, 0x5200)]
LATIN = [f"w{number:03}" for number in range(900)]
TEMPLATE = {
    "zh": "根据上述材料和有关规定，下列关于{}的说法中哪一项是正确的？请从四个选项中选出一个。",
    "en": "According to the passage above, which one of these statements about {} is the best answer?",
}


def words(seed: str, number: int) -> list[str]:
    """`seed` begins with the language."""
    rng = random.Random(seed)
    return rng.choices(HAN if seed.startswith("zh") else LATIN, k=number)


def joined(language: str, tokens: list[str]) -> str:
    return ("" if language == "zh" else " ").join(tokens)


def edited(language: str, text: str, share: float, seed: int = 0) -> str:
    """The text with this share of its tokens replaced."""
    rng = random.Random(f"{text[:30]}{seed}")
    tokens = list(text) if language == "zh" else text.split(" ")
    for place in rng.sample(range(len(tokens)), round(share * len(tokens))):
        tokens[place] = rng.choice(HAN if language == "zh" else LATIN)
    return joined(language, tokens)


def item(language: str, number: int, length: int = 60) -> dict[str, Any]:
    seed = f"{language}-item{number}"
    question = joined(language, words(seed, length)) + ("？" if language == "zh" else "?")
    choices = [joined(language, words(f"{seed}-{option}", 6)) for option in range(4)]
    return {"id": f"q{number}", "question": question, "choices": choices, "answer": choices[0]}


def around(language: str, number: int, text: str, length: int = 80) -> str:
    """A document with the text in its middle."""
    before, after = (joined(language, words(f"{language}-{side}{number}", length)) for side in ("b", "a"))
    return f"{before}\n{text}\n{after}"


def decontaminate(
    folder: Path,
    shards: list[list[dict[str, Any]]],
    benchmark: list[dict[str, Any]],
    **changes: Any,
) -> tuple[dict[str, int], dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Counts, ledger by id, keep by id."""
    work = prepared(folder, shards, benchmark, **changes)
    counts = step.run(work)
    ledger, keep = (
        {row["id"]: row for shard in documents.shards(work.folder / table)
         for row in pq.read_table(shard).to_pylist()}
        for table in ("ledger", "keep")
    )  # fmt: skip
    assert list(keep) == [row["id"] for shard in shards for row in shard]
    return counts, ledger, keep


def prepared(
    folder: Path, shards: list[list[dict[str, Any]]], benchmark: list[dict[str, Any]], **changes: Any
) -> Work:
    for table in ("trim/documents", "trim/keep", "out"):
        (folder / table).mkdir(parents=True)
    for number, rows in enumerate(shards):
        write_documents(folder / "trim/documents", rows, number)
        write_keep(folder / "trim/keep", rows, number)
    named = []
    if benchmark:
        path = folder / "exam.jsonl"
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in benchmark), encoding="utf-8")
        named = [{"name": "exam", "path": str(path), "id": "id"}]
    config = Decontaminate.model_validate({"benchmarks": named, **changes}).model_dump(mode="json")
    found = benchmark_files.find(config["benchmarks"])
    settings = {**config, "benchmarks": [one.identity for one in found]}
    return Work(
        "decontaminate",
        folder / "out",
        {"decontaminate": settings, "files": [one.files for one in found]},
        tables={"documents": [folder / "trim/documents"], "keep": [folder / "trim/keep"]},
    )
