"""A conversation as a document: problem, cause, solution.

Support conversations hold knowledge between greetings, repetitions and dead ends. One document that states
what was wrong, why, and what helped is read once instead of thirty times.
"""

from collections.abc import Iterator

from pydantic import BaseModel, Field

from rewarm.data.synthesize.prompts.common import Passage, Task, about, system, task
from rewarm.llm.request import Request

_PURPOSE = (
    "The material is a conversation. State the problem that it is about, its cause and its solution as "
    "general "
    "knowledge of the field: conditions, steps and facts, without the persons, their courtesies and "
    "their attempts "
    "that led nowhere. If the conversation settles nothing, give empty strings."
)


class Solution(BaseModel):
    problem: str
    cause: str
    solution: str = Field(description="Steps in their order, with their conditions.")


def tasks(passage: Passage) -> Iterator[Task]:
    """One request."""
    request = Request(system(_PURPOSE, passage), about(passage), Solution)
    yield task(passage, request, "solutions", "solution", "derived")
