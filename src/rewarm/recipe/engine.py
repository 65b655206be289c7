"""Where the data steps run, and what happens to a failed shard."""

from typing import Literal

from pydantic import Field, model_validator

from rewarm.recipe.part import Part


class Engine(Part):
    """`engine: ray` is short for `engine: {kind: ray}`. It does not change the output of any step."""

    kind: Literal["local", "ray"] = "local"
    """local: all cores of this machine. ray: an existing Ray cluster; needs rewarm[ray]."""
    address: str | None = None
    """Address of the cluster, HOST:6379 or ray://HOST:10001. None: RAY_ADDRESS, or this machine's."""
    on_failed_shard: Literal["stop", "quarantine"] = "stop"
    """After the last try of a shard. `stop` is the default, because a corpus that silently lacks a part is
    trained on for weeks; `quarantine` continues without it, reports it everywhere and exits with 3."""
    retries: int = Field(2, ge=0, le=10)
    """Tries of a shard after the first. A lost machine costs each of its shards one try: two survive two
    losses, and a shard that kills its worker costs at most three workers."""

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, value: object) -> object:
        return {"kind": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _address_of_a_cluster(self) -> "Engine":
        if self.address is not None and self.kind != "ray":
            raise ValueError("engine.address: only kind: ray has one; set `kind: ray` or remove it")
        return self
