"""Perplexity of two models on texts of one's own, per channel, without a run.

Every token of a text is predicted, the first one from the begin or end token, so that both models account for
the same bytes whatever their tokenizers are. Nats per token and perplexity compare only under one tokenizer:
with two, they are left out and bits per byte remain.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.corpus.benchmarks import files, items
from rewarm.corpus.tables.leaves import Leaf
from rewarm.errors import RewarmError
from rewarm.evaluate import channels
from rewarm.evaluate.score.encoding import Encoded, first_token
from rewarm.evaluate.score.likelihood import likelihoods
from rewarm.evaluate.score.loaded_model import LoadedModel

_WINDOW = 1024
_SHOWN, _SHOWN_CHARACTERS = 5, 300


@dataclass(frozen=True, slots=True)
class Text:
    """labels: axis → value, `source` included."""

    id: str
    text: str
    labels: dict[str, str]


def read(path: Path) -> list[Text]:
    """JSON lines or Parquet with `text`, and optionally `id`, `source` and `labels`.

    Raises RewarmError for a record without text, and when there are no records.
    """
    found = []
    for file in files.files(path):
        for number, record in enumerate(items.records(file), start=1):
            text, labels = record.get("text"), record.get("labels") or {}
            if not isinstance(text, str) or not text.strip():
                raise RewarmError(f"{file}: record {number}: text: {text!r:.60} is not a text")
            if not isinstance(labels, dict):
                raise RewarmError(f"{file}: record {number}: labels: {labels!r:.60} is not a mapping")
            named = {str(axis): str(value) for axis, value in labels.items()}
            named = {"source": str(record.get("source") or file.name), **named}
            found.append(Text(str(record.get("id", f"{file.name}:{number}")), text, named))
    if not found:
        raise RewarmError(f"--heldout: no records at {path}; give JSON lines with the field text")
    return found


def losses(
    model: LoadedModel, texts: Sequence[Text], progress: Callable[[int], None] = lambda _: None
) -> np.ndarray:
    """float64 [texts, 3]: nats, tokens and UTF-8 bytes."""
    first = first_token(model.tokenizer)
    encoded, owners = [], []
    for number, text in enumerate(texts):
        ids = model.tokenizer(text.text, add_special_tokens=False)["input_ids"]
        tokens = np.array([first, *ids], dtype=np.int64)
        for begin in range(0, len(tokens) - 1, _WINDOW):
            encoded.append(Encoded(tokens[begin : begin + _WINDOW + 1], 1))
            owners.append(number)
    found = likelihoods(model.network, encoded, progress=progress, method="rows")
    sums = np.zeros((len(texts), 3))
    np.add.at(sums[:, 0], owners, found.nats)
    np.add.at(sums[:, 1], owners, found.tokens)
    sums[:, 2] = [len(text.text.encode()) for text in texts]
    return sums


def compare(
    texts: Sequence[Text],
    before: np.ndarray,
    after: np.ndarray,
    same_tokenizer: bool,
    draws: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Channels as `channels.compare`, and the documents that lost and gained most.

    before, after: float64 [texts, 3] of base and result.
    """
    leaves, leaf = _leaves(texts)
    found = channels.compare(before, after, leaf, leaves, draws, seed)
    for channel in found["channels"]:
        with_perplexity(channel, same_tokenizer)
    found["same_tokenizer"] = same_tokenizer
    ids = [text.id for text in texts]
    found["documents"] = extremes(ids, before, after, lambda row: texts[row].text)
    return found


def with_perplexity(channel: dict[str, Any], same_tokenizer: bool) -> None:
    """Add the perplexities of a channel; with two tokenizers neither they nor nats compare."""
    for side in ("before", "after"):
        nats = channel[side]["nats"]
        channel[side]["perplexity"] = exp(min(nats, 700)) if same_tokenizer and nats is not None else None
    if not same_tokenizer:
        channel["change"]["nats"] = None


def extremes(
    ids: Sequence[str], before: np.ndarray, after: np.ndarray, text: Callable[[int], str]
) -> dict[str, list[dict[str, Any]]]:
    """The documents whose bits per byte rose and fell most, with the beginning of their text."""
    size = np.maximum(before[:, 2], 1)
    change = (after[:, 0] - before[:, 0]) / (size * log(2))
    order = np.argsort(change, kind="stable")

    def rows(chosen: Sequence[int]) -> list[dict[str, Any]]:
        return [
            {"id": ids[row], "change": float(change[row]), "text": text(int(row))[:_SHOWN_CHARACTERS]}
            for row in chosen
        ]

    lost = [row for row in order[::-1][:_SHOWN] if change[row] > 0]
    gained = [row for row in order[:_SHOWN] if change[row] < 0]
    return {"lost": rows(lost), "gained": rows(gained)}


def _leaves(texts: Sequence[Text]) -> tuple[list[Leaf], np.ndarray]:
    """The combinations of labels, and int [texts] the number of each."""
    numbers: dict[tuple[tuple[str, str], ...], int] = {}
    leaf = [numbers.setdefault(tuple(sorted(text.labels.items())), len(numbers)) for text in texts]
    known = []
    for labels, number in numbers.items():
        named = dict(labels)
        known.append(Leaf(number, named.pop("source"), named))
    return known, np.array(leaf)
