"""A conversation → one text: a line a message, a plain label before it; and what of it carries no loss.

System and tool lines are masked with their label: the model is told them. Of a canned reply only the
words are masked, never the customer's. Density is what is left to learn: letters and digits that are
neither masked nor a mere greeting, by all characters that are no space.
"""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from rewarm.corpus.tables.masks import Spans, merged
from rewarm.data.collect.conversations.canned import key
from rewarm.data.collect.conversations.grouping import Conversation
from rewarm.data.collect.conversations.words import LABELS, is_chinese, is_greeting, letters


@dataclass(frozen=True, slots=True)
class Rendered:
    """turns: changes of speaker, plus one; informative, masked: shares of the text's solid characters;
    counts: messages masked, by reason; canned: (key, reply) of those."""

    text: str
    spans: Spans
    messages: int
    turns: int
    speakers: int
    informative: float
    masked: float
    counts: dict[str, int]
    canned: list[tuple[int, str]]


def render(
    conversation: Conversation, settings: dict[str, Any], language: str, canned: Container[int]
) -> Rendered:
    """language: of the source, as its label says, or empty."""
    zh = _is_chinese(conversation, settings["language"], language)
    labels = {**LABELS["zh" if zh else "en"], **settings["speakers"]}
    colon = "：" if zh else ": "
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    counts = {"system": 0, "tool": 0, "canned": 0}
    found: list[tuple[int, str]] = []
    length = solid = told = informative = turns = 0
    before = ""
    for row in conversation.rows:
        label = f"{labels.get(row['role']) or row['speaker']}{colon}"
        line = f"{label}{row['text']}\n"
        full = _solid(line)
        solid += full
        if row["role"] in ("system", "tool"):
            spans.append((length, length + len(line)))
            counts[row["role"]] += 1
            told += full
        elif row["role"] == "agent" and (reply := key(row["text"])) in canned:
            spans.append((length + len(label), length + len(line) - 1))
            counts["canned"] += 1
            told += _solid(row["text"])
            found.append((reply, row["text"]))
        elif not is_greeting(folded := letters(row["text"])):
            informative += min(len(folded), _solid(row["text"]))
        turns += label != before
        before = label
        parts.append(line)
        length += len(line)
    text = "".join(parts)[:-1]
    speakers = len({(row["role"] or row["speaker"]) for row in conversation.rows})
    spans = [(start, min(end, len(text))) for start, end in spans]
    return Rendered(
        text, merged(spans), len(conversation.rows), turns, speakers,
        informative / solid if solid else 0.0, told / solid if solid else 0.0, counts, found,
    )  # fmt: skip


def _solid(text: str) -> int:
    return sum(map(len, text.split()))


def _is_chinese(conversation: Conversation, asked: str, language: str) -> bool:
    if asked != "auto":
        return asked == "zh"
    if language:
        return language.lower().startswith(("zh", "chinese", "中"))
    # The customer's own words say it best; a conversation's first thousands of characters are enough.
    return is_chinese(
        "".join(row["text"][:500] for row in conversation.rows[:40] if row["role"] not in ("system", "tool"))
    )
