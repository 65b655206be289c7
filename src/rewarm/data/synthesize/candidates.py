"""Check the answers for one passage and prompt: a candidate document, or rejected outputs."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from rewarm.data.synthesize.checks.faithful import Known, Measures, judge
from rewarm.data.synthesize.checks.generic import why_generic, why_no_answer
from rewarm.data.synthesize.checks.preamble import without_preamble
from rewarm.data.synthesize.prompts.common import Asked, Task
from rewarm.llm.answer import Answer

# Of a rejected output, so much is kept.
_KEPT = 20_000


@dataclass(frozen=True)
class Candidate:
    """One output that passed. answer: its address in the cache; text: of a document, "" for pairs; pairs:
    [{question, answer, kind}]; parts: of a solution."""

    asked: Asked
    answer: str
    text: str = ""
    pairs: list[dict[str, str]] = field(default_factory=list)
    parts: list[str] | None = None
    measures: Measures = field(default_factory=Measures)


@dataclass(frozen=True)
class Rejected:
    """One output that did not pass; reason: a dotted name, with detail after a colon."""

    asked: Asked
    answer: str
    reason: str
    text: str
    measures: Measures = field(default_factory=Measures)


def judged(
    task: Task, answer: Answer, about: Known, terms: set[str], checks: dict[str, Any]
) -> tuple[Candidate | None, list[Rejected]]:
    """The candidate of an answer, if any, and the rejected outputs.

    terms: content words of the domain's terms.
    """
    rejected = [
        Rejected(task.asked, answer.address, f"invalid: {one.reason}", one.text[:_KEPT])
        for one in answer.invalid
    ]
    if answer.rejected:
        if not answer.invalid:
            rejected.append(
                Rejected(task.asked, answer.address, f"teacher: {answer.rejected}", answer.text[:_KEPT])
            )
        return None, rejected
    if task.asked.policy == "pairs":
        return _pairs(task, answer, about, terms, checks, rejected)
    parts = None
    if task.asked.mode == "solutions":
        parts = [without_preamble(answer.data[name]) for name in ("problem", "cause", "solution")]
        text = "\n\n".join(part for part in parts if part)
        if not parts[0] or not parts[2]:
            rejected.append(Rejected(task.asked, answer.address, "unsettled", text))
            return None, rejected
    else:
        text = without_preamble(answer.text)
    reason, measures = judge(text, task.passage, about, task.asked.policy, checks)
    if reason:
        rejected.append(Rejected(task.asked, answer.address, reason, text[:_KEPT], measures))
        return None, rejected
    return Candidate(task.asked, answer.address, text, parts=parts, measures=measures), rejected


def _pairs(
    task: Task,
    answer: Answer,
    about: Known,
    terms: set[str],
    checks: dict[str, Any],
    rejected: list[Rejected],
) -> tuple[Candidate | None, list[Rejected]]:
    kept: list[dict[str, str]] = []
    measured: list[Measures] = []
    for pair in answer.data["pairs"]:
        question, said = " ".join(pair["question"].split()), pair["answer"].strip()
        kind = pair.get("direction") or pair["kind"]
        both = f"{question}\n{said}"
        reason = why_generic(question, terms) or why_no_answer(question, said, kind)
        measures = Measures()
        if not reason:
            reason, measures = judge(both, task.passage, about, "pairs", checks)
        if reason:
            rejected.append(
                Rejected(task.asked, answer.address, reason, json.dumps(pair, ensure_ascii=False), measures)
            )
        else:
            kept.append({"question": question, "answer": said, "kind": kind})
            measured.append(measures)
    if not kept:
        return None, rejected
    mean = Measures(
        kept=sum(one.kept for one in measured) / len(measured),
        on_topic=sum(one.on_topic for one in measured) / len(measured),
        novelty=sum(one.novelty for one in measured) / len(measured),
    )
    return Candidate(task.asked, answer.address, pairs=kept, measures=mean), rejected


def plain(found: Candidate | Rejected) -> dict[str, Any]:
    """For JSON; `candidate` and `rejection` read it back."""
    return asdict(found)


def candidate(found: dict[str, Any]) -> Candidate:
    return Candidate(**{**found, "asked": Asked(**found["asked"]), "measures": Measures(**found["measures"])})


def rejection(found: dict[str, Any]) -> Rejected:
    return Rejected(**{**found, "asked": Asked(**found["asked"]), "measures": Measures(**found["measures"])})
