"""Ten ways in which a source can contradict the facts: each gives a bad value of a fact."""

import random
import re

from support import corpora

from attributing.facts import Bad, Fact

_BOILERPLATE = ("accept all cookies to continue", "subscribe to our newsletter", "share this page")


def _contradicting(fact: Fact, facts: list[Fact], rng: random.Random) -> str:
    """The value of another country."""
    return rng.choice([one.value for one in facts if one.field == fact.field and one.value != fact.value])


def _other_field(fact: Fact, facts: list[Fact], rng: random.Random) -> str:
    """The value of another field, as from a table whose columns were mixed up."""
    return rng.choice([one.value for one in facts if one.field != fact.field])


def _shuffled(fact: Fact, _: list[Fact], rng: random.Random) -> str:
    """The letters in random order."""
    return "".join(rng.sample(fact.value, len(fact.value)))


def _backwards(fact: Fact, _: list[Fact], rng: random.Random) -> str:
    return fact.value[::-1]


def _garbled(fact: Fact, _: list[Fact], rng: random.Random) -> str:
    """Vowels as a wrong code page shows them."""
    return fact.value.translate(str.maketrans("aeiouAEIOU.", "åê¡øµÄËÏÖÜ·"))


def _misspelt(fact: Fact, _: list[Fact], rng: random.Random) -> str:
    """As a bad text recognition gives it: most letters are others that look alike."""
    return fact.value.translate(str.maketrans("aeiounrtlsc", "o0lcmhvfi5e"))


class _OtherLanguage:
    """Words of another language."""

    def __init__(self) -> None:
        self._words: list[str] = []

    def __call__(self, fact: Fact, _: list[Fact], rng: random.Random) -> str:
        if not self._words:
            self._words = re.findall(r"\w+", " ".join(corpora.sample("encyclopedia-fr", 0.05)))
        at = rng.randrange(len(self._words) - 3)
        return " ".join(self._words[at : at + 3])


def _templated(_fact: Fact, _: list[Fact], rng: random.Random) -> str:
    """Boilerplate of web pages."""
    return rng.choice(_BOILERPLATE)


def _unknown(_fact: Fact, _: list[Fact], rng: random.Random) -> str:
    """A placeholder, as from an empty database field."""
    return rng.choice(("n/a", "unknown", "-"))


def _numbers(_fact: Fact, _: list[Fact], rng: random.Random) -> str:
    """A number, as from a key that was not replaced by its value."""
    return str(rng.randrange(1000, 100_000))


KINDS: dict[str, Bad] = {
    "contradicting": _contradicting,
    "other-field": _other_field,
    "shuffled": _shuffled,
    "backwards": _backwards,
    "garbled": _garbled,
    "misspelt": _misspelt,
    "other-language": _OtherLanguage(),
    "templated": _templated,
    "unknown": _unknown,
    "numbers": _numbers,
}
