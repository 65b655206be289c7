"""From UTF-8 bytes to characters with the marks of their kind, 4 bytes each.

The value of a character is what it adds to a hash: its folded code point plus one, or 0x20 for any space.
What has no width is left out, and of several spaces the first stays. Folding and kinds are looked up in a
table of all code points of 16 bits: a Chinese text asks for thousands of them in no order, and no processor
guesses its way through their ranges.
"""

from functools import cache
from typing import Any

import numpy as np

from rewarm.text.grams.kinds import ALONE, NOTHING, SPACE, WORD, decoded, folded, kind_of
from rewarm.text.kernel import kernel

VALUE = np.uint32((1 << 21) - 1)
SPACED, NEWLINE, _HIDDEN = np.uint32(1 << 23), np.uint32(1 << 24), np.uint32(1 << 25)
# In a word, or a token by itself; of them, in a word.
IN_TOKEN, IN_WORD = np.uint32(1 << 30), np.uint32(1 << 31)
A_SPACE = np.uint32(0x20) | SPACED
_ONE, _TWO, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)


@kernel
def read(
    text: np.ndarray, place: np.uint64, table: np.ndarray, characters: np.ndarray, known: int
) -> tuple[np.uint64, int]:
    """Fill `characters` after the `known` first, at least one, until it is full or the text ends.

    text: uint8, any bytes; table: `table_of_characters()`; characters: uint32. A newline that is left out
    for a space before it marks that one. Returns the place in the text, and how many characters are known.
    """
    spaced = characters[known - 1] & SPACED
    count, room, end = np.uint64(known), np.uint64(len(characters)), np.uint64(len(text))
    while place < end and count < room:
        byte = text[place]
        if byte < 0x80:
            character = table[byte]
            place += _ONE
        elif (
            byte & 0xF0 == 0xE0
            and place + _TWO < end
            and text[place + _ONE] & 0xC0 == 0x80
            and text[place + _TWO] & 0xC0 == 0x80
        ):
            # Most that is not ASCII; written out, since a call costs more than the rest.
            following = (text[place + _ONE] & 0x3F) << 6 | text[place + _TWO] & 0x3F
            character = table[(byte & 0x0F) << 12 | following]
            place += _THREE
        else:
            here: Any = np.int64(place)
            code, length = decoded(text, here, len(text))
            character = table[code] if code < len(table) else character_of(code)
            place += np.uint64(length)
        if character & (spaced | _HIDDEN):
            characters[count - _ONE] |= character & NEWLINE
            continue
        spaced = character & SPACED
        characters[count] = character
        count += _ONE
    filled: Any = np.int64(count)
    return place, filled


@kernel
def character_of(code: int) -> np.uint32:
    """The value of a code point, and the marks of its kind."""
    code = folded(code)
    kind = kind_of(code)
    if kind == NOTHING:
        return _HIDDEN
    if kind == SPACE:
        return A_SPACE | NEWLINE if code == 0x0A else A_SPACE
    value = np.uint32(code + 1)
    if kind == WORD:
        return value | IN_TOKEN | IN_WORD
    return value | IN_TOKEN if kind == ALONE else value


@cache
def table_of_characters() -> np.ndarray:
    """uint32 [65536]: `character_of` each code point of 16 bits."""
    characters = np.empty(1 << 16, np.uint32)
    _fill(characters)
    return characters


@kernel
def _fill(characters: np.ndarray) -> None:
    for code in range(len(characters)):
        characters[code] = character_of(code)
