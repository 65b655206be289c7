"""What is planted, and where: faults in documents, sequences and gradients of one run.

In a document: one token repeated, frequent or rare; its bytes in random order; a document of another
language under its label, both ways. A block of one repeated token is eight sequences in a row, each
one document. In a gradient: NaN, and one weight's gradient times -1e6. Updates are told by number and
lie apart, so that each incident belongs to one fault.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import planted
from support.smoke import SMOKE

from guarding import world
from guarding.world import BATCH, CORPORA, ROWS, SEQ_LEN, texts

LEAVES = list(CORPORA)
ZH, EN = LEAVES.index(world.ZH), LEAVES.index(world.EN)
FIRST, APART = (30, 8) if SMOKE else (320, 20)
LEAST = 100  # tokens of a document's part that is replaced


@dataclass(frozen=True)
class Fault:
    """documents: ids that the incident must name; sequences: what a clean run must never see."""

    name: str
    updates: tuple[int, ...]
    documents: frozenset[str] = frozenset()
    sequences: frozenset[int] = frozenset()
    factor: float = 1.0


def plant(root: Path, tokenizer: Any) -> list[Fault]:
    """Change the packed blocks of a run that is prepared but not trained; the faults, in order."""
    byte_ids = [tokenizer.get_vocab()[symbol] for symbol in _byte_symbols()]
    chinese = _foreign(tokenizer, LEAVES[ZH])
    english = _foreign(tokenizer, LEAVES[EN])
    frequent, rare = tokenizer(" the")["input_ids"][0], len(tokenizer) - 7

    def shuffled(tokens: np.ndarray) -> np.ndarray:
        data = list(tokenizer.decode(tokens).encode())
        random.Random(0).shuffle(data)
        return np.array([byte_ids[byte] for byte in data], dtype=np.uint32)

    in_documents: list[tuple[str, int, Callable[[np.ndarray], np.ndarray]]] = [
        ("one frequent token repeated, en", EN, lambda _: np.array([frequent])),
        ("one rare token repeated, zh", ZH, lambda _: np.array([rare])),
        ("bytes shuffled, zh", ZH, shuffled),
        ("bytes shuffled, en", EN, shuffled),
        ("Chinese under an English label", EN, lambda _: chinese),
        ("English under a Chinese label", ZH, lambda _: english),
    ]
    faults = []
    update = FIRST
    for name, leaf, change in in_documents:
        update, place = _next_place(root, update, leaf)
        number, segment, identity = place
        planted.plant(
            root, number, segment, lambda tokens, change=change: np.resize(change(tokens), len(tokens))
        )
        faults.append(Fault(name, (update,), frozenset({identity}), frozenset({number})))
        update += APART
    faults.append(_repeated_block(root, update, frequent))
    update += APART
    faults.append(Fault("a gradient that is NaN", (update,), factor=float("nan")))
    faults.append(Fault("a gradient times -1e6", (update + APART,), factor=-1e6))
    return faults


def _next_place(root: Path, update: int, leaf: int) -> tuple[int, tuple[int, int, str]]:
    """The first update from here on with a long part of a document of this leaf."""
    for at in range(update, update + APART):
        try:
            return at, planted.long_segment(root, at, BATCH, leaf=leaf, least=LEAST)
        except (AssertionError, ValueError):
            continue
    raise SystemExit(f"updates {update} to {update + APART} have no long document of leaf {leaf}")


def _foreign(tokenizer: Any, corpus: str) -> np.ndarray:
    """Tokens of a document that is in no run."""
    text = next(text for text in texts(corpus, CORPORA[corpus][1]) if len(text) > 4000)
    return np.array(tokenizer(text[1000:3000])["input_ids"], dtype=np.uint32)


def _repeated_block(root: Path, update: int, token: int) -> Fault:
    """Eight sequences of four updates, each one document of one repeated token."""
    numbers = range(update * ROWS, (update + 4) * ROWS)
    named = set()

    def change(rows: list[dict[str, Any]]) -> None:
        for number in numbers:
            row = rows[number]
            named.add(row["segment_document"][0].hex())
            row["tokens"] = [token] * SEQ_LEN
            for key in (
                "segment_leaf",
                "segment_document",
                "segment_offset",
                "segment_joined",
                "segment_last",
            ):
                row[key] = row[key][:1]
            row["segment_length"], row["masked"] = [SEQ_LEN], []

    planted.rewrite(root, change)
    updates = tuple(range(update, update + 4))
    return Fault("a block of one repeated token", updates, frozenset(named), frozenset(numbers))


def _byte_symbols() -> list[str]:
    """The character by which a byte-level tokenizer writes each byte (GPT-2's table): printable bytes
    as they are, the others from 256 on in order."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) if byte in plain else chr(256 + others.index(byte)) for byte in range(256)]
