"""Judges whose rule a test writes, for the scripted server: they read the request as a model would."""

import json
import re
from collections.abc import Callable
from typing import Any

Rule = Callable[[str, str, str, str], str]
"""From prompt, first answer, second answer and dimension to first, second or tie."""

_MATERIAL = re.compile(r"<<<MATERIAL (\w+)>\n(.*?)\n<MATERIAL \1>>>", re.DOTALL)


def materials(body: dict[str, Any]) -> list[str]:
    """Prompt, first answer, second answer of a request."""
    return [text for _, text in _MATERIAL.findall(body["messages"][1]["content"])]


def dimensions(body: dict[str, Any]) -> list[str]:
    """What the schema of a request asks for, in its order."""
    return list(body["response_format"]["json_schema"]["schema"]["properties"])


def judge(rule: Rule) -> Callable[[dict[str, Any]], str]:
    """A judge that follows a rule, as an answer for `ScriptedServer`."""

    def answer(body: dict[str, Any]) -> str:
        if "response_format" not in body:
            return "yes"
        prompt, first, second = materials(body)
        schema = body["response_format"]["json_schema"]["schema"]
        found: dict[str, Any] = {}
        for name, part in schema["properties"].items():
            choice = rule(prompt, first, second, name)
            found[name] = {"reason": f"by rule: {choice}", "verdict": choice} if "$ref" in part else choice
        return json.dumps(found)

    return answer


def by_quality(prompt: str, first: str, second: str, dimension: str) -> str:
    """The higher number after `quality` wins."""
    values = [int(re.findall(r"quality (\d+)", text)[-1]) for text in (first, second)]
    return "tie" if values[0] == values[1] else "first" if values[0] > values[1] else "second"
