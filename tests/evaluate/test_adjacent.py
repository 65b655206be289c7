"""Documents that share the domain's rare words are the near ones."""

import numpy as np

from rewarm.evaluate import adjacent


def test_documents_with_the_domains_words_are_near() -> None:
    rng = np.random.default_rng(0)
    common, of_domain, others = np.arange(50), np.arange(50, 100), np.arange(100, 400)
    near = [np.concatenate([rng.choice(common, 40), rng.choice(of_domain, 20)]) for _ in range(10)]
    far = [np.concatenate([rng.choice(common, 40), rng.choice(others, 20)]) for _ in range(30)]
    inside = [np.concatenate([rng.choice(common, 40), rng.choice(of_domain, 60)]) for _ in range(10)]
    documents = [*near, *far, *inside]
    domain = np.array([False] * 40 + [True] * 10)
    parts = adjacent.parts(documents, domain)
    assert np.flatnonzero(parts[adjacent.NEAR]).tolist() == list(range(10))
    assert np.flatnonzero(parts[adjacent.FAR]).tolist() == list(range(10, 40))


def test_too_few_documents_give_no_parts() -> None:
    documents = [np.arange(5)] * 30
    assert adjacent.parts(documents, np.arange(30) < 15) == {}
    assert adjacent.parts(documents, np.zeros(30, dtype=bool)) == {}
