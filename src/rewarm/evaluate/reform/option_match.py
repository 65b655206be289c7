"""Which option a free answer means: equal text, an option contained in it, or the most shared characters.

An answer that fits two options about equally well, or none, is unmatched: it counts as wrong, and the number
of such answers is reported.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence

# Share of character 3-grams (F1) that an answer must have in common with an option, and lead over the next.
_LEAST = 0.6
_LEAD = 0.1
# Shorter texts resemble each other by chance: "not" and "no" share two thirds.
_SHORTEST = 5


def matched(answer: str, options: Sequence[str]) -> int | None:
    """Position of the option that the answer means; None if unmatched."""
    lines = answer.strip().splitlines()
    said = plain(lines[0]) if lines else ""
    if not said:
        return None
    texts = [plain(option) for option in options]
    if said in texts:
        return texts.index(said)
    inside = [number for number, text in enumerate(texts) if text and _contains(said, text)]
    if inside:
        # "not acid rain, but rain" contains both; the longest one says most, unless two are apart.
        longest = max(inside, key=lambda number: len(texts[number]))
        return longest if all(texts[number] in texts[longest] for number in inside) else None
    scores = [overlap(said, text) if min(len(said), len(text)) >= _SHORTEST else 0.0 for text in texts]
    order = sorted(range(len(scores)), key=lambda number: -scores[number])
    second = scores[order[1]] if len(order) > 1 else 0.0
    best = order[0]
    return best if scores[best] >= _LEAST and scores[best] - second >= _LEAD else None


def plain(text: str) -> str:
    """The text in one case and width, without punctuation at the ends of its words."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(word for word in (_stripped(word) for word in folded.split()) if word)


def overlap(one: str, other: str) -> float:
    """F1 of the character 3-grams of two texts, 0..1."""
    first, second = _grams(plain(one)), _grams(plain(other))
    shared = sum((first & second).values())
    return 2 * shared / (sum(first.values()) + sum(second.values())) if shared else 0.0


def _contains(said: str, text: str) -> bool:
    # Latin words only whole; Chinese has no spaces.
    return f" {text} " in f" {said} " or (not text.isascii() and text in said)


def _stripped(word: str) -> str:
    kept = word
    while kept and not (kept[0].isalnum() or kept[0] in "+-−<>=√∞°"):
        kept = kept[1:]
    while kept and not (kept[-1].isalnum() or kept[-1] in "%°+"):
        kept = kept[:-1]
    return kept or word


def _grams(text: str) -> Counter[str]:
    padded = f"  {text} "
    return Counter(padded[at : at + 3] for at in range(len(padded) - 2))
