"""From the text of an answer to validated data.

Reasoning that a server leaves in the text (`<think>`) and code fences are removed. The JSON is validated with
pydantic, whatever the server promised: some ignore `response_format`, others cut the answer.
"""

import json
import re

from pydantic import BaseModel, ValidationError

_REASONING = re.compile(r"\A\s*<(think|thinking|reasoning)>.*?</\1>\s*", re.DOTALL)
_UNFINISHED = re.compile(r"\A\s*<(?:think|thinking|reasoning)>")
_FENCED = re.compile(r"\A\s*```[A-Za-z]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


class NotValid(ValueError):
    """The answer does not fit; its text is the reason."""


def without_reasoning(text: str) -> str:
    """The answer alone. Raises NotValid where the model never came to it."""
    rest = _REASONING.sub("", text)
    if _UNFINISHED.match(rest):
        raise NotValid("cut: the answer ends inside the reasoning; raise max_tokens")
    return rest


def validated(text: str, schema: type[BaseModel]) -> object:
    """The answer's JSON object as plain values. Raises NotValid with the place and fault."""
    fenced = _FENCED.match(text)
    inner = fenced[1] if fenced else text
    begin = inner.find("{")
    if begin < 0:
        raise NotValid("json: the answer contains no object")
    try:
        found, _ = json.JSONDecoder().raw_decode(inner[begin:])
    except json.JSONDecodeError as error:
        raise NotValid(f"json: {error.msg} at character {begin + error.pos}") from None
    except RecursionError:
        raise NotValid("json: nested too deeply") from None
    try:
        return schema.model_validate(found).model_dump(mode="json")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise NotValid(f"schema: {place}: {first['msg']}") from None
