"""French phrases, for text that mixes in another language."""

import random
import re
from functools import cache

from support import corpora


def phrase(rng: random.Random) -> str:
    """Three words in a row."""
    words = _words()
    at = rng.randrange(len(words) - 3)
    return " ".join(words[at : at + 3])


@cache
def _words() -> list[str]:
    return re.findall(r"\w+", " ".join(corpora.sample("encyclopedia-fr", 0.05)))
