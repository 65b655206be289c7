"""Pairs are counted as if the texts were cut anew after every merge."""

import itertools
from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rewarm.diagnose.base_mix.pair_counts import PairCounts

WORDS = st.dictionaries(st.text("abc", min_size=1, max_size=7), st.integers(1, 9), min_size=1, max_size=8)


def counted_anew(words: Counter[str], merges: list[tuple[str, str]]) -> Counter[tuple[str, str]]:
    pairs: Counter[tuple[str, str]] = Counter()
    for word, count in words.items():
        symbols = list(word)
        for first, second in merges:
            at = 0
            while at + 1 < len(symbols):
                if (symbols[at], symbols[at + 1]) == (first, second):
                    symbols[at : at + 2] = [first + second]
                at += 1
        for pair in itertools.pairwise(symbols):
            pairs[pair] += count
    return pairs


@given(WORDS, WORDS, st.integers(0, 6), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_counts_after_merges(
    first: dict[str, int], second: dict[str, int], steps: int, random: object
) -> None:
    kinds = [Counter(first), Counter(second)]
    counts = PairCounts(kinds, [1_000_000, 500_000])
    merges: list[tuple[str, str]] = []
    for _ in range(steps):
        anew = [counted_anew(words, merges) for words in kinds]
        known = sorted({*anew[0], *anew[1]})
        if not known:
            break
        merges.append(random.choice(known))  # type: ignore[attr-defined]
        before = counts.table.copy()
        changed = counts.merge(merges[-1])
        # Rows that are not reported stay as they are.
        rest = np.setdiff1d(np.arange(len(before)), changed)
        np.testing.assert_array_equal(counts.table[rest], before[rest])
    anew = [counted_anew(words, merges) for words in kinds]
    for pair in {*anew[0], *anew[1], *merges}:
        row = counts.row(pair)
        got = [0.0, 0.0] if row is None else counts.table[row]
        # Per megabyte: the second kind has half of one.
        np.testing.assert_allclose(got, [anew[0][pair], 2 * anew[1][pair]], atol=1e-6)
    # All pairs, also those that no merge and no count names.
    totals = [sum(anew[0].values()), 2 * sum(anew[1].values())]
    np.testing.assert_allclose(counts.table.sum(axis=0), totals, atol=1e-6)
