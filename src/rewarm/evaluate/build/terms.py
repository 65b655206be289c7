"""Domain terms in sentences: noun phrases that `text/domain_terms` mined from the documents.

The miner gives runs of content words, verbs among them, which would make poor questions. A run is a term here
when it looks like a noun phrase in most places (`noun_phrases`) and is neither in one document alone, where
it may be a typo, nor in many, where it says little ("disorder", "request").
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rewarm.evaluate.build.contexts import Contexts
from rewarm.evaluate.build.documents import Document
from rewarm.evaluate.build.found import Found
from rewarm.evaluate.build.noun_phrases import phrases
from rewarm.text.domain_terms import mine

_MINED = 20_000
# Characters that terms are mined from: more find hardly any that are frequent enough, and take minutes.
_CHARACTERS = 4_000_000
_LEAST_DOCUMENTS, _MOST_DOCUMENTS, _MOST_SHARE = 2, 20, 0.04
# Of its places, the share behind what precedes nouns, and before a determiner, which follows verbs.
_BEFORE, _AFTER = 0.5, 0.1


@dataclass
class _Seen:
    """How often a run of words is met, behind what may precede a noun, before a determiner."""

    times: int = 0
    before: int = 0
    after: int = 0
    documents: int = 0


class Terms:
    """Noun phrases of a corpus, with their document frequency and their contexts."""

    def __init__(self, domain: Iterable[Document], general: Iterable[str]) -> None:
        """domain: documents that terms are taken from, in random order; general: other texts, for what is not
        of the domain."""
        documents = _first(domain, _CHARACTERS)
        self._weights = mine((document.text for document in documents), general, _MINED).terms
        self.contexts = Contexts()
        seen: dict[str, _Seen] = {}
        for document in documents:
            here = set()
            for phrase in phrases(document.text):
                if phrase.term in self._weights:
                    met = seen.setdefault(phrase.term, _Seen())
                    met.times += 1
                    met.before += phrase.before
                    met.after += phrase.after
                    self.contexts.add(phrase)
                    here.add(phrase.term)
            for term in here:
                seen[term].documents += 1
        most = max(_MOST_DOCUMENTS, _MOST_SHARE * len(documents))
        self._documents = {
            term: met.documents
            for term, met in seen.items()
            if _LEAST_DOCUMENTS <= met.documents <= most
            and met.before >= _BEFORE * met.times
            and met.after <= _AFTER * met.times
        }

    def find(self, text: str) -> Iterator[Found]:
        """The terms in a sentence, none at its beginning, where capitals say nothing."""
        for phrase in phrases(text):
            documents = self._documents.get(phrase.term)
            if documents and phrase.start and phrase.before:
                size, weight = math.log2(documents), self._weights[phrase.term]
                yield Found(phrase.start, phrase.stop, phrase.type, phrase.term, size, weight)


def _first(documents: Iterable[Document], most: int) -> list[Document]:
    """The first documents with so many characters together, and at least one."""
    found: list[Document] = []
    size = 0
    for document in documents:
        if found and size + len(document.text) > most:
            break
        found.append(document)
        size += len(document.text)
    return found
