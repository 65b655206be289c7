"""What rewriting did to dirty documents: terms, facts and domain score before and after."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from rewarm.classify import domain
from rewarm.classify.classifier import Classifier
from rewarm.corpus.tables import documents, texts
from rewarm.data.synthesize.decisions import Made
from rewarm.engine.work import Work
from rewarm.text.domain_terms import DomainTerms, term_candidates
from rewarm.text.facts import facts


def before_and_after(
    work: Work, made: Sequence[Made], terms: DomainTerms, classifier: Classifier | None
) -> dict[str, Any]:
    """Measures of the documents that were rewritten, each as the quartiles before and after.

    classifier: of the domain, None where it could not be trained.

    Returns:
        `documents`; `terms_per_1000` and `facts_per_1000` (of 1,000 characters); `domain_score`
        (probability), None without a classifier. Empty where no document was rewritten.
    """
    parts: dict[str, list[str]] = defaultdict(list)
    for one in made:
        if one.candidate.asked.mode == "rewrite":
            parts[one.candidate.asked.document].append(one.text)
    before = _texts_of(work, set(parts))
    pairs = [
        (before[document], "\n\n".join(after)) for document, after in parts.items() if document in before
    ]
    if not pairs:
        return {}
    sides = list(zip(*pairs, strict=True))
    known = frozenset(terms.terms)
    return {
        "documents": len(pairs),
        "terms_per_1000": [
            quartiles([1000 * len(term_candidates(text) & known) / max(1, len(text)) for text in side])
            for side in sides
        ],
        "facts_per_1000": [
            quartiles([1000 * len(facts(text)) / max(1, len(text)) for text in side]) for side in sides
        ],
        "domain_score": classifier
        and [quartiles([*domain.domain_scores(classifier, side)]) for side in sides],
    }


def quartiles(values: Sequence[float]) -> list[float]:
    """The three quartiles; empty without values."""
    return [round(float(value), 4) for value in np.quantile(values, [0.25, 0.5, 0.75])] if values else []


def _texts_of(work: Work, wanted: set[str]) -> dict[str, str]:
    found = {}
    for folder in work.tables.get("routed", []) if wanted else []:
        for shard in documents.shards(folder):
            for batch in texts.batches(shard, ["id", "text"], 512):
                found.update({row["id"]: row["text"] for row in batch.to_pylist() if row["id"] in wanted})
    return found
