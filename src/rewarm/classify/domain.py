"""How likely a text belongs to the domain, also where it is damaged.

A classifier of the domain's texts against as many others: with equal numbers, a text that says nothing is at
one half. Each text is learnt twice, once with some letters replaced and some spaces lost as bad extraction
and OCR do, so that damage itself speaks for neither side and the words that are left decide. Trained on clean
text alone, the score called one damaged English text in two foreign to its domain.
"""

import random
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from rewarm.classify.classifier import Classifier
from rewarm.classify.reading import Reading
from rewarm.classify.training import train

_DOMAIN, _OTHER = "domain", "other"
# With fewer texts of a side the fifth that measures says nothing; more than the most change little.
LEAST, MOST = 20, 1000
# Characters that are learnt of a text, and shares of its letters that are damaged in the copy.
_CHARACTERS = 4000
_DAMAGE = (0.05, 0.35)
_MISREAD = "\ufffdonic"


def of_domain(
    inside: Sequence[tuple[str, str]], outside: Sequence[tuple[str, str]], seed: int
) -> Classifier | None:
    """The classifier of the domain, None where a side has fewer than 20 texts.

    inside, outside: (document id, text) of the domain and of everything else, without held-out documents and
    in an order that says nothing: of both the first are taken, as many as both have and at most 1,000.
    """
    number = min(len(inside), len(outside), MOST)
    if number < LEAST:
        return None
    both = [(identity, text[:_CHARACTERS]) for side in (inside, outside) for identity, text in side[:number]]
    labels = [_DOMAIN] * number + [_OTHER] * number
    # A copy has the id of its text, so both are in one part: neither measures what the other taught.
    copies = [damaged(text, random.Random(f"{seed} {identity}")) for identity, text in both]
    texts = pa.array([*(text for _, text in both), *copies], pa.string())
    return train(texts, labels * 2, [identity for identity, _ in both] * 2, Reading(), seed)


def domain_scores(classifier: Classifier, texts: Sequence[str]) -> np.ndarray:
    """float64 [texts], the probability that each belongs to the domain."""
    best, chance = classifier.predict(pa.array(texts, pa.string()))
    scores: np.ndarray = np.where(best == classifier.classes.index(_DOMAIN), chance, 1 - chance)
    return scores


def damaged(text: str, draw: random.Random) -> str:
    """The text with 5 to 35 % of its letters misread and half that share of its spaces lost."""
    share = draw.uniform(*_DAMAGE)

    def misread(char: str) -> str:
        if char.isalpha():
            return draw.choice(_MISREAD) if draw.random() < share else char
        return "" if char == " " and draw.random() < share / 2 else char

    return "".join(map(misread, text))
