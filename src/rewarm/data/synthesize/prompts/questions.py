"""Question–answer pairs as the people of the domain would ask them.

Every request has another focus: a role, a task and terms that were mined from the corpus
(`text/domain_terms.py`) and stand in this passage. Half of the pairs run from the subject to the fact,
half in reverse: a model that learnt "A is B" does not know "B is A" (2309.12288).
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, Field

from rewarm.data.synthesize.prompts.common import Passage, Task, about, system, task
from rewarm.llm.request import Request
from rewarm.text.domain_terms import DomainTerms

_PURPOSE = (
    "Write questions with their answers for people who work in this field. A question is one that such a "
    "person "
    "really has at work, names its subject in full so that it can be understood alone, and has one right "
    "answer in "
    "the material. Never ask about the material as a text (its topic, purpose, structure or author), and "
    "never ask "
    "what could be asked about any other text. Forward questions ask for a fact about a named subject. "
    "Reverse "
    "questions give the facts and ask for the subject. Answers are complete sentences that can stand alone."
)
_MOST_TERMS = 6


class Pair(BaseModel):
    question: str = Field(min_length=4)
    answer: str = Field(min_length=1)
    direction: Literal["forward", "reverse"]


class Pairs(BaseModel):
    pairs: list[Pair] = Field(min_length=1)


def tasks(passage: Passage, terms: DomainTerms, rounds: int, pairs: int) -> Iterator[Task]:
    """A request a round, each with another focus."""
    own_terms, roles, own_tasks = terms.in_text(passage.text, rounds * _MOST_TERMS)
    for sample in range(rounds):
        focus = {
            "role": _of(roles, sample),
            "task": _of(own_tasks, sample),
            "terms": ", ".join(own_terms[sample::rounds][:_MOST_TERMS]),
        }
        told = {
            "role": "The person asking: {}.",
            "task": "What the person has to do: {}.",
            "terms": "Cover these terms where the material says something about them: {}.",
        }
        wishes = [told[name].format(value) for name, value in focus.items() if value]
        wish = " ".join([f"Write {pairs} pairs, half of them forward and half in reverse.", *wishes])
        request = Request(system(_PURPOSE, passage), about(passage, wish), Pairs, variant=sample)
        said = "; ".join(f"{name}: {value}" for name, value in focus.items() if value)
        yield task(passage, request, "questions", "questions", "pairs", sample, said)


def _of(found: list[str], number: int) -> str:
    return found[number % len(found)] if found else ""
