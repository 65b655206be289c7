"""The catalogue of open base models: a data file, checked when it is read.

Facts that a family shares (languages, licence, architecture, source) are written once and can be overridden
by a model. Shapes are stored as in config.json, so that memory and the cache of keys and values are exact
without the model's files. Only dense decoders for text are listed: for a mixture of experts, the weights that
are kept and those that compute differ, and `plan/compute.py` has one number for both.
"""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from rewarm.plan.memory import HALF, Shapes

Licence = Literal["permissive", "custom", "research"]
Benchmark = Literal["mmlu", "cmmlu", "ceval", "gsm8k", "math", "humaneval"]
# Fields of a family that its models inherit.
_SHARED = (
    "family", "title", "architecture", "native", "covers", "released", "licence", "licence_kind", "loads",
    "source", "source_date", "instructions", "remark",
)  # fmt: skip
# Architectures whose feed-forward has two matrices, and those that store some of them as one.
_UNGATED = ("gpt_neox",)
_FUSED_ATTENTION = ("gpt_neox", "internlm2")
_FUSED_GATE = ("glm",)


class BaseModelEntry(BaseModel):
    """One base model. width, feed_forward, head_size in units; context and window in tokens; native and
    covers: ISO 639-1; instructions: whether pre-training used instructions on purpose, so that scores are
    higher than those of a plain base; scores: percent, from `source` of `source_date`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    family: str = Field(pattern=r"^[a-z0-9.-]+$")
    title: str
    architecture: str
    native: tuple[str, ...] = Field(min_length=1)
    covers: tuple[str, ...] = ()
    released: date
    licence: str
    licence_kind: Licence = "permissive"
    loads: Literal["transformers", "remote code"] = "transformers"
    source: str = Field(pattern=r"^https://")
    source_date: date
    instructions: bool = False
    remark: str = ""
    parameters: int = Field(gt=0)
    layers: int = Field(gt=0)
    width: int = Field(gt=0)
    heads: int = Field(gt=0)
    kv_heads: int = Field(gt=0)
    head_size: int = Field(gt=0)
    feed_forward: int = Field(gt=0)
    vocabulary: int = Field(gt=0)
    tied: bool
    context: int = Field(gt=0)
    window: int | None = Field(None, gt=0)
    global_every: int | None = Field(None, gt=1)
    undecayed: str = ""
    scores: dict[Benchmark, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> "BaseModelEntry":
        if self.heads % self.kv_heads:
            raise ValueError(f"{self.id}: {self.heads} heads are not a multiple of {self.kv_heads} kv_heads")
        if (self.window is None) != (self.global_every is None):
            raise ValueError(f"{self.id}: window and global_every are given together")
        if wrong := [name for name, score in self.scores.items() if not 0 < score <= 100]:
            raise ValueError(f"{self.id}: scores of {', '.join(wrong)} are not percent")
        if set(self.native) & set(self.covers):
            raise ValueError(f"{self.id}: a language is both native and covered")
        return self

    @property
    def name(self) -> str:
        """The id without its owner."""
        return self.id.rpartition("/")[2]

    def language(self, code: str) -> Literal["native", "covered", "none"]:
        """How far pre-training covered the language."""
        if code in self.native:
            return "native"
        return "covered" if code in self.covers else "none"

    def shapes(self) -> Shapes:
        """For `plan/memory.py` and `plan/compute.py`; exact."""
        table = self.vocabulary * self.width
        queries, keys = self.heads * self.head_size, self.kv_heads * self.head_size
        if self.architecture in _FUSED_ATTENTION:
            attention = self.width + queries + 2 * keys + queries + self.width
        else:
            attention = (self.width + queries) + 2 * (self.width + keys) + (queries + self.width)
        if self.architecture in _UNGATED:
            feed_forward = 2 * (self.width + self.feed_forward)
        elif self.architecture in _FUSED_GATE:
            feed_forward = self.width + 2 * self.feed_forward + self.feed_forward + self.width
        else:
            feed_forward = 3 * (self.width + self.feed_forward)
        return Shapes(
            parameters=self.parameters,
            tables=table if self.tied else 2 * table,
            sides=self.layers * (attention + feed_forward),
            width=self.width,
            layers=self.layers,
            vocabulary=self.vocabulary,
        )

    def cache_bytes(self, length: int, concurrency: int = 1) -> float:
        """Bytes of keys and values in bf16 of `concurrency` requests of `length` tokens. Layers with a
        window keep its tokens only."""
        whole = self.layers
        kept = 0.0
        if self.window is not None and self.global_every is not None:
            whole = self.layers // self.global_every
            kept = (self.layers - whole) * min(length, self.window)
        tokens = whole * length + kept
        return 2.0 * HALF * self.kv_heads * self.head_size * tokens * concurrency


@cache
def catalogue() -> tuple[BaseModelEntry, ...]:
    """All models, in the order of the file."""
    text = files("rewarm.plan").joinpath("models.yaml").read_text("utf-8")
    return parse(yaml.safe_load(text))


def parse(families: list[dict[str, Any]]) -> tuple[BaseModelEntry, ...]:
    """Models with what they inherit. Raises ValueError for a family that is not valid, or an id twice."""
    found: list[BaseModelEntry] = []
    for family in families:
        if unknown := sorted(set(family) - {*_SHARED, "models"}):
            raise ValueError(f"{family.get('family')}: unknown fields {', '.join(unknown)}")
        shared = {name: family[name] for name in _SHARED if name in family}
        found += [BaseModelEntry.model_validate({**shared, **model}) for model in family["models"]]
    ids = [model.id.lower() for model in found]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise ValueError(f"models.yaml: {', '.join(twice)} occur more than once")
    return tuple(found)


def find(name: str) -> BaseModelEntry | None:
    """By hub id or by the id without its owner, in any case; None for a model that is not listed."""
    wanted = name.lower()
    for model in catalogue():
        if wanted in (model.id.lower(), model.name.lower()):
            return model
    return None


def siblings(model: BaseModelEntry) -> tuple[BaseModelEntry, ...]:
    """Other sizes of the same family, the smallest first."""
    others = [other for other in catalogue() if other.family == model.family and other.id != model.id]
    return tuple(sorted(others, key=lambda other: other.parameters))


def languages() -> tuple[str, ...]:
    """All language codes of the catalogue."""
    return tuple(sorted({code for model in catalogue() for code in (*model.native, *model.covers)}))
