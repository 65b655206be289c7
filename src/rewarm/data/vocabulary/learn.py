"""Learns BPE merges on top of the base's own tokens.

The base encodes the text; each of its tokens becomes one character of a made alphabet (U+10000 and above),
and the BPE trainer of `tokenizers` learns merges of these characters within the base's words. So a new token
always is a join of tokens that the base's encoding leaves adjacent (`bpe_file.py` says why that matters).

Where the base spells a character in byte tokens (SentencePiece with byte fallback), merges of them would not
decode. There the frequent characters become tokens themselves, and merges join characters.

The learner counts every distinct word. In Chinese a word is what stands between two punctuation marks, so
memory grows with the text: `vocabulary.text_bytes` limits it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rewarm.data.vocabulary.bpe_file import Bpe, NewToken

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Above all characters that a text can have in one UTF-16 unit; none of those above is white space.
_ALPHABET = 0x10000
_SPACE = ord(" ")
# The learner also finds joins that are tokens of the base already, which are left out afterwards.
_SPARE = 1.1


@dataclass(frozen=True)
class Learner:
    """How one base's text is cut for the trainer.

    bpe: of the base; table: bytes of each token ID; min_count, longest, ascii: of `recipe/vocabulary.py`.
    """

    rust: "Tokenizer"
    bpe: Bpe
    table: list[bytes]
    min_count: int
    longest: int
    ascii: bool

    def learn(self, batches: Iterable[Sequence[str]], most: int) -> list[NewToken]:
        """At most `most` tokens, the most frequent joins first. batches: of texts."""
        characters: dict[tuple[int, ...], int] = {}
        counts: Counter[tuple[int, ...]] = Counter()
        words = self._words(batches, characters, counts)
        from tokenizers import Tokenizer, models, pre_tokenizers, trainers

        made = Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        known = [chr(_ALPHABET + index) for index in range(len(self.table))]
        trainer = trainers.BpeTrainer(
            vocab_size=len(known) + int(most * _SPARE) + self._characters_most(),
            min_frequency=self.min_count,
            initial_alphabet=known,
            max_token_length=self.longest,
            show_progress=False,
        )
        made.train_from_iterator(words, trainer)
        import json

        merges = [tuple(pair) for pair in json.loads(made.to_str())["model"]["merges"]]
        frequent = [one for one, count in counts.most_common(most // 2) if count >= self.min_count]
        return self._accepted(merges, characters, frequent, most)

    def _characters_most(self) -> int:
        return 20_000 if self.bpe.byte_tokens else 0

    def _words(
        self,
        batches: Iterable[Sequence[str]],
        characters: dict[tuple[int, ...], int],
        counts: Counter[tuple[int, ...]],
    ) -> Iterator[str]:
        """Texts as characters of the made alphabet, words apart by spaces.

        characters: filled with the characters in byte tokens, and the place of each behind the base's
        tokens; counts: with how often each occurs.
        """
        alone = self._alone()
        for texts in batches:
            for encoding in self.rust.encode_batch(list(texts), add_special_tokens=False):
                symbols = np.asarray(encoding.ids, dtype=np.int64)
                if not len(symbols):
                    continue
                word = np.array([-1 if one is None else one for one in encoding.word_ids])
                if self.bpe.byte_tokens:
                    symbols, word = self._with_characters(symbols, word, characters, counts)
                inside = symbols < len(self.table)
                apart = np.ones(len(symbols), bool)
                apart[inside] = alone[symbols[inside]]
                apart[~inside] = False
                breaks = np.flatnonzero((np.diff(word) != 0) | apart[1:] | apart[:-1]) + 1
                codes = np.insert((symbols + _ALPHABET).astype("<u4"), breaks, _SPACE)
                yield codes.tobytes().decode("utf-32-le")

    def _alone(self) -> np.ndarray:
        """bool [vocabulary]: tokens that nothing is joined with."""
        found = np.zeros(len(self.table), bool)
        for index, content in enumerate(self.table):
            text = content.strip(b" ")
            plain = any(byte < 0x80 for byte in text) or (self.bpe.byte_level and not content)
            letters = any(byte >= 0x80 or chr(byte).isalnum() for byte in text)
            found[index] = (plain and not self.ascii) or (not self.bpe.splits and not letters)
        return found

    def _with_characters(
        self,
        ids: np.ndarray,
        word: np.ndarray,
        characters: dict[tuple[int, ...], int],
        counts: Counter[tuple[int, ...]],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Runs of byte tokens as characters; symbols and words of what is left."""
        symbols: list[int] = []
        words: list[int] = []
        at, tokens = 0, ids.tolist()
        while at < len(tokens):
            size = _character(self.table, tokens, at, self.bpe.byte_tokens)
            if size > 1:
                pieces = tuple(tokens[at : at + size])
                counts[pieces] += 1
                symbols.append(characters.setdefault(pieces, len(self.table) + len(characters)))
            else:
                symbols.append(tokens[at])
            words.append(int(word[at]))
            at += size
        return np.array(symbols, dtype=np.int64), np.array(words)

    def _accepted(
        self,
        merges: Sequence[tuple[str, ...]],
        characters: dict[tuple[int, ...], int],
        frequent: Sequence[tuple[int, ...]],
        most: int,
    ) -> list[NewToken]:
        """The merges whose result is no token yet, with what they are made of."""
        spelled = {index: token for token, index in self.bpe.vocabulary.items()}
        pieces: dict[str, tuple[str, tuple[int, ...]]] = {
            chr(_ALPHABET + index): (text, (index,)) for index, text in spelled.items()
        }
        known = set(self.bpe.vocabulary)
        found = []
        for one in frequent:
            text = b"".join(self.table[index] for index in one).decode("utf-8")
            known.add(text)
            pieces[chr(_ALPHABET + characters[one])] = (text, one)
            found.append(NewToken(text, None, None, one))
        for left, right in merges:
            if len(found) == most:
                break
            if left not in pieces or right not in pieces:
                continue
            (first, before), (second, behind) = pieces[left], pieces[right]
            # The same text by another way would be joined where the base's own merges split it.
            if first + second in known:
                continue
            known.add(first + second)
            pieces[left + right] = (first + second, before + behind)
            found.append(NewToken(first + second, first, second, before + behind))
        return found


def _character(table: list[bytes], tokens: list[int], at: int, byte_tokens: frozenset[int]) -> int:
    """How many byte tokens from `at` on are one character of UTF-8; 1 for any other token."""
    if tokens[at] not in byte_tokens:
        return 1
    lead = table[tokens[at]][0] if table[tokens[at]] else 0
    size = 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2 if lead >= 0xC0 else 1
    part = tokens[at : at + size]
    whole = len(part) == size and all(token in byte_tokens for token in part)
    return size if whole else 1
