"""Which characters go: from passages in common to whole sentences and lines.

What goes always lies inside what was found elsewhere, so nothing that only this document says is lost.
A passage is narrowed to the sentences that it covers whole; where it covers none, as in a text without
punctuation, it goes as it is if it is twice as long as it must be. Runs shorter than a passage go as whole
sentences only.
"""

from dataclasses import dataclass

import numpy as np

from rewarm.data.trim.fingerprints import Lengths
from rewarm.data.trim.matches import Matches
from rewarm.data.trim.pieces import LINE, places_of

# A first line of more tokens is no title.
_TITLE = 32


@dataclass(frozen=True)
class Cut:
    """start, end: bytes of the text. size: in passages (1.0 is the length that the recipe asks for);
    first, last: tokens of the document; begins, ends: what begins at either (`pieces.LINE` …), the text's
    end being a line; other: token of the corpus that the first is a copy of."""

    start: int
    end: int
    size: float
    reason: str
    first: int
    last: int
    begins: int
    ends: int
    other: int


@dataclass(frozen=True)
class Decision:
    """cuts: in order, apart. left, whole: size of the text without them and with them, in passages."""

    cuts: list[Cut]
    left: float
    whole: float


def decide(content: bytes, matches: Matches, limits: Lengths) -> Decision:
    """What to cut of a document; matches: those of the document, counted from its first token."""
    tokens, begins, bounds, ends = places_of(content)
    weights = np.where(tokens & 1, limits.words, limits.characters)
    sizes = np.concatenate([[0], np.cumsum(weights, dtype=np.int64)])
    count = len(tokens)
    edges = np.r_[np.flatnonzero(begins), count]
    title = _title(begins, count)
    spans = []
    for begin, end, size in _merged(matches, sizes, limits.whole):
        first, last = _narrowed(begin, end, edges)
        if first < last and 2 * (sizes[last] - sizes[first]) >= limits.whole:
            spans.append((first, last, "passage"))
        elif first >= last and size >= 2 * limits.whole:
            spans.append((begin, end, "passage"))
    if limits.run:
        spans += _runs(matches, sizes, edges, limits)
    cuts = []
    # A title says what the rest is about.
    apart = [(max(first, title), last, reason) for first, last, reason in _apart(spans) if last > title]
    sources = _sources(matches, apart)
    for (first, last, reason), source in zip(apart, sources, strict=True):
        start = int(bounds[first])
        end = len(content) if last == count else int(bounds[last])
        if last < count and not begins[last]:
            end = int(ends[last - 1])
        elif begins[first] != LINE and (last == count or begins[last] == LINE):
            # A sentence at the end of a line goes, the line's end stays.
            end = start + len(content[start:end].rstrip())
            while start and content[start - 1] in b" \t":
                start -= 1
        share = float(sizes[last] - sizes[first]) / limits.whole
        ending = LINE if last == count else int(begins[last])
        cuts.append(Cut(start, end, share, reason, first, last, int(begins[first]), ending, source))
    whole = int(sizes[-1])
    left = whole - sum(int(sizes[cut.last] - sizes[cut.first]) for cut in cuts)
    return Decision(cuts, left / limits.whole, whole / limits.whole)


def _title(begins: np.ndarray, count: int) -> int:
    """How many tokens stand in the first line, if it is short and not the only one."""
    lines = np.flatnonzero(begins[: _TITLE + 1] == LINE)
    return int(lines[1]) if len(lines) > 1 and lines[1] < count else 0


def _merged(matches: Matches, sizes: np.ndarray, whole: int) -> list[tuple[int, int, int]]:
    """Passages that overlap as one: begin, end, size."""
    spans: list[list[int]] = []
    for begin, end in sorted(zip(matches.begin.tolist(), matches.end.tolist(), strict=True)):
        if sizes[end] - sizes[begin] < whole:
            continue
        if spans and begin <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([begin, end])
    return [(begin, end, int(sizes[end] - sizes[begin])) for begin, end in spans]


def _narrowed(begin: int, end: int, edges: np.ndarray) -> tuple[int, int]:
    """The whole sentences inside, as tokens; empty if none. edges: where sentences begin, and the end."""
    first = int(np.searchsorted(edges, begin))
    last = int(np.searchsorted(edges, end, side="right")) - 1
    return (int(edges[first]), int(edges[last])) if first < last else (0, 0)


def _runs(
    matches: Matches, sizes: np.ndarray, edges: np.ndarray, limits: Lengths
) -> list[tuple[int, int, str]]:
    lengths = sizes[edges[1:]] - sizes[edges[:-1]]
    counted = np.concatenate([[0], np.cumsum(lengths >= limits.short)])
    spans = []
    for begin, end in set(zip(matches.begin.tolist(), matches.end.tolist(), strict=True)):
        first, last = _narrowed(begin, end, edges)
        if first == last or sizes[last] - sizes[first] < limits.least:
            continue
        one, other = np.searchsorted(edges, [first, last])
        if counted[other] - counted[one] >= limits.run:
            spans.append((first, last, "sentences"))
    return spans


def _apart(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """In order, what overlaps or touches as one; a passage among them names it."""
    joined: list[tuple[int, int, str]] = []
    for first, last, reason in sorted(spans):
        if joined and first <= joined[-1][1]:
            begin, end, named = joined[-1]
            joined[-1] = (begin, max(end, last), min(named, reason))
        else:
            joined.append((first, last, reason))
    return joined


def _sources(matches: Matches, spans: list[tuple[int, int, str]]) -> list[int]:
    """Where each span stands elsewhere: in the match that covers most, of those with the first document."""
    if not spans:
        return []
    firsts, lasts = (np.array([span[side] for span in spans]) for side in (0, 1))
    low = np.searchsorted(lasts, matches.begin, side="right")
    high = np.maximum(np.searchsorted(firsts, matches.end), low)
    match = np.repeat(np.arange(len(low)), high - low)
    span = np.arange(len(match)) - np.repeat(np.cumsum(high - low) - (high - low), high - low) + low[match]
    shared = np.minimum(matches.end[match], lasts[span]) - np.maximum(matches.begin[match], firsts[span])
    order = np.lexsort((match, matches.rank[match], -shared, span))
    _, best = np.unique(span[order], return_index=True)
    chosen = match[order[best]]
    sources: list[int] = (matches.other[chosen] + np.maximum(0, firsts - matches.begin[chosen])).tolist()
    return sources
