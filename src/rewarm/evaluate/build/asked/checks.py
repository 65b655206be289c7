"""Whether a written question fits its passage, by rules alone: the judge is asked only about those that
do."""

import re

from rewarm.evaluate.build.asked.passages import Passage
from rewarm.evaluate.build.asked.prompts import Written
from rewarm.evaluate.build.sentences import language
from rewarm.llm.quoting import MARK
from rewarm.text.domain_terms import content_words
from rewarm.text.facts import facts, invented

_SPACES = re.compile(r"\s+")
_POINTS = re.compile(
    r"\b(?:passage|material|document|article above|text|author|excerpt|paragraph|above|below|mentioned)\b|"
    r"材料|本文|文中|上文|下文|上述|作者|段落|文章",
    re.IGNORECASE,
)
# Of the content words of an answer that is not copied, the share that its evidence must have.
_FROM_EVIDENCE = 0.8
_LONGEST_RATIO = 3.0


def check(written: Written, passage: Passage, options: int) -> str:
    """Why a question is dropped before anybody answers it, "" where it is not."""
    answer, question = _plain(written.answer), _plain(written.question)
    if MARK.search(written.question + written.answer):
        return "marks"
    if language(written.question) != passage.language:
        return "language"
    if _POINTS.search(written.question):
        return "points_to_text"
    if answer in question:
        return "answer_shown"
    if not evidence_span(written, passage):
        return "no_evidence"
    if not _supported(written, passage):
        return "answer_not_in_document"
    if invented(
        facts(passage.document.text),
        passage.document.text,
        facts(written.question),
        ("numbers", "dates", "citations"),
    ):
        return "invented"
    return _distractors(written, options)


def evidence_span(written: Written, passage: Passage) -> tuple[int, int] | None:
    """Where the evidence stands in the document, spacing aside; None where it does not."""
    words = [re.escape(word) for word in written.evidence.split()]
    match = re.search(r"\s+".join(words), passage.text, re.IGNORECASE) if words else None
    return (passage.start + match.start(), passage.start + match.end()) if match else None


def _supported(written: Written, passage: Passage) -> bool:
    """Whether the answer is copied from the passage, or made of the words of its evidence."""
    if _plain(written.answer) in _plain(passage.text):
        return True
    numbers = facts(written.answer).numbers
    words, has = content_words(written.answer), content_words(written.evidence)
    return (
        bool(words)
        and numbers <= facts(written.evidence).numbers
        and len(words & has) >= _FROM_EVIDENCE * len(words)
    )


def _distractors(written: Written, options: int) -> str:
    wrong = list(dict.fromkeys(_plain(one) for one in written.distractors))
    answer = _plain(written.answer)
    if len(wrong) < options - 1 or answer in wrong:
        return "options_alike"
    if any(one in answer or answer in one for one in wrong if one):
        return "options_alike"
    longest, shortest = (pick(map(len, [answer, *wrong[: options - 1]])) for pick in (max, min))
    if longest > _LONGEST_RATIO * max(shortest, 4):
        # The right answer is often the long one.
        return "options_uneven"
    return "distractor_in_evidence" if any(one in _plain(written.evidence) for one in wrong) else ""


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip(" .。\"'“”").casefold()
