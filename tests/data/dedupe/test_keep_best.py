"""Signatures against their plain twin; who stays against comparing everyone with everyone."""

import random

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.dedupe.boilerplate import frequent
from rewarm.data.dedupe.buckets import buckets, join
from rewarm.data.dedupe.keep_best import Candidates, keep_best
from rewarm.text.grams import plain
from rewarm.text.grams.gram_sets import GramSets, Runs, gram_sets, vocabularies
from rewarm.text.grams.gram_table import table_of
from rewarm.text.grams.minhash import permutations, signatures
from rewarm.text.grams.tokens import Tokens, tokens_of

WORDS = st.lists(st.sampled_from("a b c d e f g h".split()), max_size=40).map(" ".join)  # noqa: SIM905


NONE = np.empty(0, np.uint64)


def tokenized(texts: list[str]) -> Tokens:
    return tokens_of(pa.chunked_array([pa.array(texts, pa.string())]))


def sets_of(texts: list[str], size: int = 2) -> GramSets:
    return gram_sets(tokenized(texts), size, NONE)


def grams(sets: Runs, document: int) -> np.ndarray:
    first = sets.starts[document]
    return sets.values[first : first + sets.counts[document]]


def candidates(texts: list[str], size: int = 2, common: np.ndarray = NONE, **given: np.ndarray) -> Candidates:
    """Unless given, one bucket for all and sketches that say nothing: the sets alone decide."""
    sets, words = gram_sets(tokenized(texts), size, common), vocabularies(tokenized(texts))
    return Candidates(
        given.get("buckets", np.zeros((len(texts), 1), np.int32)),
        given.get("sketches", np.zeros((len(texts), 4), np.uint8)),
        np.zeros(len(texts), bool),
        sets.starts,
        sets.counts,
        sets.own,
        sets.values,
        words.starts,
        words.counts,
        words.values,
    )


@given(st.lists(WORDS.filter(bool), min_size=1, max_size=6), st.sampled_from([(14, 8), (3, 2), (1, 1)]))
def test_signatures_are_those_of_the_plain_twin(texts: list[str], shape: tuple[int, int]) -> None:
    sets = sets_of(texts)
    signed = signatures(tokenized(texts), 2, NONE, *shape)
    multipliers, additions = permutations(shape[0] * shape[1])
    for document in range(len(texts)):
        least = plain.minima(grams(sets, document), multipliers, additions)
        assert signed.sketches[document].tolist() == (least & 0xFF).tolist()
        assert signed.keys[:, document].tolist() == plain.band_keys(least, shape[0])


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=8), min_size=1, max_size=4))
def test_a_bucket_is_everyone_with_one_key(bands: list[list[int]]) -> None:
    documents = min(map(len, bands))
    keys = [np.array(band[:documents], np.uint64) for band in bands]
    found, matrix = join(map(buckets, keys), documents)
    for one in range(documents):
        company = any((key == key[one]).sum() > 1 for key in keys)
        assert (one in found) == company
    for band, key in enumerate(keys):
        for one, place in zip(found, range(len(found)), strict=True):
            mates = {int(other) for other in found[matrix[:, band] == matrix[place, band]]}
            expected = set(np.flatnonzero(key == key[one]).tolist())
            assert mates == expected if len(expected) > 1 else matrix[place, band] == -1


