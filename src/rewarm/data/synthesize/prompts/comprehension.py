"""Exercises on a passage, as in reading comprehension (2309.09530): finance rose from 57.6 to 63.4 there.

The paper puts the passage before its exercises. Here it is left out: a source in the context of its own
questions teaches to look the answer up instead of knowing it (2505.01812).
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, Field

from rewarm.data.synthesize.prompts.common import Passage, Task, about, system, task
from rewarm.llm.request import Request

_PURPOSE = (
    "Write exercises on the content of the material with their solutions, of these kinds: summary (sum "
    "up a named "
    "matter), term (the definition is given, find the term), definition (the reverse), cause (what leads "
    "to a named "
    "effect), effect (the reverse), entailment (a statement is true, false or undecided, with the "
    "reason), paraphrase "
    "(say a given rule in other words), completion (a sentence whose decisive part is missing). Each "
    "exercise "
    "names its subject in full and can be solved by somebody who knows the field, without any text."
)


class Exercise(BaseModel):
    kind: Literal[
        "summary", "term", "definition", "cause", "effect", "entailment", "paraphrase", "completion"
    ]
    question: str = Field(min_length=4)
    answer: str = Field(min_length=1)


class Exercises(BaseModel):
    pairs: list[Exercise] = Field(min_length=1)


def tasks(passage: Passage) -> Iterator[Task]:
    """One request."""
    request = Request(
        system(_PURPOSE, passage), about(passage, "Write 8 exercises, of as many kinds as fit."), Exercises
    )
    yield task(passage, request, "comprehension", "exercises", "pairs")
