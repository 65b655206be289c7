"""What every prompt says: material is data, its language, no preamble."""

from dataclasses import dataclass
from typing import Literal

from rewarm.llm.quoting import RULE, quoted
from rewarm.llm.request import Request

Policy = Literal["rewrite", "derived", "case", "pairs", "entities"]


@dataclass(frozen=True)
class Passage:
    """A part of a document that the teacher works on. language: zh, or "" for any other."""

    document: str
    number: int
    text: str
    language: str


@dataclass(frozen=True)
class Asked:
    """What an output answers, without the texts.

    document, passage, language: of the passage; mode, prompt: names in tables; policy: which checks the
    output must pass; sample: counts requests with the same prompt; focus: role, task and terms, or
    entities, that the request was about.
    """

    document: str
    passage: int
    language: str
    mode: str
    prompt: str
    policy: Policy
    sample: int = 0
    focus: str = ""


@dataclass(frozen=True)
class Task:
    """One request about one passage."""

    passage: Passage
    request: Request
    asked: Asked


def task(
    passage: Passage,
    request: Request,
    mode: str,
    prompt: str,
    policy: Policy,
    sample: int = 0,
    focus: str = "",
) -> Task:
    """A request about a passage; the rest as in `Asked`."""
    about = (passage.document, passage.number, passage.language)
    return Task(passage, request, Asked(*about, mode, prompt, policy, sample, focus))


def system(purpose: str, passage: Passage) -> str:
    """The system message of a prompt."""
    language = (
        "Write in Chinese (用简体中文写)."
        if passage.language == "zh"
        else "Write in the language of the material."
    )
    return (
        f"{purpose}\n\n{RULE}\n\n{language} State only what the material states or what follows from it. "
        f"Copy "
        "numbers, dates, names, citations and units exactly. Do not mention the material, a text, a "
        "document or "
        "an author: the reader sees only what you write. Start with the subject matter itself: no title, no "
        "greeting, no announcement of what follows; end without a summary or an offer of help."
    )


def about(passage: Passage, wish: str = "") -> str:
    """The user message: the material, and what is wished after it."""
    return f"{quoted(passage.text)}" + (f"\n\n{wish}" if wish else "")