@given(st.lists(WORDS, min_size=1, max_size=12), st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_nobody_falls_but_for_a_kept_one_that_it_resembles(texts: list[str], threshold: float) -> None:
    sets = sets_of(texts)
    stands, similarity = keep_best(candidates(texts), threshold)
    kept: list[int] = []
    for one in range(len(texts)):
        close = [
            plain.jaccard(grams(sets, one), grams(sets, other))
            for other in kept
            if plain.same_subject(texts[one].encode(), texts[other].encode())
        ]
        if close and max(close) >= threshold:
            assert stands[one] in kept
            assert similarity[one] == plain.jaccard(grams(sets, one), grams(sets, int(stands[one])))
            assert similarity[one] >= threshold
        else:
            assert stands[one] == one and similarity[one] == 1
            kept.append(one)


def test_no_chain_joins_documents_that_differ() -> None:
    rng = random.Random(1)
    words = [f"w{number}" for number in range(5000)]
    chain = [rng.sample(words, 400)]
    for link in range(40):
        chain.append([*chain[-1][8:], *(f"n{link}x{number}" for number in range(8))])
    texts = [" ".join(link) for link in chain]
    sets = sets_of(texts, 5)
    signed = signatures(tokenized(texts), 5, NONE, 14, 8)
    found, matrix = join(map(buckets, signed.keys), len(chain))
    assert len(found) == len(chain)
    stands, _ = keep_best(candidates(texts, 5, buckets=matrix, sketches=signed.sketches), 0.8)
    kept = np.flatnonzero(stands == np.arange(len(chain)))
    assert 5 < len(kept) < 20
    for one in range(len(chain)):
        assert plain.jaccard(grams(sets, one), grams(sets, int(stands[one]))) >= 0.8
    # Bands miss a pair at the threshold now and then, hence a little slack.
    pairs = [plain.jaccard(grams(sets, int(a)), grams(sets, int(b))) for a in kept for b in kept if a != b]
    assert max(pairs) < 0.85


def test_a_base_stays_as_it_is() -> None:
    everyone = candidates(["a b c d", "a b c d", "a b c d"])
    assert keep_best(everyone, 0.8, fixed=2)[0].tolist() == [0, 1, 0]
    assert keep_best(everyone, 0.8)[0].tolist() == [0, 0, 0]


def test_names_tell_entries_of_a_template_from_edited_copies() -> None:
    rng = random.Random(2)
    body = [rng.choice([f"w{number}" for number in range(300)]) for _ in range(300)]

    def entry(name: str) -> str:
        return " ".join(name if place % 60 == 0 else word for place, word in enumerate(body))

    def scattered(seed: int) -> str:
        places = set(random.Random(seed).sample(range(300), 4))
        return " ".join("edit" + str(place) if place in places else word for place, word in enumerate(body))

    def standing(texts: list[str]) -> list[int]:
        found: list[int] = keep_best(candidates(texts, 5), 0.75)[0].tolist()
        return found

    assert standing([entry("svn"), entry("svnlook")]) == [0, 1]
    assert standing([scattered(1), scattered(2)]) == [0, 0]
    short = " ".join(body[:40])
    assert standing([f"Create role\n{short}", f"Delete user\n{short}"]) == [0, 1]
    assert standing([f"Create role\n{short}", f"Create role\n{short} more"]) == [0, 0]
    assert standing([f"Some site\n{' '.join(body)}", f"Other page\n{' '.join(body)}"]) == [0, 0]


@given(st.lists(WORDS, max_size=10), st.integers(1, 5))
def test_boilerplate_is_counted_by_document_and_left_out(texts: list[str], documents: int) -> None:
    sets = sets_of(texts)
    own = [set(grams(sets, document).tolist()) for document in range(len(texts))]
    expected = {gram for gram in set().union(*own) if sum(gram in other for other in own) >= documents}
    common = frequent(sets, 0, documents)
    assert common.tolist() == sorted(expected)
    left = gram_sets(tokenized(texts), 2, table_of(common))
    content = left.content()
    for document, before in enumerate(own):
        rest = [gram for gram in grams(sets, document).tolist() if gram not in expected]
        found = grams(left, document).tolist()
        assert found[: len(rest)] == rest and left.own[document] == len(rest) and set(found) == before
        assert grams(content, document).tolist() == (rest or found)


@given(st.lists(WORDS.filter(bool), min_size=1, max_size=6), st.integers(1, 3))
def test_signatures_leave_out_what_is_mostly_boilerplate(texts: list[str], documents: int) -> None:
    common = frequent(sets_of(texts), 0, documents)
    signed = signatures(tokenized(texts), 2, table_of(common), 2, 3)
    for document, text in enumerate(texts):
        words = text.split()
        runs = [plain.gram_set(" ".join(words[at : at + 2]).encode(), 2)[0] for at in range(len(words) - 1)]
        every = runs or plain.gram_set(text.encode(), 2)
        rest = [gram for gram in every if gram not in common]
        partial = 0 < 2 * len(rest) < len(every)
        least = plain.minima(np.array(rest if partial else every, np.uint32), *permutations(6))
        assert signed.partial[document] == partial
        assert signed.keys[:, document].tolist() == plain.band_keys(least, 2)


def test_a_template_with_other_content_is_no_copy() -> None:
    template = " ".join(f"t{number}" for number in range(400))
    texts = [f"{template} {' '.join(f'{name}{number}' for number in range(30))}" for name in "abc"]
    copy = texts[0].replace("a3 ", "x ").replace("t200 ", "y ")
    common = table_of(frequent(sets_of(texts, 5), 0, 3))
    assert keep_best(candidates([*texts, copy], 5), 0.8)[0].tolist() == [0, 0, 0, 0]
    assert keep_best(candidates([*texts, copy], 5, common), 0.8)[0].tolist() == [0, 1, 2, 0]


@given(st.lists(WORDS, max_size=8), st.data())
def test_tokens_of_some_documents_are_theirs(texts: list[str], data: st.DataObject) -> None:
    sets = tokenized(texts)
    chosen = data.draw(st.permutations(range(len(texts)))) if texts else []
    some = sets.of(np.array(chosen, np.int64))
    for place, document in enumerate(chosen):
        own = slice(sets.starts[document], sets.starts[document] + sets.counts[document])
        mine = slice(some.starts[place], some.starts[place] + some.counts[place])
        assert some.hashes[mine].tolist() == sets.hashes[own].tolist()
