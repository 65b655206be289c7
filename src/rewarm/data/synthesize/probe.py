"""What a teacher knows of the domain by itself: gaps in sentences of the corpus, closed book, four
choices.

A teacher that knows nothing of the domain still rewrites faithfully, but its explanations, cases and
questions stay on the surface. The gap is a domain term; the wrong choices are terms of other passages of
about the same length. Chance is one in four; with 30 passages a teacher is called weak when the interval
of its share includes chance.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from rewarm.llm.client import Client
from rewarm.llm.quoting import RULE, quoted
from rewarm.llm.request import Request
from rewarm.statistics.proportion import interval
from rewarm.text.domain_terms import DomainTerms

PASSAGES = 30
CHANCE = 0.25
_SENTENCE = re.compile(r"[^.!?。！？\n]{30,300}[.!?。！？]")
_GAP = "____"
_PURPOSE = (
    "A sentence has a gap, marked ____. Choose the words that stood there, from what you know. Answer "
    "with the letter "
    "of the choice and nothing else."
)


@dataclass(frozen=True)
class Item:
    """sentence: with its gap; choices: four; right: which of them is."""

    sentence: str
    choices: tuple[str, str, str, str]
    right: int


@dataclass(frozen=True)
class Probe:
    """asked: answers that could be read; right: of them; low, high: 95 % interval of the share."""

    asked: int
    right: int
    low: float
    high: float

    @property
    def weak(self) -> bool:
        """Whether it may as well be guessing."""
        return self.low <= CHANCE


def items(passages: Sequence[str], terms: DomainTerms, seed: int, most: int = PASSAGES) -> list[Item]:
    """One item from each passage that has a sentence with a term."""
    ranked = list(terms.terms)
    rng = Random(f"probe {seed}")
    found: list[Item] = []
    for text in passages:
        item = _item(text, ranked, rng)
        if item is not None:
            found.append(item)
        if len(found) == most:
            break
    return found


def probe(found: list[Item], client: Client) -> Probe:
    """Ask the teacher. Raises RewarmError as the client does."""
    requests = [
        Request(
            f"{_PURPOSE}\n\n{RULE}",
            quoted(item.sentence)
            + "\n\n"
            + "\n".join(f"{letter}. {choice}" for letter, choice in zip("ABCD", item.choices, strict=True)),
            max_tokens=max(64, client.llm.max_tokens // 4),
        )
        for item in found
    ]
    chosen: dict[int, str] = {}
    client.ask_all(requests, lambda number, answer: chosen.update({number: letter_of(answer.text)}))
    asked = [number for number, letter in chosen.items() if letter]
    right = sum(chosen[number] == "ABCD"[found[number].right] for number in asked)
    return Probe(len(asked), right, *interval(right, len(asked)))


def letter_of(text: str) -> str:
    """The letter of an answer, "" where it gives none or several."""
    alone = re.match(r"\W*([A-D])\b", text.strip())
    if alone:
        return alone[1]
    letters = set(re.findall(r"\b([B-D]|A(?=[.)\s]*$))(?=\W|$)", text))
    return letters.pop() if len(letters) == 1 else ""


def _item(text: str, ranked: list[str], rng: Random) -> Item | None:
    sentences = _SENTENCE.findall(text)
    rng.shuffle(sentences)
    for sentence in sentences[:20]:
        folded = sentence.lower()
        for term in ranked[:500]:
            if folded.count(term) != 1 or not _stands_alone(folded, term):
                continue
            size = len(term.split())
            others = [
                other
                for other in ranked[:800]
                if other not in folded
                and term not in other
                and other not in term
                and len(other.split()) == size
            ]
            if len(others) < 3:
                continue
            choices = [term, *rng.sample(others, 3)]
            rng.shuffle(choices)
            at = folded.index(term)
            gapped = f"{sentence[:at]}{_GAP}{sentence[at + len(term) :]}".strip()
            return Item(gapped, (choices[0], choices[1], choices[2], choices[3]), choices.index(term))
    return None


def _stands_alone(text: str, term: str) -> bool:
    at = text.index(term)
    around = text[at - 1 : at] + text[at + len(term) : at + len(term) + 1]
    return not term.isascii() or not any(sign.isalpha() for sign in around)
