"""From places that met to maximal passages in common, every token compared.

A meeting is followed to both sides until the tokens differ or a document ends. What a long passage covers
is not asked again, and to the left no more than one passage's length into what is covered is looked at: so
each token is compared a bounded number of times, whatever the text repeats. Tokens are compared by their
32-bit hashes; two passages of fifty words that differ in one have the same hashes once in 4 billion.
"""

from dataclasses import dataclass

import numpy as np

from rewarm.data.trim.fingerprints import Lengths
from rewarm.text.kernel import kernel


@dataclass(frozen=True)
class Matches:
    """begin, end: int64, tokens of the corpus that another document has too; other: int64, where there;
    rank: int64, of the other document."""

    begin: np.ndarray
    end: np.ndarray
    other: np.ndarray
    rank: np.ndarray


def matches_of(
    meetings: tuple[np.ndarray, np.ndarray, np.ndarray],
    tokens: np.ndarray,
    starts: np.ndarray,
    rank: np.ndarray,
    limits: Lengths,
) -> Matches:
    """meetings: place, first, nearest, by place; tokens: uint32, of the corpus; starts: int64 [documents +
    1], where each document's tokens begin; rank: int64 [documents]. By place; those of one place overlap."""
    place, first, nearest = meetings
    whose, of_first, of_nearest = (np.searchsorted(starts, part, side="right") - 1 for part in meetings)
    begin, end, other = (np.empty(2 * len(place), np.int64) for _ in range(3))
    filled = _followed(
        place, first, nearest, whose, of_first, of_nearest, tokens, starts,
        limits.characters, limits.words, limits.whole, limits.least, limits.tokens, limits.gram,
        begin, end, other,
    )  # fmt: skip
    begin, end, other = (part[:filled].copy() for part in (begin, end, other))
    return Matches(begin, end, other, rank[np.searchsorted(starts, other, side="right") - 1])


@kernel
def _followed(
    place: np.ndarray,
    first: np.ndarray,
    nearest: np.ndarray,
    whose: np.ndarray,
    of_first: np.ndarray,
    of_nearest: np.ndarray,
    tokens: np.ndarray,
    starts: np.ndarray,
    word: int,
    character: int,
    whole: int,
    least: int,
    reach: int,
    gram: int,
    begin: np.ndarray,
    end: np.ndarray,
    other: np.ndarray,
) -> int:
    filled = 0
    covered = 0
    for meeting in range(len(place)):
        here = place[meeting]
        mine = starts[whose[meeting]]
        stop = starts[whose[meeting] + 1]
        covered = max(covered, mine)
        for turn in range(2):
            if here + gram <= covered:
                break
            there = first[meeting] if turn == 0 else nearest[meeting]
            if there < 0:
                continue
            theirs = starts[of_first[meeting] if turn == 0 else of_nearest[meeting]]
            their_stop = starts[(of_first[meeting] if turn == 0 else of_nearest[meeting]) + 1]
            low = max(mine, covered - reach)
            back = 0
            while here - back > low and there - back > theirs:
                if tokens[here - back - 1] != tokens[there - back - 1]:
                    break
                back += 1
            on = 0
            while here + on < stop and there + on < their_stop and tokens[here + on] == tokens[there + on]:
                on += 1
            size = 0
            for token in range(here - back, here + on):
                size += character if tokens[token] & 1 else word
            if size >= least:
                begin[filled] = here - back
                end[filled] = here + on
                other[filled] = there - back
                filled += 1
            if size >= whole:
                covered = here + on
    return filled
