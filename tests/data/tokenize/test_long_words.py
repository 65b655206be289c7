"""A record of one endless word takes bounded memory, and other documents are encoded as they always were."""

import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewarm.data.tokenize import encoder as encoders
from rewarm.data.tokenize.encoder import Encoder

# Peak memory in MB of encoding one word of some MB, above that of the process before.
MEASURE = """
import random, resource, sys
from pathlib import Path
from rewarm.data.tokenize.encoder import Encoder
tokenizer = Encoder(Path(sys.argv[1]), None)
tokenizer.encode(["a word"])
text = "".join(random.Random(0).choices("abcdefghij", k=8_000_000))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
tokens = tokenizer.encode([text]).tokens
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3, len(tokens))
"""


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> Encoder:
    return Encoder(folder, None)


@settings(max_examples=200)
@given(st.lists(st.text("合同法第五条naïve café(x)。，、.!? \n3", max_size=30), max_size=20))
def test_texts_with_marks_have_the_tokens_of_one_piece(tokenizer: Encoder, parts: list[str]) -> None:
    """Parts of a line: between two marks behind letters there are fewer characters than are looked back."""
    if not tokenizer.spells or tokenizer.encode(["law"]).tokens[0] == tokenizer.encode([" law"]).tokens[0]:
        pytest.skip("puts a space in front of each part, or loses the text")
    text = "合。".join(parts)
    whole = tokenizer.encode([text]).tokens.tolist()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoders, "_LONGEST", 100)
        assert "".join(encoders._parts(text)) == text
        assert tokenizer.encode([text, "law"]).tokens.tolist()[: len(whole)] == whole


def test_a_word_without_marks_is_spelled_by_its_tokens(
    tokenizer: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = "".join(random.Random(0).choices("lawcontrs", k=1_000))
    text = f"the law {word} says"
    whole = tokenizer.encode([text]).tokens
    before = tokenizer.characters([text])[0]
    monkeypatch.setattr(encoders, "_LONGEST", 100)
    assert len(encoders._parts(text)) == 10
    cut = tokenizer.encode(["law", text, "law"], [1])
    own = cut.tokens[cut.offsets[1] : cut.offsets[2]]
    assert abs(len(own) - len(whole)) <= 2 * 10
    spelled = b"".join(tokenizer.pieces[index].as_py() for index in own.tolist())
    if tokenizer.spells:
        assert spelled.replace(b" ", b"") == text.replace(" ", "").encode()
    characters = tokenizer.characters([text])[0]
    assert characters[:2] == before[:2]
    assert all(one[1] <= next_one[1] for one, next_one in pairwise(characters))
    assert characters[-1][1] == len(text)


def test_documents_with_shorter_words_are_not_cut() -> None:
    for text in ("", " ", "a" * encoders._LONGEST, "ab " * encoders._LONGEST):
        assert encoders._parts(text) == [text]


@pytest.mark.slow
def test_one_endless_word_takes_bounded_memory(folder: Path) -> None:
    """8 MB of letters took 986 MB in one piece. An uncased WordPiece makes one unknown token of them."""
    if "uncased" in folder.name:
        pytest.skip("one unknown token")
    asked = subprocess.run(
        [sys.executable, "-c", MEASURE, folder], capture_output=True, text=True, check=True
    )
    megabytes, tokens = asked.stdout.split()
    assert float(megabytes) < 300 and int(tokens) > 1_000_000
