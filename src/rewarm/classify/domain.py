"""How likely a text belongs to the domain: a classifier of the domain's texts against all others.

Trained on clean text and applied to damaged text as well: damaged words are n-grams that training has not
seen and weigh little, so the words that are whole decide.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from rewarm.classify.classifier import Classifier
from rewarm.classify.training import Reading, train

_DOMAIN, _OTHER = "domain", "other"
# With fewer texts of a side the fifth that measures says nothing.
LEAST = 20
_BUCKETS = 2**16


def of_domain(
    inside: Sequence[tuple[str, str]], outside: Sequence[tuple[str, str]], seed: int
) -> Classifier | None:
    """The classifier of the domain, None where a side has fewer than 20 texts.

    inside, outside: (document id, text) of the domain and of everything else, without held-out documents.
    """
    if min(len(inside), len(outside)) < LEAST:
        return None
    both = [*inside, *outside]
    texts = pa.array([text for _, text in both], pa.string())
    labels = [_DOMAIN] * len(inside) + [_OTHER] * len(outside)
    return train(texts, labels, [identity for identity, _ in both], Reading(buckets=_BUCKETS), seed)


def domain_scores(classifier: Classifier, texts: Sequence[str]) -> np.ndarray:
    """float64 [texts], the probability that each belongs to the domain."""
    best, chance = classifier.predict(pa.array(texts, pa.string()))
    of_domain: np.ndarray = np.where(best == classifier.classes.index(_DOMAIN), chance, 1 - chance)
    return of_domain
