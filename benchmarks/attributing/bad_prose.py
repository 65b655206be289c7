"""Twelve ways in which a source can spoil prose.

What hardly raised the loss of the channel in a sketch of these trainings was left out: exchanged terms, words
in random order, cut sentences, foreign words, some of the characters misread. The intact rest of such a text
teaches the channel about as much as the noise harms it.
"""

import random
import re
from collections.abc import Callable

# Documents → spoilt documents.
Spoil = Callable[[list[str], random.Random], list[str]]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEXT_KEY = str.maketrans("".join(_ROWS), "".join(row[1:] + row[0] for row in _ROWS))
_NEXT_VOWEL = str.maketrans("aeiouAEIOU", "eiouaEIOUA")
_TAGS = ("<b>", "</span>", "&nbsp;", "<br/>", '<a href="#">', "[edit]", "{{cite}}", "'''")
# The ends of Chinese clauses: comma, full stop, line.
_CLAUSE = re.compile("([\uff0c\u3002\n])")


def _each(spoil: Callable[[str, random.Random], str]) -> Spoil:
    return lambda texts, rng: [spoil(text, rng) for text in texts]


def _shifted_keys(text: str, _: random.Random) -> str:
    """Small letters as typed with the hands a key to the right."""
    return text.translate(_NEXT_KEY)


def _other_vowels(text: str, _: random.Random) -> str:
    """Each vowel is the next one."""
    return text.translate(_NEXT_VOWEL)


def _capitals(text: str, rng: random.Random) -> str:
    """Capitals and small letters at random."""
    return "".join(one.upper() if rng.random() < 0.5 else one.lower() for one in text)


def _joined_words(text: str, _: random.Random) -> str:
    """No spaces, as from a bad extraction of a page."""
    return text.replace(" ", "")


def _markup(text: str, rng: random.Random) -> str:
    """Tags inside words."""
    return re.sub(r"(\w\w)(?=\w)", lambda found: found[1] + rng.choice(_TAGS), text)


def _spliced(texts: list[str], rng: random.Random) -> list[str]:
    """A character of one document, one of another in turn, as from two columns."""
    others = rng.sample(texts, len(texts))
    return [
        "".join(first + second for first, second in zip(one, other, strict=False))
        for one, other in zip(texts, others, strict=True)
    ]


def _digits(text: str, rng: random.Random) -> str:
    """A digit behind every character."""
    return "".join(f"{one}{rng.randrange(10)}" for one in text)


def _repeated(text: str, rng: random.Random) -> str:
    """Each character two or three times."""
    return "".join(one * rng.randrange(2, 4) for one in text)


def _character_order(text: str, rng: random.Random) -> str:
    """The characters of each clause in random order."""
    return "".join("".join(rng.sample(part, len(part))) for part in _CLAUSE.split(text))


def _broken_lines(text: str, _: random.Random) -> str:
    """A line break behind every second character, as from a narrow column."""
    return re.sub("(..)", "\\1\n", text)


def _spaced(text: str, _: random.Random) -> str:
    """A space behind every character."""
    return "".join(f"{one} " for one in text)


def _backwards(text: str, _: random.Random) -> str:
    """Each line from its end to its beginning."""
    return "\n".join(line[::-1] for line in text.split("\n"))


KINDS: dict[str, Spoil] = {
    "shifted-keys": _each(_shifted_keys),
    "other-vowels": _each(_other_vowels),
    "capitals": _each(_capitals),
    "joined-words": _each(_joined_words),
    "markup": _each(_markup),
    "spliced": _spliced,
    "digits": _each(_digits),
    "repeated": _each(_repeated),
    "character-order": _each(_character_order),
    "broken-lines": _each(_broken_lines),
    "spaced": _each(_spaced),
    "backwards": _each(_backwards),
}
ENGLISH = ["shifted-keys", "other-vowels", "capitals", "joined-words", "markup"]
CHINESE = ["spliced", "digits", "repeated", "character-order", "broken-lines"]
# A second set of cases: as far as a kind suits the other language, the other way round.
CROSSED_ENGLISH = ["repeated", "broken-lines", "spliced"]
CROSSED_CHINESE = ["markup", "spaced", "backwards"]
