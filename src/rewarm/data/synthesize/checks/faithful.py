"""Whether an output says what its passage says: facts kept and not invented, topic, novelty, length,
language."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.data.synthesize.prompts.common import Passage, Policy
from rewarm.llm.quoting import MARK
from rewarm.llm.refusal import is_refusal
from rewarm.text.domain_terms import content_words
from rewarm.text.facts import Facts, facts, invented, kept
from rewarm.text.grams.tokens import tokens_of
from rewarm.text.readability import readable_share

_GRAM = 5
# As ChineseWebText draws the line for Chinese.
_HAN = 0.3
# A derived document of fewer characters says less than its prompt asked for.
_LEAST = 80
_KINDS: dict[Policy, tuple[str, ...]] = {
    "rewrite": ("numbers", "dates", "citations", "names"),
    "derived": ("numbers", "dates", "citations"),
    "case": ("dates", "citations"),
    "pairs": ("numbers", "dates", "citations"),
    "entities": (),
}


@dataclass(frozen=True)
class Measures:
    """kept: share of the passage's facts; invented: facts that the passage lacks; on_topic, novelty: shares,
    see the recipe's `checks`; facts_before, facts_after: of passage and output, for each 1,000 characters."""

    kept: float = 1.0
    invented: list[str] = field(default_factory=list)
    on_topic: float = 1.0
    novelty: float = 1.0
    facts_before: float = 0.0
    facts_after: float = 0.0


@dataclass(frozen=True)
class Known:
    """What is computed once for a passage."""

    facts: Facts
    words: set[str]
    grams: np.ndarray


def known(passage: Passage) -> Known:
    """Facts, content words and n-grams of a passage."""
    return Known(facts(passage.text), content_words(passage.text), grams(passage.text))


def judge(
    output: str, passage: Passage, about: Known, policy: Policy, checks: dict[str, Any]
) -> tuple[str, Measures]:
    """Why an output is rejected, "" where it is not, and its measures."""
    if is_refusal(output):
        return "refusal", Measures()
    if MARK.search(output):
        return "marks", Measures()
    found = facts(output)
    words = content_words(output)
    own = grams(output)
    thousands = max(1, len(passage.text)) / 1000, max(1, len(output)) / 1000
    measures = Measures(
        facts_before=len(about.facts) / thousands[0],
        facts_after=len(found) / thousands[1],
        kept=kept(about.facts, output, found),
        invented=invented(about.facts, passage.text, found, _KINDS[policy]),
        on_topic=len(words & about.words) / len(words) if words else 0.0,
        novelty=float(1 - np.isin(own, about.grams).mean()) if len(own) else 1.0,
    )
    if policy != "pairs" and len(output) < _LEAST and len(output) < len(passage.text) / 2:
        return "short", measures
    if language(output) != passage.language:
        return "language", measures
    if readable_share(output) < checks["readable"]:
        return "unreadable", measures
    if measures.on_topic < checks["on_topic"]:
        return "off_topic", measures
    if len(measures.invented) > checks["invented"]:
        return f"invented: {', '.join(measures.invented[:5])}", measures
    if policy == "rewrite":
        if measures.kept < checks["kept"]:
            return "not_kept", measures
        least, most = checks["length"]
        if not least <= len(output) / max(1, len(passage.text)) <= most:
            return "length", measures
    elif policy in ("derived", "case") and measures.novelty < checks["least_novelty"]:
        return "copy", measures
    return "", measures


def language(text: str) -> str:
    """zh, or "" for any other."""
    solid = [letter for letter in text if not letter.isspace()]
    han = sum("\u4e00" <= letter <= "\u9fff" for letter in solid)
    return "zh" if han >= _HAN * max(1, len(solid)) else ""


def grams(text: str, size: int = _GRAM) -> np.ndarray:
    """uint64, the distinct `size`-grams of a text's tokens; of a shorter text, the whole as one."""
    hashes = tokens_of(pa.chunked_array([[text]], pa.string())).hashes.astype(np.uint64)
    if len(hashes) < size:
        return hashes[:0]
    found = np.zeros(len(hashes) - size + 1, np.uint64)
    for place in range(size):
        part = hashes[place : place + len(found)]
        found = (found ^ part) * np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return np.unique(found)
