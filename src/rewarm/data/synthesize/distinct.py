"""Which questions are asked twice: Jaccard similarity of their content words, exactly, over all of them.

Questions that differ in a number, date or citation are two, however alike: "section 12" and "section 13" of a
statute have each their own answer.

Two sets with similarity t share a word among the rarest `n − ⌈t·n⌉ + 1` of each (prefix filter, Chaudhuri et
al. 2006), so only questions with a rare word in common are compared.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from rewarm.text.domain_terms import content_words
from rewarm.text.facts import facts

# Question words carry the question: "when" and "why" of the same thing are two questions.
_ASKING = {
    "who", "what", "when", "where", "why", "how", "which", "whose", "whom", "many", "much", "long",
    "谁", "何时", "为什么", "为何", "怎么", "如何", "多少", "哪里", "哪些", "什么", "几", "多久",
}  # fmt: skip


def words(question: str) -> frozenset[str]:
    """What a question is compared by."""
    asking = {
        word
        for word in _ASKING
        if (word in question if not word.isascii() else f"{word} " in question.lower())
    }
    return frozenset(content_words(question) | asking)


def repeated(questions: Sequence[str], similar: float) -> list[int]:
    """For each question the place of the earlier one that it repeats, or -1."""
    sets = [words(question) for question in questions]
    told = [facts(question) for question in questions]
    exact = [one.numbers | one.dates | one.citations for one in told]
    frequency = Counter(word for one in sets for word in one)
    index: dict[str, list[int]] = defaultdict(list)
    found = []
    for place, own in enumerate(sets):
        ordered = sorted(own, key=lambda word: (frequency[word], word))
        prefix = ordered[: len(ordered) - math.ceil(similar * len(ordered)) + 1]
        match = -1
        for other in sorted({other for word in prefix for other in index[word]}):
            both = len(own & sets[other])
            alike = both >= similar * (len(own) + len(sets[other]) - both)
            if alike and exact[other] == exact[place]:
                match = other
                break
        if not own:
            match = next((other for other in index[""]), -1)
            prefix = [""]
        found.append(match)
        if match < 0:
            for word in prefix:
                index[word].append(place)
    return found
