"""Settings of a language model behind an OpenAI-compatible server."""

from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from rewarm.recipe.part import Count, Part


class Budget(Part):
    """Upper limits over all attempts of a run, failed ones included. None: no limit of this kind.

    They hold over every process and restart: what was sent is written to the run's `llm/spent.jsonl` before
    it is sent.
    """

    requests: Count | None = 1000
    """Small enough that a first run costs little; the preview says how many all documents need."""
    tokens: Count | None = None
    """Input and output together."""
    cost: float | None = Field(None, gt=0)
    """In the currency of `prices`."""


class Prices(Part):
    """Per million tokens. 0 for a server of your own."""

    input: float = Field(0, ge=0)
    output: float = Field(0, ge=0)


class Llm(Part):
    """One model behind one server. Every option that a server may lack has a setting to turn it off."""

    url: str = "http://127.0.0.1:8000/v1"
    """Base URL up to and including /v1. The default is where vLLM and llama.cpp listen, so that nothing
    leaves the machine unless a recipe says so."""
    model: str = ""
    """The model's name at the server; it is a part of every cache key, the URL is not."""
    revision: str = ""
    """Change it when the server gives other weights under the same name: cached answers no longer apply."""
    key: str = Field("OPENAI_API_KEY", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """Name of the environment variable that holds the API key, never the key itself."""
    parameters: Count | None = None
    """Size of the model, as 72B. None: read from its name, where it says so."""
    concurrency: int = Field(8, ge=1, le=512)
    """Requests in flight. A server batches them; hosted ones limit the rate instead."""
    timeout: float = Field(300, gt=0)
    """Seconds for one attempt, from sending to the whole answer."""
    attempts: int = Field(8, ge=1)
    """Of one request, for faults that pass: 408, 409, 429, 5xx, timeouts, broken answers. Eight attempts
    with doubled waits bridge a restart of two minutes."""
    backoff: float = Field(1, ge=0)
    """Seconds before the second attempt at most; doubled for each further one up to 60, drawn at random from
    half of it to all. `Retry-After` of the server is the least."""
    invalid_attempts: int = Field(2, ge=1)
    """Answers to a request that may break its schema before it is rejected."""
    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    """Limits of the account, by process. An attempt counts with the most it can use until its answer says."""
    budget: Budget = Budget()
    prices: Prices = Prices()
    max_tokens: Count = 2048
    """Of one answer. A longer one is cut and rejected."""
    output_limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """How the server calls this limit; OpenAI's newer models take only the second."""
    temperature: float | None = Field(0.7, ge=0, le=2)
    """Variety is what synthetic text needs, and 0.7 keeps to the source. None is not sent at all."""
    structured: Literal["json_schema", "json_object", "prompt"] = "json_schema"
    """How the server is asked for JSON. `transformers serve` takes none of it: `prompt` puts the schema into
    the request's text. Answers are validated in every case."""
    extra: dict[str, Any] = {}
    """Further fields of the request's body, as `chat_template_kwargs: {enable_thinking: false}`."""
    cache: Path | None = None
    """Where answers stay; None: `llm` in rewarm's cache folder. Any number of processes may share it."""

    @model_validator(mode="after")
    def _usable(self) -> Self:
        address = urlsplit(self.url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"url: {self.url!r} is no http address; as in http://127.0.0.1:8000/v1")
        if address.username or address.password or address.query:
            raise ValueError("url: holds a user, password or query; keys come from the environment (`key`)")
        if self.budget.cost is not None and not (self.prices.input or self.prices.output):
            raise ValueError("budget.cost: needs `prices`, per million tokens of input and output")
        return self
