"""Decisions over all candidates: repeated questions, layouts in turn, and no frequent opening, closing or
line."""

from dataclasses import dataclass, field
from typing import Any

from rewarm.corpus.tables.documents import document_id
from rewarm.data.synthesize import layouts, patterns
from rewarm.data.synthesize.candidates import Candidate, Rejected
from rewarm.data.synthesize.distinct import repeated
from rewarm.data.synthesize.passages import drawn


@dataclass
class Made:
    """A synthetic document."""

    id: str
    source: str
    text: str
    template: str
    candidate: Candidate
    pairs: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Decided:
    """made: in the order of the candidates; questions: valid ones; distinct: those among them that are
    left."""

    made: list[Made]
    rejected: list[Rejected]
    questions: int
    distinct: int


def decide(
    candidates: list[Candidate], sources: dict[str, str], config: dict[str, Any], seed: int
) -> Decided:
    """Which candidates become documents, and as what text. sources: document id → its source."""
    rejected: list[Rejected] = []
    pairs = [(candidate, pair) for candidate in candidates for pair in candidate.pairs]
    places = repeated([pair["question"] for _, pair in pairs], config["questions"]["similar"])
    left: dict[int, list[dict[str, str]]] = {}
    for (candidate, pair), match in zip(pairs, places, strict=True):
        if match < 0:
            left.setdefault(id(candidate), []).append(pair)
        else:
            said = f"question.repeated: {pairs[match][1]['question']}"
            rejected.append(
                Rejected(candidate.asked, candidate.answer, said, f"{pair['question']}\n{pair['answer']}")
            )
    made = []
    for candidate in candidates:
        if candidate.asked.policy == "pairs" and id(candidate) not in left:
            continue
        asked = candidate.asked
        source = sources[asked.document]
        position = f"{asked.document}/{asked.passage}/{asked.mode}/{asked.prompt}/{asked.sample}"
        kept = left.get(id(candidate), [])
        made.append(
            Made(document_id(source, f"synthetic/{position}"), source, candidate.text, "", candidate, kept)
        )
    _lay_out(made, seed)
    share = config["checks"]["pattern_share"]
    kept_made = []
    for one, text in zip(made, patterns.trimmed([one.text for one in made], share), strict=True):
        if text is None:
            asked = one.candidate.asked
            rejected.append(
                Rejected(asked, one.candidate.answer, "pattern", one.text, one.candidate.measures)
            )
        else:
            # Pairs are cut with their layout, so the table says what the document has.
            one.pairs = [pair for pair in one.pairs if pair["answer"] in text]
            one.text = text
            kept_made.append(one)
    return Decided(kept_made, rejected, len(pairs), sum(match < 0 for match in places))


def _lay_out(made: list[Made], seed: int) -> None:
    """Texts of pairs and solutions: templates in turn over a shuffled order, so that none follows a
    source."""
    shuffled = sorted(made, key=lambda one: drawn(one.id, seed))
    turns = {"pairs": 0, "parts": 0}
    for one in shuffled:
        language = one.candidate.asked.language
        if one.pairs:
            layout = layouts.turn(turns["pairs"])
            turns["pairs"] += 1
            one.text = layout.write([(pair["question"], pair["answer"]) for pair in one.pairs], language)
            one.template = layout.name
        elif one.candidate.parts is not None:
            one.text, one.template = layouts.solution(one.candidate.parts, turns["parts"], language)
            turns["parts"] += 1
