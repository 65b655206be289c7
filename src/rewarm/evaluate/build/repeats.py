"""Near-duplicate questions: Jaccard similarity of character 3-grams (Chinese) or word 3-grams' letters.

The set of accepted questions is small, so an inverted index over all grams is exact and fast enough.
"""

import re
from collections import Counter, defaultdict

_SILENT = re.compile(r"[\W_]+")
_GRAM = 3


class Repeats:
    """The questions accepted so far."""

    def __init__(self, similar: float) -> None:
        """similar: Jaccard similarity from which a question is a duplicate."""
        self._similar = similar
        self._sizes: list[int] = []
        self._index: dict[str, list[int]] = defaultdict(list)

    def repeats(self, question: str) -> bool:
        """Whether a question is a near-duplicate of one that was added."""
        own = _grams(question)
        shared: Counter[int] = Counter(place for gram in own for place in self._index[gram])
        return any(
            both >= self._similar * (len(own) + self._sizes[place] - both) for place, both in shared.items()
        )

    def add(self, question: str) -> None:
        own = _grams(question)
        for gram in own:
            self._index[gram].append(len(self._sizes))
        self._sizes.append(len(own))


def _grams(text: str) -> set[str]:
    plain = _SILENT.sub(" ", text.casefold()).strip()
    return {plain[place : place + _GRAM] for place in range(max(1, len(plain) - _GRAM + 1))}
