"""New merges stand behind the base's: every new encoding is the base's with some neighbours joined."""

from pathlib import Path

import numpy as np
import pytest
from command_line import document
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from rewarm.corpus.tables.vocabulary import Extension, Fertility
from rewarm.data.vocabulary import bpe_file, fertility
from rewarm.data.vocabulary.bpe_file import NewToken
from rewarm.data.vocabulary.learn import Learner
from rewarm.errors import RewarmError
from rewarm.model import token_bytes

CLAUSES = "合同法规定，当事人应当遵循公平原则确定各方的权利和义务。依法成立的合同，受法律保护。" * 3
MIXED = [CLAUSES, "当事人应当 keep the contract 合同。", "def f(x): return x  # 法律", "第12条 合同"]


def byte_level() -> Tokenizer:
    """A base that knows some English and no Chinese."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<end>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    made.train_from_iterator([document("api", number) for number in range(40)], trainer)
    made.add_tokens(["<|late|>"])
    return made


def with_fallback() -> Tokenizer:
    """As Llama 2's: no split into words, spaces as ▁, unknown characters in bytes."""
    vocabulary = {f"<0x{byte:02X}>": byte for byte in range(256)}
    for token in ["<unk>", "▁", *"abcdefghijklmnopqrstuvwxyz.,", "合", "▁t", "th", "▁th"]:
        vocabulary.setdefault(token, len(vocabulary))
    merges = [("▁", "t"), ("t", "h"), ("▁t", "h")]
    made = Tokenizer(models.BPE(vocabulary, merges, byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    made.normalizer = normalizers.Replace(" ", "▁")
    made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return made


def extended(
    rust: Tokenizer, texts: list[str], folder: Path, most: int = 40, *, ascii_too: bool = False
) -> tuple[Tokenizer, list[NewToken], int]:
    bpe = bpe_file.read(rust, folder)
    table = token_bytes.of_tokenizer(rust, set(), bpe.first_free)
    found = Learner(rust, bpe, table, 2, 16, ascii_too).learn([texts], most)
    path = folder / "tokenizer.json"
    rust.save(str(path))
    bpe_file.append(path, found, bpe.first_free)
    return Tokenizer.from_file(str(path)), found, bpe.first_free


def expand(tokens: list[int], found: list[NewToken], first: int) -> list[int]:
    nothing = Fertility("", 0, 0, 0, 0, 0, 0, 0, 0)
    pieces = [list(one.pieces) for one in found]
    extension = Extension(first, [], [], pieces, 0, "", [], nothing, 0.0)
    return extension.expand(np.array(tokens, dtype=np.uint32))[0].tolist()


@pytest.fixture(scope="module", params=[byte_level, with_fallback])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Tokenizer, Tokenizer, list[NewToken], int]:
    rust = request.param()
    return rust, *extended(rust, MIXED, tmp_path_factory.mktemp("extended"))


def test_learned_text_takes_fewer_tokens_and_comes_back(
    pair: tuple[Tokenizer, Tokenizer, list[NewToken], int],
) -> None:
    before, after, found, first = pair
    old, new = before.encode(CLAUSES).ids, after.encode(CLAUSES).ids
    assert len(new) < 0.6 * len(old)
    assert after.decode(new) == before.decode(old)
    assert [after.token_to_id(one.text) for one in found] == [first + n for n in range(len(found))]


@given(
    text=st.text(alphabet="合同法规定当事人，。 abth\nx(12" + "é😀", max_size=40)
    | st.lists(st.sampled_from([*MIXED[1:], "合同法规定", "当事人"])).map(" ".join)
)
def test_an_encoding_is_the_bases_with_neighbours_joined(
    pair: tuple[Tokenizer, Tokenizer, list[NewToken], int], text: str
) -> None:
    before, after, found, first = pair
    old, new = before.encode(text).ids, after.encode(text).ids
    assert expand(new, found, first) == old


@given(text=st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
def test_ascii_text_keeps_its_tokens(
    pair: tuple[Tokenizer, Tokenizer, list[NewToken], int], text: str
) -> None:
    before, after, _, _ = pair
    assert before.encode(text).ids == after.encode(text).ids


def test_english_words_are_joined_where_asked_for(tmp_path: Path) -> None:
    texts = ["the arbitration clause binds the arbitrator"] * 3
    before = byte_level()
    after, found, first = extended(before, texts, tmp_path, ascii_too=True)
    assert len(after.encode(texts[0]).ids) < len(before.encode(texts[0]).ids)
    assert expand(after.encode(texts[0]).ids, found, first) == before.encode(texts[0]).ids


def test_added_tokens_of_the_base_keep_their_ids(tmp_path: Path) -> None:
    before = byte_level()
    after, _, first = extended(before, MIXED, tmp_path)
    assert before.token_to_id("<|late|>") == first - 1
    assert after.encode("a<|late|>b").ids == before.encode("a<|late|>b").ids


def test_learning_is_the_same_twice(tmp_path: Path) -> None:
    _, one, _ = extended(byte_level(), MIXED, tmp_path)
    _, two, _ = extended(byte_level(), MIXED, tmp_path)
    assert one == two


def test_new_tokens_are_no_tokens_of_the_base_and_no_pair_twice(
    pair: tuple[Tokenizer, Tokenizer, list[NewToken], int],
) -> None:
    before, _, found, _ = pair
    texts = [one.text for one in found]
    assert len(set(texts)) == len(texts) and not set(texts) & set(before.get_vocab())


def test_a_unigram_tokenizer_is_refused(tmp_path: Path) -> None:
    made = Tokenizer(models.Unigram([("a", -1.0), ("b", -2.0)]))
    with pytest.raises(RewarmError, match="is Unigram; merges can be added to BPE only"):
        bpe_file.read(made, tmp_path)


def test_fertility_counts_both_tokenizers(
    pair: tuple[Tokenizer, Tokenizer, list[NewToken], int],
) -> None:
    before, after, _, first = pair
    zh, en = fertility.measure(before, after, [CLAUSES, "the a"], ["zh", "en"], first)
    assert zh.characters == len(CLAUSES) and zh.bytes == len(CLAUSES.encode())
    assert zh.before == len(before.encode(CLAUSES).ids) and zh.after == len(after.encode(CLAUSES).ids)
    assert zh.changed == 1 and zh.extended > 0 and zh.saving > 0.5
    assert en.changed == 0 and en.saving == 0 and en.words == 2
    both = fertility.total([zh, en])
    assert both.documents == 2 and both.before == zh.before + en.before
