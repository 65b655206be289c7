"""Where the data steps run, and what a shard that cannot be done costs."""

from typing import Any, Literal

from pydantic import Field, model_validator

from rewarm.recipe.part import Part


class Engine(Part):
    """`engine: ray` is short for `engine: {kind: ray}`. No step's output hangs on it."""

    kind: Literal["local", "ray"] = "local"
    """local: all cores of this machine. ray: a Ray cluster that is running; needs rewarm[ray]."""
    address: str | None = None
    """Of the cluster, as HOST:6379 or ray://HOST:10001; none takes RAY_ADDRESS or this machine's."""
    on_failed_shard: Literal["stop", "quarantine"] = "stop"
    """When a shard's tries are used up. `stop`, since a corpus that silently lacks a part is trained on for
    weeks; `quarantine` goes on without it, names it everywhere and ends with exit code 3."""
    retries: int = Field(2, ge=0, le=10)
    """Tries of a shard after the first. A lost machine costs its shards one each: two outlive two losses,
    and a shard that kills its worker costs no more than three workers."""

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _address_of_a_cluster(self) -> "Engine":
        if self.address is not None and self.kind != "ray":
            raise ValueError("engine.address: only kind: ray has one; set `kind: ray` or take it out")
        return self
