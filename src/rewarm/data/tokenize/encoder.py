"""The model's tokenizer: texts to token IDs, at the speed of the Rust library.

`encode_batch_fast` computes no offsets, `encode_batch` does and takes about as long again. Offsets
are needed only to find masked tokens, and most tokenizers do not need to be asked: the bytes of
the tokens, one after another, are the text, so offsets are running sums (`mask_ranges.py`).

IDs reach numpy through `array.array`, which reads a list of small integers 2 to 3 times as fast as
`np.array` does. Batches are limited in bytes as well as in documents, since an encoding takes about
a hundred bytes per token before its IDs are read.

A tokenizer merges a word as a whole, which takes 150 bytes of memory a byte: 15 GB for a record of 100 MB
without white space (encoded data, a broken export). A text with more than `_LONGEST` characters without
white space is cut into parts, which are encoded some at a time. It is cut before a punctuation mark, where
words end for a tokenizer too, so that Chinese on one line has the same tokens as in one piece; a run without
any is cut anywhere, and the tokens at the cut differ. A tokenizer that puts a space in front of each text
puts one there.
"""

import re
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.data.tokenize.token_breaks import breaks
from rewarm.errors import RewarmError
from rewarm.model import token_bytes

# Characters without white space.
_LONGEST = 100_000
# Parts that are encoded at one time.
_PARTS = 16
_MARKS = frozenset("。，、；：！？.,;:!?")
_LOOK_BACK = 2_000
# Any tokenizer whose tokens spell texts spells this one.
_PROBE = "The parties agree, section 12."

Offsets = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Encoded:
    """Tokens of a batch of documents.

    tokens: uint32 [tokens], all documents' one after another; offsets: int32 [documents + 1], where
    each document's begin; characters: of the documents whose tokens do not spell the text, the
    first and last + 1 character of each token of the text, without start and end token.
    """

    tokens: np.ndarray
    offsets: np.ndarray
    characters: dict[int, Offsets] = field(default_factory=dict)


class Encoder:
    """The model's tokenizer, as training uses it.

    bytes: uint16 [vocabulary], UTF-8 bytes per token; breaks: uint8 [vocabulary], where a text may be cut
    (`token_breaks.py`); pieces: the bytes themselves, and last a token without any; spells: whether the
    tokens' bytes spell a plain text; starts: 1 if the model has a start token, else 0.
    """

    def __init__(self, model: Path, document_end: str | None) -> None:
        from transformers import AutoConfig, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(model, trust_remote_code=False)
        if not tokenizer.is_fast:
            raise RewarmError(
                f"{model}: has no fast tokenizer (tokenizer.json); convert it with transformers"
            )
        self._rust = tokenizer.backend_tokenizer
        self._rust.no_truncation()
        self._rust.no_padding()
        end = tokenizer.eos_token if document_end is None else document_end
        end_id = None if end is None else self._rust.token_to_id(end)
        if end_id is None:
            raise RewarmError(
                f"tokenize.document_end: {end!r} is not a token of {model}; name one that ends documents"
            )
        self._end = int(end_id)
        adds_bos = (
            tokenizer.bos_token_id is not None and tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id
        )
        self._start = [int(tokenizer.bos_token_id)] if adds_bos else []
        self.starts = len(self._start)
        # Set last: a call of the Python tokenizer sets it back.
        self._rust.encode_special_tokens = True
        # Without special tokens a post-processor only takes spaces out of offsets.
        self._rust.post_processor = None
        size = max(
            AutoConfig.from_pretrained(model, trust_remote_code=False).get_text_config().vocab_size,
            len(tokenizer),
        )
        table = token_bytes.of_tokenizer(self._rust, set(tokenizer.all_special_ids), size)
        self.bytes = token_bytes.lengths(table)
        self.breaks = breaks(table)
        self.pieces = pa.array([*table, b""], pa.large_binary())
        probe = self._rust.encode(_PROBE, add_special_tokens=False).ids
        self.spells = b"".join(table[index] for index in probe).strip() == _PROBE.encode()

    def encode(self, texts: Sequence[str], masked: Collection[int] = ()) -> Encoded:
        """Start token where the model has one, text, end token, of every text.

        masked: the texts whose masked tokens will be asked for, by position.
        """
        exact = set() if self.spells else set(masked)
        cut = {row: parts for row, text in enumerate(texts) if len(parts := _parts(text)) > 1}
        other = exact | cut.keys()
        fast = [text for row, text in enumerate(texts) if row not in other] if other else texts
        encodings = iter(self._rust.encode_batch_fast(fast, add_special_tokens=False))
        slow = iter(self._encode_with_offsets([texts[row] for row in sorted(exact - cut.keys())]))
        tokens, offsets = array("I"), array("i", [0])
        characters: dict[int, Offsets] = {}
        for row in range(len(texts)):
            tokens.extend(self._start)
            if row in cut:
                found = self._encode_parts(cut[row], tokens, offsets=row in exact)
            else:
                encoding = next(slow if row in exact else encodings)
                tokens.fromlist(encoding.ids)
                found = encoding.offsets if row in exact else []
            tokens.append(self._end)
            offsets.append(len(tokens))
            if row in exact:
                characters[row] = found
        return Encoded(np.frombuffer(tokens, np.uint32), np.frombuffer(offsets, np.int32), characters)

    def characters(self, texts: Sequence[str]) -> list[Offsets]:
        """First and last + 1 character of each token of each text, from the tokenizer itself."""
        return [
            self._encode_parts(parts, array("I"), offsets=True)
            if len(parts := _parts(text)) > 1
            else self._encode_with_offsets([text])[0].offsets
            for text in texts
        ]

    def _encode_parts(self, parts: Sequence[str], tokens: "array[int]", *, offsets: bool) -> Offsets:
        """Append the tokens of the parts of a text; their characters in the text if `offsets`, else none."""
        found: list[tuple[int, int]] = []
        before = 0
        for first in range(0, len(parts), _PARTS):
            some = parts[first : first + _PARTS]
            encode = self._rust.encode_batch if offsets else self._rust.encode_batch_fast
            for part, encoding in zip(some, encode(some, add_special_tokens=False), strict=True):
                tokens.fromlist(encoding.ids)
                if offsets:
                    found += [(before + start, before + end) for start, end in encoding.offsets]
                before += len(part)
        return found

    def _encode_with_offsets(self, texts: Sequence[str]) -> list[Any]:
        found: list[Any] = self._rust.encode_batch(texts, add_special_tokens=False) if texts else []
        return found


def _parts(text: str) -> list[str]:
    """The text, cut where it has more than `_LONGEST` characters without white space."""
    if len(text) <= _LONGEST or max(map(len, text.split()), default=0) <= _LONGEST:
        return [text]
    cuts = []
    for word in re.finditer(r"\S+", text):
        at = word.start()
        while word.end() - at > _LONGEST:
            at = _before_a_mark(text, at + _LONGEST, at)
            cuts.append(at)
    return [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


def _before_a_mark(text: str, at: int, start: int) -> int:
    """The last place before `at` between a letter and a punctuation mark, in half of the part at most; else
    `at`. start: of the part."""
    for place in range(at, max(at - _LOOK_BACK, (start + at) // 2), -1):
        if text[place] in _MARKS and text[place - 1].isalpha():
            return place
    return at


@lru_cache(maxsize=1)
def encoder(model: str, document_end: str | None) -> Encoder:
    """The tokenizer of a process; reading it takes longer than many a shard."""
    return Encoder(Path(model), document_end)
