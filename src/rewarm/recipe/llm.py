"""Settings of a language model behind an OpenAI-compatible server."""

from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from rewarm.errors import RewarmError
from rewarm.recipe import yaml_file
from rewarm.recipe.part import Count, Part


class Budget(Part):
    """Upper limits over all attempts of a run, failed ones included. None: no limit of this kind.

    They apply across processes and restarts: each attempt is written to the run's `llm/spent.jsonl` before
    it is sent.
    """

    requests: Count | None = 1000
    """Small, so that a first run costs little; the preview prints how many requests all documents need."""
    tokens: Count | None = None
    """Input and output together."""
    cost: float | None = Field(None, gt=0)
    """In the currency of `prices`."""


class Prices(Part):
    """Per million tokens. 0 for a server of your own."""

    input: float = Field(0, ge=0)
    """Price of a million tokens sent."""
    output: float = Field(0, ge=0)
    """Price of a million tokens received."""


class Llm(Part):
    """One model on one server. Every option that a server may lack can be turned off."""

    url: str = "http://127.0.0.1:8000/v1"
    """Base URL including /v1. The default is the local address of vLLM and llama.cpp, so nothing leaves the
    machine unless a recipe sets another one."""
    model: str = ""
    """The model's name on the server; part of every cache key, unlike the URL."""
    revision: str = ""
    """Change it when the server has other weights under the same name: cached answers no longer apply."""
    key: str = Field("OPENAI_API_KEY", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """Name of the environment variable that holds the API key, never the key itself."""
    parameters: Count | None = None
    """Size of the model, e.g. 72B. None: read from its name if possible."""
    concurrency: int = Field(8, ge=1, le=512)
    """Requests in flight. A server batches them; hosted ones limit the rate instead."""
    timeout: float = Field(300, gt=0)
    """Seconds for one attempt, from sending to the whole answer."""
    attempts: int = Field(8, ge=1)
    """Attempts per request for transient errors: 408, 409, 429, 5xx, timeouts, broken answers. Eight attempts
    with exponential back-off survive a server restart of two minutes."""
    backoff: float = Field(1, ge=0)
    """Longest wait before the second attempt in seconds, doubled for each further one up to 60; the wait is
    random between half of it and all. `Retry-After` of the server is the minimum."""
    invalid_attempts: int = Field(2, ge=1)
    """Invalid answers to a request before it is rejected."""
    requests_per_minute: Count | None = None
    """The account's limit of requests, per process. None: no limit."""
    tokens_per_minute: Count | None = None
    """Limits of the account, per process. An attempt counts with its maximum until its usage is known."""
    budget: Budget = Budget()
    prices: Prices = Prices()
    max_tokens: Count = 2048
    """Tokens of one answer. A longer one is cut and rejected."""
    output_limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """The server's name for this limit; newer OpenAI models accept only the second."""
    temperature: float | None = Field(0.7, ge=0, le=2)
    """Synthetic text needs variety, and 0.7 still follows the source. None: not sent."""
    structured: Literal["json_schema", "json_object", "prompt"] = "json_schema"
    """How JSON is requested. `prompt` puts the schema into the text of the request, for servers such as
    `transformers serve` that support neither of the others. Answers are always validated."""
    extra: dict[str, Any] = {}
    """Further fields of the request's body, e.g. `chat_template_kwargs: {enable_thinking: false}`."""
    cache: Path | None = None
    """Folder of cached answers. None: `llm` in rewarm's cache. Any number of processes may share it."""

    @model_validator(mode="after")
    def _usable(self) -> Self:
        address = urlsplit(self.url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"url: {self.url!r} is not an http address such as http://127.0.0.1:8000/v1")
        if address.username or address.password or address.query:
            raise ValueError("url: holds a user, password or query; keys come from the environment (`key`)")
        if self.budget.cost is not None and not (self.prices.input or self.prices.output):
            raise ValueError("budget.cost: needs `prices`, per million tokens of input and output")
        return self


def load(path: Path) -> Llm:
    """Read the settings at `path`. Raises RewarmError with one line per fault."""
    data, lines = yaml_file.read(path, "docs/llm.md shows one")
    found = yaml_file.check(Llm, data, path, lines)
    if not found.model:
        raise RewarmError(f"{path}: model: name the model as its server does")
    return found
