"""How many tokens a tokenizer needs for some files: before a recipe is written, without a run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from rewarm.corpus.io.streams import BROKEN, open_plain, without_compression
from rewarm.errors import RewarmError

_MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Fertility:
    """Counts of the first bytes of a file. words: by white space."""

    file: str
    bytes: int
    characters: int
    words: int
    tokens: int


def of_file(model: Path, path: Path) -> Fertility:
    """model: a folder with tokenizer.json. A file of JSON lines counts by its field `text`, any other whole.

    Raises RewarmError for a model without such a file, and a file without text.
    """
    from tokenizers import Tokenizer

    place = model / "tokenizer.json"
    if not place.is_file():
        raise RewarmError(f"{model}: has no tokenizer.json; give the folder of a model with a fast tokenizer")
    rust = Tokenizer.from_file(str(place))
    rust.encode_special_tokens = True
    texts = list(_texts(path))
    if not texts:
        raise RewarmError(f"{path}: holds no text; give a text file, or JSON lines with the field text")
    tokens = sum(len(one.ids) for one in rust.encode_batch_fast(texts, add_special_tokens=False))
    sizes = [len(text.encode("utf-8", "replace")) for text in texts]
    words = sum(len(text.split()) for text in texts)
    return Fertility(str(path), sum(sizes), sum(map(len, texts)), words, tokens)


def lines(found: list[Fertility]) -> Iterator[str]:
    """A line a file."""
    for row in found:
        per_character, per_word = row.tokens / row.characters, row.tokens / max(1, row.words)
        yield (
            f"{row.file}: {row.tokens:,} tokens, {per_character:.3f} per character, {per_word:.2f} per word, "
            f"{row.bytes / max(1, row.tokens):.2f} bytes per token"
        )


def _texts(path: Path) -> Iterator[str]:
    try:
        with open_plain(path, None, path.name) as stream:
            content = stream.read(_MOST_BYTES)
    except (OSError, *BROKEN) as error:
        raise RewarmError(f"{path}: cannot be read: {error}") from None
    if not without_compression(path.name.lower()).endswith((".jsonl", ".ndjson")):
        yield content.decode("utf-8", "replace")
        return
    rows = content.splitlines()
    # The last line may be cut.
    for number, line in enumerate(rows[:-1] if len(content) == _MOST_BYTES else rows, start=1):
        if line.strip():
            yield _text(path, number, line)


def _text(path: Path, number: int, line: bytes) -> str:
    try:
        record: Any = orjson.loads(line)
    except ValueError as error:
        raise RewarmError(f"{path}: line {number} is no JSON: {error}") from None
    text = record.get("text") if isinstance(record, dict) else None
    if not isinstance(text, str):
        raise RewarmError(f"{path}: line {number}: text: {text!r:.60} is not a text")
    return text
