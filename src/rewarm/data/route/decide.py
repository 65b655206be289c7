"""Decides by measured quality what a document is used for."""

from dataclasses import dataclass
from typing import Any

import orjson

from rewarm.text.domain_terms import term_candidates
from rewarm.text.facts import facts
from rewarm.text.readability import readable_share


@dataclass(frozen=True)
class Measures:
    """readable: share of readable words or Chinese characters, or the parser's quality where that is lower;
    terms: distinct domain terms per 1,000 characters; facts: numbers, dates, citations and names per 1,000
    characters; domain_score: the probability that the text belongs to the domain, None where not known."""

    readable: float
    terms: float
    facts: float
    domain_score: float | None


def decide(
    text: str,
    meta: str,
    config: dict[str, Any],
    terms: frozenset[str],
    domain_score: float | None,
    *,
    is_code: bool,
) -> tuple[str, Measures]:
    """The use of a document (`documents`, `first_stage`, `rewrite` or `drop`) and its measures.

    config: `Route.model_dump()`; terms: the domain's terms, as `domain_terms.mine` gives them;
    domain_score: as in `Measures`; is_code: it is kept, since single letters and odd marks are no damage in a
    program.
    """
    readable = min(readable_share(text), _parser_quality(meta, config["quality"]))
    thousands = max(1, len(text)) / 1000
    measures = Measures(
        readable, len(term_candidates(text) & terms) / thousands, len(facts(text)) / thousands, domain_score
    )
    if is_code or readable >= config["good"]:
        return "documents", measures
    if readable >= config["readable"]:
        return "first_stage", measures
    worth = (
        measures.terms >= config["least_terms"]
        and measures.facts >= config["least_facts"]
        and (domain_score is None or domain_score >= config["least_domain_score"])
    )
    return ("rewrite" if worth else "drop"), measures


def _parser_quality(meta: str, field: str) -> float:
    """The quality that a parser measured, 1 where the record has none."""
    try:
        found: Any = orjson.loads(meta or "{}")
    except orjson.JSONDecodeError:
        return 1.0
    for part in field.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    number = isinstance(found, int | float) and not isinstance(found, bool)
    return min(1.0, max(0.0, float(found))) if number else 1.0
