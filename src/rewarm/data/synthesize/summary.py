"""summary.json: what a reader wants to know of synthetic documents before training on them."""

import json
import sys
from collections import Counter

from rewarm.data.synthesize import patterns
from rewarm.data.synthesize.decisions import Decided
from rewarm.data.synthesize.rewriting import before_and_after, quartiles
from rewarm.data.synthesize.selection import domain_of
from rewarm.engine.publish import writing
from rewarm.engine.work import Work
from rewarm.text.domain_terms import DomainTerms


def summarise(work: Work, decided: Decided, terms: DomainTerms) -> None:
    """summary.json: what a reader wants to know before training on it. No cost: that is not of the
    content."""
    asked = [one for one in decided.made if one.pairs]
    plain = [one for one in decided.made if not one.pairs]
    characters = [sum(len(one.text) for one in part) for part in (plain, asked)]
    frequent = patterns.most_frequent([one.text for one in decided.made])
    templates = Counter(one.template for one in decided.made if one.template)
    summary = {
        "documents": dict(sorted(Counter(one.candidate.asked.mode for one in decided.made).items())),
        "rejected": dict(sorted(Counter(one.reason.partition(":")[0] for one in decided.rejected).items())),
        "questions": decided.distinct,
        "distinct_share": round(decided.distinct / decided.questions, 4) if decided.questions else None,
        "question_to_document_characters": round(characters[1] / characters[0], 3) if characters[0] else None,
        "novelty": quartiles([one.candidate.measures.novelty for one in decided.made]),
        "kept": quartiles([one.candidate.measures.kept for one in decided.made]),
        "rewritten": before_and_after(work, decided.made, terms, domain_of(work)),
        "most_frequent": {
            name: {"text": text, "share": round(share, 5)} for name, (text, share) in frequent.items()
        },
        "templates": len(templates),
        "most_frequent_template_share": round(
            max(templates.values(), default=0) / max(1, len(decided.made)), 5
        ),
        "terms": list(terms.terms)[:50],
        "roles": list(terms.roles)[:20],
    }
    with writing(work.folder / "summary.json") as aside:
        aside.write_text(json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8")
    ratio = summary["question_to_document_characters"]
    if isinstance(ratio, float) and asked and not 0.5 <= ratio <= 2:
        print(
            f"synthesize: {ratio:.2f} characters of questions for each of documents; near 1 is best. Change "
            "`synthesize.questions.rounds` or `synthesize.repeats`",
            file=sys.stderr,
        )
