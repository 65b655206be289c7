"""What the generator and the judge are asked. Documents are quoted as material, never as instructions."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from rewarm.evaluate.build.asked.passages import Passage
from rewarm.llm.quoting import RULE, quoted
from rewarm.llm.request import Request

LETTERS = "ABCDEFGHIJ"
NONE = "none"
_WRITE = (
    "Write exam questions about facts in the material, for people who know the field but do not have the "
    "material before them. Each question names its subject in full, so that it can be understood alone, "
    "and has one right answer: a short phrase, name or number copied from the material. Never ask about "
    "the material as a text (its topic, purpose, structure or author). Add {distractors} wrong answers of "
    "the same kind and length as the right one, plausible to somebody who does not know the fact, and "
    "clearly wrong by the material. Quote as evidence the sentence of the material that proves the "
    "answer, word for word."
)
_WITH = (
    "Answer a multiple-choice question from the material alone. Choose the option that the material proves "
    "right. Choose none when the material proves no option, or more than one."
)
_WITHOUT = (
    "Answer a multiple-choice question from what you know. If you are not sure, choose the likeliest option."
)


Phrase = Annotated[str, Field(min_length=1, max_length=120)]


class Written(BaseModel):
    question: str = Field(min_length=6, max_length=400)
    answer: Phrase
    distractors: list[Phrase] = Field(min_length=1, max_length=9)
    evidence: str = Field(min_length=6, max_length=800)


class WrittenQuestions(BaseModel):
    questions: list[Written] = Field(min_length=1, max_length=10)


def write(passage: Passage, questions: int, options: int) -> Request:
    """The request for questions about a passage."""
    language = (
        "Write in Chinese (用简体中文写)."
        if passage.language == "zh"
        else "Write in the language of the material."
    )
    title = passage.document.text.lstrip().split("\n")[0][:120]
    context = (
        ""
        if title in passage.text[:200]
        else f"The material is part of a document that begins:\n{quoted(title)}\n\n"
    )
    system = f"{_WRITE.format(distractors=options - 1)}\n\n{RULE}\n\n{language}"
    user = f"{context}{quoted(passage.text)}\n\nWrite {questions} question{'s' * (questions > 1)}."
    return Request(system, user, written(options))


@cache
def written(options: int) -> type[BaseModel]:
    """The schema of questions with exactly so many options: servers that decode by schema cannot write
    fewer."""
    size = Field(min_length=options - 1, max_length=options - 1)
    one = create_model("Written", __base__=Written, distractors=(list[Phrase], size))
    return create_model(
        "WrittenQuestions",
        __base__=WrittenQuestions,
        questions=(list[one], Field(min_length=1, max_length=10)),
    )


def with_passage(question: str, options: list[str], passage: Passage) -> Request:
    """The request for an answer from the passage."""
    user = f"{quoted(passage.text)}\n\nQuestion and options:\n{quoted(_listed(question, options))}"
    return Request(f"{_WITH}\n\n{RULE}", user, choice(len(options), True), max_tokens=64)


def without_passage(question: str, options: list[str], attempt: int) -> Request:
    """The request for an answer from memory. attempt: samples another answer to the same order."""
    user = f"Question and options:\n{quoted(_listed(question, options))}"
    return Request(f"{_WITHOUT}\n\n{RULE}", user, choice(len(options), False), max_tokens=64, variant=attempt)


@cache
def choice(options: int, none: bool) -> type[BaseModel]:
    """The schema of a letter, or none."""
    allowed: Any = Literal[(*LETTERS[:options], *([NONE] if none else ()))]
    return create_model("Choice", choice=(allowed, ...))


def _listed(question: str, options: list[str]) -> str:
    lines = [f"{LETTERS[place]}. {option}" for place, option in enumerate(options)]
    return "\n".join([question, *lines])
