"""Everything that training documents are compared with, as arrays: benchmark items and held-out documents.

Owners are numbered in one row, items first. A question's word weighs nothing when all 5-grams around it
are a template of the benchmark or common in the training documents; what is left decides whether the
item can match alone, with its options, or not at all: "dresser" stands in any text about furniture.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.corpus.arrays import load, save
from rewarm.corpus.benchmarks.items import Item
from rewarm.text.grams.gram_sets import grams_of
from rewarm.text.grams.tokens import starts_of, tokens_of
from rewarm.text.item_search.alignment import common
from rewarm.text.item_search.gram_index import GramIndex, table_of_rows

GRAM = 5
# Of an item's 5-grams, the share that a document must hold to be looked at: of a copy with a fifth of its
# tokens replaced a third stays (0.8^5).
_SEEN = 0.12
# Of a longer question or answer the first so many tokens are compared: aligning costs their square.
_LONGEST = 400
# A gram in so many items is a template at any share.
_SEVERAL = 6
# A question with fewer tokens that say something is none.
_ANYTHING = 4
# An option that shares so much with its question repeats it.
_AGAIN = 0.7
_NEVER = np.int64(2**62)
_HAN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
TOO_SHORT, WITH_OPTIONS, NEARLY_ALONE, ALONE = 0, 1, 2, 3
# A held-out document of fewer grams that say something is too short to tell a copy from a template.
_SHORTEST = 50


@dataclass(frozen=True)
class Collection:
    """questions, options: uint32 tokens of each; weights: float64 of each question's; option_of: an item's
    options; how: uint8 [items]; need: int64 [owners], grams to be met; heldout: int64, distinct grams of
    each held-out document; heldout_ids."""

    index: GramIndex
    questions: list[np.ndarray]
    weights: list[np.ndarray]
    options: list[list[np.ndarray]]
    how: np.ndarray
    chinese: np.ndarray
    need: np.ndarray
    heldout: np.ndarray
    heldout_ids: np.ndarray


def grams(hashes: np.ndarray) -> np.ndarray:
    """uint32, a text's grams in order; of fewer tokens than a gram has, one."""
    found = np.empty(len(hashes), np.uint32)
    return found[: grams_of(hashes, 0, len(hashes), GRAM, found)]


def gather(
    folder: Path,
    items: list[Item],
    heldout: tuple[np.ndarray, np.ndarray, np.ndarray],
    config: dict[str, Any],
) -> None:
    """Store what is looked for, templates left out. heldout: ids (bytes), token counts, token hashes."""
    questions = tokens_of(pa.chunked_array([[item.question for item in items]], pa.string()))
    flat = [(number, text) for number, item in enumerate(items) for text in item.options]
    options = tokens_of(pa.chunked_array([[text for _, text in flat]], pa.string()))
    option_owner = np.array([number for number, _ in flat], np.int32)
    han = np.array([len(_HAN.findall(item.question)) for item in items], np.int64)
    least = np.where(2 * han > questions.counts, config["min_characters"], config["min_words"])
    ids, counts, hashes = heldout
    parts = [
        (number, grams(tokens)) for number, tokens in enumerate(_split(questions.hashes, questions.counts))
    ]
    for owner, tokens in zip(option_owner, _split(options.hashes, options.counts), strict=True):
        if len(tokens) >= GRAM and questions.counts[owner] < least[owner]:
            parts.append((int(owner), grams(tokens)))
    parts += [(len(items) + number, grams(tokens)) for number, tokens in enumerate(_split(hashes, counts))]
    index = GramIndex.of(
        np.concatenate([np.empty(0, np.uint32), *(part for _, part in parts)]),
        np.repeat(np.array([owner for owner, _ in parts], np.int64), [len(part) for _, part in parts]),
    )
    names = dict.fromkeys(item.name.split("/")[0] for item in items)
    groups = [*(list(names).index(item.name.split("/")[0]) for item in items), *(len(names) for _ in ids)]
    index = index.without(_template(index, np.array(groups, np.int64), config["frequent_items"]))
    save(
        folder,
        grams=index.grams, first=index.first, owners=index.owners, chinese=2 * han > questions.counts,
        least=least, question_counts=questions.counts, question_hashes=questions.hashes,
        option_counts=options.counts, option_hashes=options.hashes, option_owner=option_owner,
        heldout_ids=ids, heldout_counts=counts,
    )  # fmt: skip


