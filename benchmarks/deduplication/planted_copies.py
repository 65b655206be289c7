"""A corpus of real text with planted copies, for benchmarks/dedupe.py.

Real documents (every corpus of `support/corpora.py`) are cut at lines into originals of a
given length. Each gets copies with a share of tokens (English words, Chinese characters) replaced by
others of the corpus: one with 1 or 2 % as a duplicate to be found, the others with 5 to 40 % as
documents that are close, but not copies; more of the latter until the corpus is large enough.
The truth is counted here on sets of 5-grams of strings, with no code of the project.
"""

import hashlib
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from support import corpora

_PIECE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+|[\W_]+")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
SHARD_DOCUMENTS = 20_000
SCHEMA = pa.schema(
    [("id", pa.string()), ("text", pa.string()), ("source", pa.string()), ("origin", pa.string())]
)
TRUTH = pa.schema(
    [
        ("original", pa.string()),
        ("copy", pa.string()),
        ("language", pa.string()),
        ("share", pa.float64()),
        ("jaccard", pa.float64()),
    ]
)


def originals(length: int, most: float) -> list[tuple[str, str, str]]:
    """(source, language, text) of every distinct part of about `length` characters, of at most so many MB
    of each corpus."""
    found, seen = [], set()
    for name in corpora.NAMES:
        for text in corpora.sample(name, most):
            part: list[str] = []
            for row in [*text.split("\n"), None]:
                if row is not None:
                    part.append(row)
                if (row is None or sum(map(len, part)) >= length) and part:
                    whole = "\n".join(part)
                    chinese = len(_HAN.findall(whole)) > len(whole) / 5
                    if len(whole) >= length / 4 and whole not in seen:
                        seen.add(whole)
                        found.append((name, "zh" if chinese else "en", whole))
                    part = []
    return found


def grams(text: str) -> set[tuple[str, ...]]:
    """5-grams of lowercased words, each Han character or kana a word."""
    tokens = [piece for piece in _PIECE.findall(text.lower()) if piece[0].isalnum()]
    size = min(5, len(tokens))
    return (
        {tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1)} if tokens else set()
    )


def jaccard(one: set[Any], other: set[Any]) -> float:
    return len(one & other) / max(1, len(one | other))


def build(folder: Path, megabytes: float, length: int = 2400, documents: int | None = None) -> Path:
    """Write documents, attributes and split as the steps before `dedupe` do, and `truth.parquet`.

    Until `megabytes` of text, or a number of documents, are reached. What stands is used again.
    """
    if (folder / "truth.parquet").exists():
        return folder
    rng = random.Random(7)
    # Copies fill three quarters of a corpus at least.
    base = originals(length, max(0.3, megabytes / 4) if megabytes else 1e9)
    rng.shuffle(base)
    vocabulary = {
        language: [
            piece
            for _, kind, text in base[:4000]
            if kind == language
            for piece in _PIECE.findall(text)
            if piece[0].isalnum()
        ]
        for language in ("en", "zh")
    }
    out, truth = _Shards(folder), []
    for source, language, text, share, family in _plan(base, rng):
        content = text if share == 0 else _edited(text, share, vocabulary[language], rng)
        identity = out.add(source, content)
        if share == 0:
            family["id"], family["grams"] = identity, None
        else:
            if share < 0.3 and len(truth) < 60_000:
                family["grams"] = family["grams"] or grams(text)
                value = jaccard(family["grams"], grams(content))
                truth.append((family["id"], identity, language, share, value))
        if out.number >= documents if documents else out.bytes >= megabytes * 1e6:
            break
    out.flush()
    table = pa.table([list(column) for column in zip(*truth, strict=True)], schema=TRUTH)
    pq.write_table(table, folder / "truth.parquet")
    return folder


def templated(folder: Path, mb: float | None = None) -> Path:
    """The heavily templated corpora and the statutes as they are, nothing planted; so many MB of each."""
    if not (folder / "done").exists():
        out = _Shards(folder)
        names = ("cloud-api-zh", "cloud-api", "statutes", "medicine")
        for name in names if mb is None else ("statutes",):
            for text in corpora.sample(name, mb or 1e9) if name in corpora.NAMES else ():
                out.add(name, text)
        out.flush()
        (folder / "done").touch()
    return folder


def _plan(base: list[Any], rng: random.Random) -> Iterator[tuple[str, str, str, float, dict[str, Any]]]:
    """Copies stand anywhere behind their original, so that no shard holds a family by itself."""
    families = [dict[str, Any]() for _ in base]
    for number, (source, language, text) in enumerate(base):
        yield source, language, text, 0, families[number]
        if number % 2:
            close = rng.choice([0.01, 0.01, 0.02])
            earlier = rng.randrange(number + 1)
            yield *base[earlier], close, families[earlier]
            earlier = rng.randrange(number + 1)
            yield *base[earlier], rng.choice([0.05, 0.1, 0.2]), families[earlier]
    while True:
        number = rng.randrange(len(base))
        share = 0.01 if rng.random() < 0.1 else 0.4
        yield *base[number], share, families[number]


def _edited(text: str, share: float, words: list[str], rng: random.Random) -> str:
    pieces = _PIECE.findall(text)
    places = [place for place, piece in enumerate(pieces) if piece[0].isalnum()]
    for place in rng.sample(places, min(len(places), max(1, round(share * len(places))))):
        pieces[place] = rng.choice(words)
    return "".join(pieces)


class _Shards:
    def __init__(self, folder: Path) -> None:
        self.folder, self.number, self.bytes = folder, 0, 0
        self.rows: list[tuple[str, str, str, str]] = []
        for table in ("phrases/documents", "phrases/attributes", "holdout/split"):
            (folder / table).mkdir(parents=True, exist_ok=True)

    def add(self, source: str, text: str) -> str:
        identity = hashlib.blake2b(str(self.number).encode(), digest_size=10).hexdigest()
        self.rows.append((identity, text, source, f"f:{self.number}"))
        self.number += 1
        self.bytes += len(text.encode())
        if len(self.rows) == SHARD_DOCUMENTS:
            self.flush()
        return identity

    def flush(self) -> None:
        (self.folder / "bytes").write_text(str(self.bytes))
        if not self.rows:
            return
        name = f"{(self.number - 1) // SHARD_DOCUMENTS:05}.parquet"
        table = pa.table([list(column) for column in zip(*self.rows, strict=True)], schema=SCHEMA)
        pq.write_table(
            table, self.folder / "phrases/documents" / name, compression="zstd", row_group_size=2000
        )
        ids = table["id"]
        quality = pa.array([0.5] * len(ids))
        pq.write_table(pa.table({"id": ids, "quality": quality}), self.folder / "phrases/attributes" / name)
        heldout = pa.array([False] * len(ids))
        pq.write_table(pa.table({"id": ids, "heldout": heldout}), self.folder / "holdout/split" / name)
        self.rows = []
