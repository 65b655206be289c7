"""Few grams of a document, chosen so that two documents with a long passage in common choose one of it.

Winnowing (Schleimer, Wilkerson, Aiken 2003, sections 2-3): of every `window` grams in a row the one with
the smallest hash is taken, so a passage of gram + window - 1 tokens has one at least, and the same in
every copy; about 2 / (window + 1) of all are taken. Of equal ones the last choice stays while it is in
the window, so a page of one character costs no more than another.

Passages of whole sentences may be shorter: each run of `run` sentences has a fingerprint, from where its
first begins (C4's three-sentence spans). Short sentences in between belong to it and are not counted.
"""

from dataclasses import dataclass

import numpy as np

from rewarm.data.trim.pieces import Pieces
from rewarm.text.grams.tokens import MULTIPLIER, mixed
from rewarm.text.kernel import kernel


@dataclass(frozen=True)
class Lengths:
    """words, characters: what is a passage; in `sized` units a word weighs `characters` and a character
    `words`, so that a passage of either kind has `whole`."""

    words: int
    characters: int
    run: int
    least: int
    short: int

    @property
    def whole(self) -> int:
        return self.words * self.characters

    @property
    def tokens(self) -> int:
        """No passage has fewer."""
        return min(self.words, self.characters)

    @property
    def gram(self) -> int:
        return max(1, self.tokens // 2)

    @property
    def window(self) -> int:
        return self.tokens - self.gram + 1


def lengths(words: int, characters: int, sentences: dict[str, object]) -> Lengths:
    """From the recipe's `trim`; `run` is 0 where sentences are not looked at."""
    whole = words * characters
    share, short = float(str(sentences["share"])), float(str(sentences["short"]))
    if not sentences["enabled"]:
        return Lengths(words, characters, 0, whole, round(short * whole))
    return Lengths(words, characters, int(str(sentences["run"])), round(share * whole), round(short * whole))


@dataclass(frozen=True)
class Fingerprints:
    """hash: uint64; document: int32, row in the shard; place: int64, token in the shard. By hash."""

    hash: np.ndarray
    document: np.ndarray
    place: np.ndarray


def fingerprints_of(pieces: Pieces, limits: Lengths) -> Fingerprints:
    """Those of every document of a shard."""
    count = len(pieces.tokens)
    # No window gives two, and sentences are counted: each chooses one at most.
    room = count + (int((pieces.begins > 0).sum()) if limits.run else 0)
    hashes, documents = np.empty(room, np.uint64), np.empty(room, np.int32)
    places = np.empty(room, np.int64)
    filled = winnowed(pieces.tokens, pieces.counts, limits.gram, limits.window, hashes, documents, places)
    if limits.run:
        filled = sentence_runs(
            pieces.tokens, pieces.begins, pieces.counts, limits.run, limits.least, limits.short,
            limits.characters, limits.words, hashes, documents, places, filled,
        )  # fmt: skip
    order = np.argsort(hashes[:filled], kind="stable")
    return Fingerprints(hashes[order], documents[order], places[order])


@kernel
def winnowed(
    tokens: np.ndarray,
    counts: np.ndarray,
    gram: int,
    window: int,
    hashes: np.ndarray,
    documents: np.ndarray,
    places: np.ndarray,
) -> int:
    """Write the chosen grams of every document; returns their number.

    tokens: uint32 [tokens]; counts: int64 [documents], tokens of each; gram: in tokens; window: in grams.
    Written: hashes (uint64), documents (int32, row) and places (int64, first token of the gram).
    """
    filled = 0
    oldest = np.uint64(1)
    for _ in range(gram):
        oldest *= MULTIPLIER
    ring = np.empty(window, np.uint64)
    start = 0
    for document in range(len(counts)):
        rolled = np.uint64(0)
        chosen = -1
        smallest = np.uint64(0)
        for place in range(counts[document]):
            rolled = rolled * MULTIPLIER + np.uint64(tokens[start + place]) + np.uint64(1)
            if place >= gram:
                rolled -= (np.uint64(tokens[start + place - gram]) + np.uint64(1)) * oldest
            first = place - gram + 1
            if first < 0:
                continue
            value = mixed(rolled)
            ring[first % window] = value
            if first < window - 1:
                continue
            last = first - window + 1
            before = chosen
            if chosen < last:
                chosen = last
                smallest = ring[last % window]
                for other in range(last + 1, first + 1):
                    if ring[other % window] <= smallest:
                        chosen = other
                        smallest = ring[other % window]
            elif value < smallest:
                chosen = first
                smallest = value
            if chosen != before:
                hashes[filled] = smallest
                documents[filled] = document
                places[filled] = start + chosen
                filled += 1
        start += counts[document]
    return filled


@kernel
def sentence_runs(
    tokens: np.ndarray,
    begins: np.ndarray,
    counts: np.ndarray,
    run: int,
    least: int,
    short: int,
    word: int,
    character: int,
    hashes: np.ndarray,
    documents: np.ndarray,
    places: np.ndarray,
    filled: int,
) -> int:
    """Write a fingerprint of every run of sentences that is long enough, from entry `filled` on.

    tokens: uint32 [tokens]; begins: uint8 [tokens], nonzero where a sentence begins; counts: int64
    [documents], tokens of each; the rest as in `winnowed`. Returns the number of entries, with those before.
    """
    starts = np.empty(run, np.int64)
    rolled = np.empty(run, np.uint64)
    sizes = np.empty(run, np.int64)
    start = 0
    for document in range(len(counts)):
        open_runs = 0
        stop = start + counts[document]
        place = start
        while place < stop:
            begin = place
            value = np.uint64(0)
            size = 0
            while place < stop and (place == begin or begins[place] == 0):
                value = (value ^ np.uint64(tokens[place])) * MULTIPLIER
                size += character if tokens[place] & 1 else word
                place += 1
            value = mixed(value)
            counted = size >= short
            if counted:
                if open_runs == run:
                    for older in range(run - 1):
                        starts[older] = starts[older + 1]
                        rolled[older] = rolled[older + 1]
                        sizes[older] = sizes[older + 1]
                    open_runs -= 1
                starts[open_runs] = begin
                rolled[open_runs] = np.uint64(run)
                sizes[open_runs] = 0
                open_runs += 1
            for open_run in range(open_runs):
                rolled[open_run] = (rolled[open_run] ^ value) * MULTIPLIER
                sizes[open_run] += size
            if counted and open_runs == run and sizes[0] >= least:
                hashes[filled] = mixed(rolled[0])
                documents[filled] = document
                places[filled] = starts[0]
                filled += 1
        start = stop
    return filled
