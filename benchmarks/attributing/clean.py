"""Short passages of a corpus, for the base and for the cases from different documents."""

import random
from itertools import islice

from support import corpora
from support.passages import passage

_PASSAGE_BYTES = 300


def texts(corpus: str, count: int) -> tuple[list[str], list[str]]:
    """About `count` passages: those for the base, and those for the cases, from every fifth document."""
    rng = random.Random(corpus)
    whole = list(islice((text for text in corpora.texts(corpus) if len(text.encode()) >= 200), count))
    each = max(1, -(-count // len(whole)))
    own, base = whole[::5], [text for at, text in enumerate(whole) if at % 5]
    drawn = [
        [passage(text, _PASSAGE_BYTES, rng) for text in part for _ in range(each)] for part in (own, base)
    ]
    cases, for_base = (list(dict.fromkeys(part)) for part in drawn)
    return for_base, cases
