"""Which documents are sent to the teacher, cut into passages.

Never sent: held-out documents, passages that share much with one (their paraphrase could not be found
afterwards by `dedupe` or `decontaminate`), and sources that were not redacted.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.corpus.tables import documents, texts
from rewarm.corpus.tables.split import held_out
from rewarm.data.synthesize.checks.faithful import grams, language
from rewarm.data.synthesize.prompts.common import Passage

_GRAM = 8
_PARAGRAPH = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"(?<=[.!?。！？；;])\s*")


@dataclass(frozen=True)
class Origin:
    """A document that synthetic ones are made from. rewritten: its own text is too dirty to be kept."""

    row: dict[str, Any]
    passages: list[Passage]
    rewritten: bool = False


def heldout_grams(given: Path, splits: Path) -> np.ndarray:
    """uint64, sorted: the 8-grams of all held-out documents."""
    found = [np.zeros(0, np.uint64)]
    for shard in documents.shards(given):
        wanted = held_out(splits / shard.name)
        for batch in texts.batches(shard, ["id", "text"], 512):
            for row in batch.to_pylist():
                if row["id"] in wanted:
                    found.append(grams(row["text"], _GRAM))
    return np.unique(np.concatenate(found))


def share_in(text: str, held: np.ndarray) -> float:
    """Share of a text's 8-grams that stand in held-out documents."""
    own = grams(text, _GRAM)
    if not len(own) or not len(held):
        return 0.0
    place = np.minimum(np.searchsorted(held, own), len(held) - 1)
    return float((held[place] == own).mean())


def drawn(identity: str, seed: int) -> int:
    """A number by which documents are drawn: the same in every run, and unrelated to their order."""
    key = hashlib.blake2b(f"synthesize\0{seed}\0{identity}".encode(), digest_size=8)
    return int.from_bytes(key.digest(), "big")


def cut(document: str, text: str, most: int, least: int) -> Iterator[Passage]:
    """The passages of a text: whole paragraphs, or sentences of a longer one, up to `most` characters."""
    number = 0
    for part in _parts(text, most):
        if len(part) >= least:
            yield Passage(document, number, part, language(part))
            number += 1


def _parts(text: str, most: int) -> Iterator[str]:
    held = ""
    for piece, joint in _pieces(text, most):
        if held and len(held) + len(joint) + len(piece) > most:
            yield held
            held = ""
        held = f"{held}{joint}{piece}" if held else piece
    if held.strip():
        yield held


def _pieces(text: str, most: int) -> Iterator[tuple[str, str]]:
    """Paragraphs, and of those that are too long sentences or, at last, runs of characters."""
    for paragraph in _PARAGRAPH.split(text.strip()):
        if len(paragraph) <= most:
            yield paragraph, "\n\n"
            continue
        joint = "\n\n"
        for sentence in _SENTENCE.split(paragraph):
            for start in range(0, len(sentence), most):
                yield sentence[start : start + most], joint
                joint = " " if language(sentence) == "" else ""


def reasons(counts: dict[str, int], names: Iterable[str]) -> dict[str, int]:
    """The counts of these reasons, zero where there are none."""
    return {name: counts.get(name, 0) for name in names}
