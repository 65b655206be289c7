"""Ten ways in which a source can spoil prose, five for English and five for Chinese."""

import random
import re
from collections import Counter
from collections.abc import Callable

from attributing import foreign

# Documents → spoilt documents.
Spoil = Callable[[list[str], random.Random], list[str]]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    letter: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in _ROWS for at, letter in enumerate(row)
}
_TAGS = ("<b>", "</span>", "&nbsp;", "<br/>", '<a href="#">', "[edit]", "{{cite}}", "'''")
_TERMS = 300
_NUMERALS = re.compile("[一二三四五六七八九十百千零]+")
# The ends of Chinese clauses: comma, full stop, semicolon, enumeration comma, colon, line.
_CLAUSE = re.compile("([\uff0c\u3002\uff1b\u3001\uff1a\n])")


def _each(spoil: Callable[[str, random.Random], str]) -> Spoil:
    return lambda texts, rng: [spoil(text, rng) for text in texts]


def _word_order(text: str, rng: random.Random) -> str:
    """The words of each line in random order."""
    lines = (line.split() for line in text.split("\n"))
    return "\n".join(" ".join(rng.sample(words, len(words))) for words in lines)


def _exchanged_terms(texts: list[str], rng: random.Random) -> list[str]:
    """Frequent words exchanged for one another, the same way everywhere."""
    counts = Counter(word for text in texts for word in re.findall(r"[A-Za-z]{4,}", text))
    words = [word for word, _ in counts.most_common(_TERMS)]
    rng.shuffle(words)
    other = dict(zip(words, words[1:] + words[:1], strict=True))
    return [re.sub(r"[A-Za-z]{4,}", lambda found: other.get(found[0], found[0]), text) for text in texts]


def _keyboard(text: str, rng: random.Random) -> str:
    """A quarter of the letters are neighbours on the keyboard."""
    return "".join(
        rng.choice(_NEIGHBOURS[one]) if one in _NEIGHBOURS and rng.random() < 0.25 else one for one in text
    )


def _markup(text: str, rng: random.Random) -> str:
    """Tags between half of the words."""
    return re.sub(" ", lambda _: f" {rng.choice(_TAGS)}" if rng.random() < 0.5 else " ", text)


def _cut_sentences(text: str, rng: random.Random) -> str:
    """The first third of each sentence, one after another."""
    sentences = [sentence.split() for sentence in re.split(r"(?<=[.?!])\s+|\n+", text)]
    return " ".join(" ".join(words[: len(words) // 3 + 1]) for words in sentences)


def _spliced(texts: list[str], rng: random.Random) -> list[str]:
    """Five characters of one document, five of another in turn."""
    others = rng.sample(texts, len(texts))
    return [
        "".join(one[at : at + 5] + other[at : at + 5] for at in range(0, len(one), 10))
        for one, other in zip(texts, others, strict=True)
    ]


def _digits(text: str, rng: random.Random) -> str:
    """Numerals as any numbers in digits."""
    return _NUMERALS.sub(lambda _: str(rng.randrange(10_000)), text)


def _repeated(text: str, rng: random.Random) -> str:
    """Characters up to three times."""
    return "".join(one * rng.randrange(1, 4) for one in text)


def _mixed_language(text: str, rng: random.Random) -> str:
    """French phrases in place of half of the clauses."""
    parts = _CLAUSE.split(text)
    return "".join(
        foreign.phrase(rng) if at % 2 == 0 and part and rng.random() < 0.5 else part
        for at, part in enumerate(parts)
    )


def _misread(text: str, rng: random.Random) -> str:
    """A third of the Chinese characters are others near by in the code table."""
    return "".join(
        chr(ord(one) + rng.randrange(1, 9)) if one >= "\u4e00" and rng.random() < 1 / 3 else one
        for one in text
    )


ENGLISH: dict[str, Spoil] = {
    "word-order": _each(_word_order),
    "exchanged-terms": _exchanged_terms,
    "keyboard": _each(_keyboard),
    "markup": _each(_markup),
    "cut-sentences": _each(_cut_sentences),
}
CHINESE: dict[str, Spoil] = {
    "spliced": _spliced,
    "digits": _each(_digits),
    "repeated": _each(_repeated),
    "mixed-language": _each(_mixed_language),
    "misread": _each(_misread),
}
KINDS = ENGLISH | CHINESE
