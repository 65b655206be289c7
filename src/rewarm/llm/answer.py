"""What came back, and why it was not accepted where it was not."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Invalid:
    """An answer that was not accepted: reason is a dotted name with detail, as `schema: pairs: missing`."""

    text: str
    reason: str


@dataclass(frozen=True)
class Answer:
    """The answer to a request.

    address: in the cache; text: as the model wrote it, without its reasoning; data: the validated JSON of a
    request with a schema, as plain values; rejected: why there is no usable answer, "" where there is one;
    invalid: answers before this one that were not accepted, and this one if it is rejected;
    input_tokens, output_tokens: of all attempts that were billed; cached: it cost nothing now.
    """

    address: str
    text: str
    data: Any = None
    rejected: str = ""
    invalid: list[Invalid] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    cached: bool = False
