"""Whether a document really holds an item that it met: in one window, in order, with its options.

A question that is long enough matches by itself: who has read it has seen the test. A short one matches
only with its options beside it, in any order. A held-out document matches by the share of it that the
training document holds, or by a long run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewarm.text.item_search.alignment import common
from rewarm.text.item_search.collection import ALONE, GRAM, NEARLY_ALONE, Collection
from rewarm.text.item_search.scan import hits
from rewarm.text.kernel import kernel

# A window has room for what an edit put in, on top of the question's length.
_ROOM = 1.3
_MORE = 10
# A held-out document's parts may stand further apart in one that has more between them.
_SPREAD = 2.0
# An option of few tokens must stand as it is; of a longer one this share, in order.
_FEW = 3
_OPTION = 0.75
# Tokens before and after the question among which options are looked for, at most.
_NEAR = 1000
# A question of middling length matches alone at this score.
_VERBATIM = 0.9
# Names and numbers break a template into shorter runs than the edits of a copy.
_UNBROKEN = 25


@dataclass(frozen=True)
class Match:
    """owner: in the collection; reason: of the ledger; first, last: tokens of the document, end excluded."""

    owner: int
    reason: str
    score: float
    threshold: float
    first: int
    last: int


def matches(hashes: np.ndarray, found: Collection, config: dict[str, Any]) -> list[Match]:
    """Everything that one document (uint32 tokens) holds; of items the best first."""
    met, owner, position, distinct = hits(hashes, GRAM, found.index, found.need)
    order = np.argsort(owner, kind="stable")
    owner, position = owner[order], position[order]
    items = len(found.questions)
    result: list[Match] = []
    for number in met:
        places = position[slice(*np.searchsorted(owner, [number, number + 1]))]
        if number < items:
            result += item_match(hashes, int(number), places, found, config)
        else:
            result += _heldout(int(number), places, int(distinct[number]), found, config)
    return sorted(result, key=lambda match: (-match.score / match.threshold, match.owner))


def item_match(
    hashes: np.ndarray, number: int, places: np.ndarray, found: Collection, config: dict[str, Any]
) -> Iterator[Match]:
    """The item `number`, if the window with most of its grams holds it; else nothing.

    hashes: uint32 [tokens] of the document; places: int64, ascending token positions where it has a gram of
    the item.
    """
    question, weight = found.questions[number], found.weights[number]
    width = int(_ROOM * len(question)) + _MORE
    inside = np.searchsorted(places, places + width) - np.arange(len(places))
    start = max(0, int(places[inside.argmax()]) - (width - len(question)) // 2 - len(question) // 3)
    window = hashes[start : start + width + len(question) // 3]
    # All of it as well as what it says: the article that a question names holds no question.
    plain, first, last = common(question, np.ones(len(question)), window)
    said, _, _ = common(question, weight, window)
    score = min(plain / len(question), said / weight.sum())
    if score < config["coverage"]:
        return
    how = found.how[number]
    alone = how == ALONE or (how == NEARLY_ALONE and score >= _VERBATIM)
    if not alone and not options_beside(
        hashes, start, start + last, found.options[number], config["options_coverage"]
    ):
        return
    yield Match(number, "benchmark", float(score), config["coverage"], start + first, start + last)


def options_beside(
    hashes: np.ndarray, first: int, last: int, options: list[np.ndarray], least: float
) -> bool:
    """Whether the share `least` of the options' tokens stands near the question, in any order.

    hashes: uint32 [tokens] of the document; first, last: the question's tokens in it, end excluded; options:
    uint32 [tokens] each. False for a question without options.
    """
    total = sum(len(option) for option in options)
    if not total:
        return False
    room = min(2 * total + 20, _NEAR)
    near = hashes[max(0, first - room) : last + room]
    held = 0
    for option in options:
        if len(option) <= _FEW:
            held += len(option) * holds_run(near, option)
        else:
            shared, _, _ = common(option, np.ones(len(option)), near)
            held += len(option) * (shared >= _OPTION * len(option))
    return held >= least * total


@kernel
def holds_run(window: np.ndarray, run: np.ndarray) -> bool:
    """Whether the run stands unchanged in the window. Both uint32 [tokens]."""
    for start in range(len(window) - len(run) + 1):
        place = 0
        while place < len(run) and window[start + place] == run[place]:
            place += 1
        if place == len(run):
            return True
    return False


def _heldout(
    owner: int, places: np.ndarray, distinct: int, found: Collection, config: dict[str, Any]
) -> Iterator[Match]:
    # Its commonplace pieces stand anywhere in a long document: the window that holds most of them counts.
    size = int(found.heldout[owner - len(found.questions)])
    width = int(_SPREAD * size) + _MORE
    inside = np.searchsorted(places, places + width) - np.arange(len(places))
    begin = int(inside.argmax())
    window = places[begin : begin + int(inside[begin])]
    share = min(distinct, len(window)) / size
    unbroken = _longest_run(window)[0]
    if config["heldout_share"] and share >= config["heldout_share"] and unbroken >= _UNBROKEN:
        least = config["heldout_share"]
        yield Match(owner, "heldout_inside", share, least, int(window[0]), int(window[-1]) + GRAM)
    elif config["heldout_run"]:
        run, first, last = _longest_run(places)
        if run >= config["heldout_run"]:
            yield Match(owner, "heldout_run", float(run), float(config["heldout_run"]), first, last)


def _longest_run(places: np.ndarray) -> tuple[int, int, int]:
    """Tokens of the longest run of places that follow each other; its first token and the one behind it."""
    breaks = np.flatnonzero(np.diff(places) != 1) + 1
    starts, stops = np.append(0, breaks), np.append(breaks, len(places))
    longest = int((stops - starts).argmax())
    run = int(stops[longest] - starts[longest]) + GRAM - 1
    first = int(places[starts[longest]])
    return run, first, first + run