def _template(index: GramIndex, group: np.ndarray, share: float) -> np.ndarray:
    """bool [grams]: those that many owners of one group hold."""
    row = np.repeat(np.arange(len(index.grams)), np.diff(index.first))
    pairs, times = np.unique(row * (group.max(initial=0) + 1) + group[index.owners], return_counts=True)
    sizes = np.bincount(group, minlength=group.max(initial=0) + 1)
    groups = pairs % (group.max(initial=0) + 1)
    over = times >= np.maximum(_SEVERAL, share * sizes[groups])
    dead = np.zeros(len(index.grams), np.bool_)
    dead[pairs[over] // (group.max(initial=0) + 1)] = True
    return dead


def searched(folder: Path) -> GramIndex:
    """The grams that are counted in training documents before anything is compared."""
    stored = load(folder)
    return GramIndex(stored["grams"], table_of_rows(stored["grams"]), stored["first"], stored["owners"])


def collection(folder: Path, frequent: np.ndarray, config: dict[str, Any]) -> Collection:
    """What `gather` stored, less the grams (bool, of `searched`) that are frequent in training documents."""
    stored = load(folder)
    index = searched(folder).without(frequent)
    questions = _split(stored["question_hashes"], stored["question_counts"])
    options: list[list[np.ndarray]] = [[] for _ in questions]
    for owner, tokens in zip(
        stored["option_owner"], _split(stored["option_hashes"], stored["option_counts"]), strict=True
    ):
        if len(tokens) and not _repeats(tokens, questions[owner]):
            options[owner].append(tokens[:_LONGEST])
    held = np.bincount(index.owners, minlength=len(questions) + len(stored["heldout_counts"]))
    weights, how = [], np.zeros(len(questions), np.uint8)
    need = np.full(len(held), _NEVER)
    for number, tokens in enumerate(questions):
        questions[number] = tokens = tokens[:_LONGEST]
        weight, content = _weight(tokens, index.grams)
        weights.append(weight)
        said, least = weight.sum(), stored["least"][number]
        beside = sum(len(option) for option in options[number])
        if said >= least:
            how[number] = ALONE if said >= 2 * least else NEARLY_ALONE
        elif said >= _ANYTHING and said + beside >= least:
            how[number] = WITH_OPTIONS
        if how[number]:
            need[number] = min(max(2, np.ceil(_SEEN * content)), held[number])
    heldout = held[len(questions) :]
    long = heldout >= _SHORTEST
    share, run = config["heldout_share"], config["heldout_run"]
    part = np.ceil(share * heldout) if share else np.full(len(heldout), _NEVER)
    row = max(1, run - GRAM + 1) if run else _NEVER
    need[len(questions) :] = np.where(long, np.minimum(part, row), _NEVER)
    return Collection(
        index, questions, weights, options, how, stored["chinese"], need, heldout, stored["heldout_ids"]
    )


def _repeats(option: np.ndarray, question: np.ndarray) -> bool:
    """Whether an answer says the question again, as a corrected sentence does: it is no second witness."""
    shared, _, _ = common(option[:_LONGEST], np.ones(min(len(option), _LONGEST)), question[:_LONGEST])
    return bool(len(option) >= GRAM and shared >= _AGAIN * min(len(option), _LONGEST))


def _weight(tokens: np.ndarray, live: np.ndarray) -> tuple[np.ndarray, int]:
    """1.0 for each token in a gram that says something, else 0; and how many such grams there are."""
    own = grams(tokens)
    place = np.minimum(np.searchsorted(live, own), max(len(live) - 1, 0))
    says = live[place] == own if len(live) else np.zeros(len(own), np.bool_)
    weight = np.zeros(len(tokens))
    for start in np.flatnonzero(says):
        weight[start : start + GRAM] = 1.0
    return weight, int(says.sum())


def _split(hashes: np.ndarray, counts: np.ndarray) -> list[np.ndarray]:
    return np.split(hashes, starts_of(counts)[1:]) if len(counts) else []
