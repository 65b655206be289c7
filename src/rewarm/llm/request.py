"""What a model is asked, and the address of its answer in the cache."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from rewarm.recipe.llm import Llm

# What chat templates add: roles, default system prompts, dates.
_TEMPLATE_TOKENS = 256


@dataclass(frozen=True)
class Request:
    """One question to a model.

    system, user: the messages. `user` holds material only between the marks of `quoting.quoted`.
    schema: what the answer must be as JSON; None for free text.
    max_tokens: of the answer; None takes the model's setting.
    variant: tells apart requests that are otherwise equal, and seeds the sampling.
    """

    system: str
    user: str
    schema: type[BaseModel] | None = None
    max_tokens: int | None = None
    variant: int = 0


def body(request: Request, llm: Llm) -> dict[str, Any]:
    """The JSON body of a first attempt. It holds no key: that is in a header."""
    system = request.system
    found: dict[str, Any] = {"model": llm.model, llm.output_limit: request.max_tokens or llm.max_tokens}
    if llm.temperature is not None:
        found["temperature"] = llm.temperature
        found["seed"] = request.variant
    if request.schema is not None:
        schema = json_schema(request.schema)
        if llm.structured == "json_schema":
            found["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": request.schema.__name__, "schema": schema, "strict": True},
            }
        else:
            told = json.dumps(schema, ensure_ascii=False)
            system = f"{system}\n\nAnswer with one JSON object and nothing else. Its JSON schema:\n{told}"
        if llm.structured == "json_object":
            found["response_format"] = {"type": "json_object"}
    found["messages"] = [{"role": "system", "content": system}, {"role": "user", "content": request.user}]
    return {**found, **llm.extra}


def json_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """JSON schema in the subset that strict servers take: every object closed, every property required."""
    found = schema.model_json_schema()
    for part in (found, *found.get("$defs", {}).values()):
        if part.get("type") == "object":
            part["additionalProperties"] = False
            part["required"] = list(part.get("properties", {}))
    return found


def address(body: dict[str, Any], llm: Llm, variant: int) -> str:
    """40 hex digits: equal for equal bodies to the same model and revision, whatever the server's URL."""
    text = json.dumps([llm.revision, variant, body], sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=20).hexdigest()


def most_input_tokens(body: dict[str, Any]) -> int:
    """An upper bound of the input's tokens, without a tokenizer.

    No byte-level tokenizer gives more tokens than UTF-8 bytes. The bound is about four times what English
    text takes; an attempt is settled with the real number as soon as the answer says it.
    """
    told = [message["content"] for message in body["messages"]]
    told.append(json.dumps(body.get("response_format", ""), ensure_ascii=False))
    return sum(len(text.encode("utf-8", "replace")) for text in told) + _TEMPLATE_TOKENS
