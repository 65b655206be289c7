"""Made multiple-choice items of made words, in several kinds, for tests of leaks."""

import numpy as np

from rewarm.evaluate.tasks.item import Item

_SYLLABLES = ["ba", "do", "ki", "ra", "to", "ne", "lu", "sa", "mi", "po", "ve", "gu", "fa", "zi", "ho", "we"]
_TEMPLATES = {
    "en": "Which {0} does the {1} {2} need?",
    "old": "In 1812, whereof had the {1} {2} need, of which {0}?",
    "zh": "下列哪一种{0}是{1}{2}所需要的？",
}


def word(rng: np.random.Generator) -> str:
    return "".join(str(syllable) for syllable in rng.choice(_SYLLABLES, int(rng.integers(2, 4))))


def made(size: int, seed: int, kind: str = "en") -> list[Item]:
    """Items of one kind; the answer and the order of the options are arbitrary."""
    rng = np.random.default_rng([seed, len(kind), ord(kind[0])])
    items = []
    for number in range(size):
        question = _TEMPLATES[kind].format(word(rng), word(rng), word(rng))
        options: list[str] = []
        while len(options) < 4:
            option = f"{word(rng)} {word(rng)}"
            if option not in options:
                options.append(option)
        items.append(Item(f"{kind}-{seed}-{number}", question, tuple(options), (int(rng.integers(4)),)))
    return items
