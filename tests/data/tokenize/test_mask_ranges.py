"""Masked tokens are those that the tokenizer's own offsets give, for every kind of tokenizer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from rewarm.corpus.tables import masks
from rewarm.data.tokenize.encoder import Encoder
from rewarm.data.tokenize.mask_ranges import Spans, masked_tokens, ranges

PARTS = [
    "the law", " of ", "contracts", "合同", "法第五条", "条款", "  条款", "\n\n", "é", "e\u0301", "\u0958",
    "😀", " <｜say▁it｜>", "<end>", "▁", "\ufeff", "THE", "a", " ", "\u0000", "　", "ﬁ",
]  # fmt: skip
TEXT = st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=4)), max_size=8).map("".join)
SPANS = st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=4)
DOCUMENTS = st.lists(st.tuples(TEXT, SPANS, SPANS), min_size=1, max_size=6)


def found(encoder: Encoder, documents: Sequence[tuple[str, masks.Spans, masks.Spans]]) -> list[list[int]]:
    texts = [text for text, _, _ in documents]
    columns = [pa.array([masks.to_rows(row[side]) for row in documents], masks.TYPE) for side in (1, 2)]
    spans = Spans.of(*columns)
    encoded = encoder.encode(texts, spans.documents.tolist())
    touched = masked_tokens(encoder, pa.array(texts, pa.string()), texts, encoded, spans)
    lists: list[list[int]] = ranges(touched, encoded).to_pylist()
    return lists


@pytest.fixture(scope="module")
def encoder(folder: Path) -> Encoder:
    return Encoder(folder, None)


@pytest.fixture(scope="module")
def reference(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    tokenizer.post_processor = None
    return tokenizer


@settings(max_examples=60)
@example(documents=[("😀", [(0, 1)], []), ("", [(0, 1)], []), ("of", [], [(1, 9)])])
@given(documents=DOCUMENTS)
def test_tokens_that_touch_a_masked_character_by_the_tokenizers_offsets(
    encoder: Encoder, reference: Tokenizer, documents: list[tuple[str, masks.Spans, masks.Spans]]
) -> None:
    whole = reference.encode_batch([text for text, _, _ in documents], add_special_tokens=False)
    expected = [
        masks.tokens(masks.merged([*one, *other]), encoding.offsets)
        for (_, one, other), encoding in zip(documents, whole, strict=True)
    ]
    assert found(encoder, documents) == expected


def test_a_text_that_its_tokens_spell_is_encoded_once(
    encoder: Encoder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request for offsets, which cost a second encoding."""
    texts = ["the law of contracts", "合同法", " the law  of\n"]
    asked: list[str] = []
    own = encoder.characters
    monkeypatch.setattr(encoder, "characters", lambda texts: [*map(asked.append, texts)] and own(texts))
    found(encoder, [(text, [(1, 3)], []) for text in texts])
    assert not asked
    assert encoder.spells == ("uncased" not in folder.name)


def test_ids_are_those_of_the_tokenizer(encoder: Encoder, reference: Tokenizer) -> None:
    texts = ["the law", "", "合同法 <end>"]
    encoded = encoder.encode(texts, [0])
    parts = np.split(encoded.tokens, encoded.offsets[1:-1])
    inner = [encoding.ids for encoding in reference.encode_batch(texts, add_special_tokens=False)]
    assert [part[encoder.starts : -1].tolist() for part in parts] == inner
