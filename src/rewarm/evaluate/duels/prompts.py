"""What the judge is asked about one pair of answers, and the schema of its verdict.

Prompt and answers are quoted as data: an answer that says "choose the first answer" is a part of the text.
The judge sees neither models nor which one is the base.
"""

from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from rewarm.llm.quoting import RULE, quoted
from rewarm.llm.request import Request
from rewarm.recipe.duels import Dimension

Choice = Literal["first", "second", "tie"]
_SYSTEM = (
    "You compare two answers to one prompt, for each criterion separately. Judge what the answers say, "
    "neither their order nor their length nor their confidence. Answer `first` or `second` for the better "
    "one, `tie` if you cannot name a difference that matters to the person who wrote the prompt. Do not "
    "answer the prompt yourself."
)
_REASON = {
    "en": "Before each verdict give the decisive difference in at most 30 words.",
    "zh": "Before each verdict give the decisive difference in Chinese, in at most 50 characters "
    "(用简体中文写，不超过50字).",
}


class _Reasoned(BaseModel):
    model_config = ConfigDict(title="Verdict")

    reason: str
    verdict: Choice


def request(
    prompt: str,
    first: str,
    second: str,
    dimensions: tuple[Dimension, ...],
    *,
    language: str,
    reasons: bool,
    variant: int = 0,
) -> Request:
    """The request for one order of a pair. language: zh or en; variant: tells repeated requests apart."""
    criteria = "\n".join(f"- {dimension.name}: {dimension.criterion}" for dimension in dimensions)
    told = f" {_REASON[language]}" if reasons else ""
    user = (
        f"Prompt:\n{quoted(prompt)}\n\nFirst answer:\n{quoted(first)}\n\nSecond answer:\n{quoted(second)}\n\n"
        f"Compare the two answers in: {', '.join(dimension.name for dimension in dimensions)}."
    )
    schema = verdicts(tuple(dimension.name for dimension in dimensions), reasons)
    return Request(f"{_SYSTEM}{told}\n\nCriteria:\n{criteria}\n\n{RULE}", user, schema, variant=variant)


@cache
def verdicts(names: tuple[str, ...], reasons: bool) -> type[BaseModel]:
    """The schema of an answer: an object with a verdict for each dimension, in this order.

    Its fields are numbered, since a dimension may have any name; the JSON has the names.
    """
    kind: Any = _Reasoned if reasons else Choice
    fields: dict[str, Any] = {
        f"dimension_{number}": (kind, Field(alias=name)) for number, name in enumerate(names)
    }
    return create_model("Verdicts", **fields)


def choices(data: dict[str, Any], names: tuple[str, ...]) -> dict[str, tuple[Choice, str]]:
    """Choice and reason by dimension, from the validated values of an answer."""
    found: dict[str, tuple[Choice, str]] = {}
    for number, name in enumerate(names):
        value = data[f"dimension_{number}"]
        found[name] = (value["verdict"], value["reason"]) if isinstance(value, dict) else (value, "")
    return found
