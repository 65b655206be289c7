"""Cuts documents that are longer than a sequence behind a paragraph, line or sentence.

A cut is looked for in the last part of the sequence, its slack. The strongest break there is taken, and of
equal ones the last. Where there is none, the cut falls before a word, else at the sequence's length, but
never inside a character: byte-level tokens may end inside one. A short slack finds fewer sentences, a long
one leaves more room that other documents have to fill.
"""

import numpy as np

from rewarm.text.kernel import kernel

# As `data/tokenize/token_breaks.py` writes them.
_END, _SENTENCE, _WIDE, _LINE, _PARAGRAPH = 0x07, 1, 2, 3, 4
_NEWLINE, _BLANK, _INSIDE = 0x20, 0x40, 0x80

KINDS = ("other", "word", "sentence", "line", "paragraph")
"""What lies before a cut, in rising order of strength."""


def cuts(tokens: np.ndarray, breaks: np.ndarray, seq_len: int, slack: int) -> tuple[np.ndarray, np.ndarray]:
    """Where a document is cut so that each part has at most `seq_len` tokens.

    tokens: uint32 [n], n > seq_len; breaks: uint8 [vocabulary]; slack: of the sequence, one part in so many.
    Returns int64 [parts - 1], the first token of each part but the first, and what lies before it, a place in
    `KINDS`.
    """
    last = max(1, seq_len // slack)
    found, kinds = np.empty(len(tokens), dtype=np.int64), np.empty(len(tokens), dtype=np.int64)
    count = _cuts(tokens, breaks, seq_len, last, found, kinds)
    return found[:count].copy(), kinds[:count].copy()


@kernel
def _cuts(
    tokens: np.ndarray, breaks: np.ndarray, seq_len: int, slack: int, found: np.ndarray, kinds: np.ndarray
) -> int:
    count, start = 0, 0
    while len(tokens) - start > seq_len:
        best, strongest = start + seq_len, -1
        for at in range(start + seq_len, start + seq_len - slack, -1):
            before, after = breaks[tokens[at - 1]], breaks[tokens[at]]
            if after & _INSIDE:
                continue
            strength = 0
            # Newlines stay with the line that they end.
            if not after & _NEWLINE:
                end = before & _END
                if end == _LINE and at - 2 >= start and breaks[tokens[at - 2]] & _END >= _LINE:
                    end = _PARAGRAPH
                if end >= _LINE:
                    strength = end
                elif end == _WIDE or (end == _SENTENCE and after & _BLANK):
                    strength = 2
                elif after & _BLANK:
                    strength = 1
            if strength > strongest:
                best, strongest = at, strength
                if strength == 4:
                    break
        # Nothing but insides of characters: back to the beginning of one, if there is any.
        at = start + seq_len - slack
        while strongest < 0 and at > start:
            if not breaks[tokens[at]] & _INSIDE:
                best, strongest = at, 0
            at -= 1
        found[count] = best
        kinds[count] = max(strongest, 0)
        count += 1
        start = best
    return count
