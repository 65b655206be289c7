"""Tokens that each source gives, estimated from its samples.

Tokens per byte come from the base's own tokenizer where it is on this machine, otherwise from a rule:
4.0 bytes a token of ASCII text and 3.0 of other scripts, about what vocabularies of 100,000 and more
give in English and Chinese. What cleaning, deduplication and rules will drop is not known, so the
estimate is an upper bound.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError
from rewarm.pipeline.preflight.sampled import Sample
from rewarm.pipeline.preflight.survey import Survey
from rewarm.recipe import Holdout, Recipe

_ASCII_BYTES, _OTHER_BYTES = 4.0, 3.0
# A shortfall below this is within what an estimate can tell; vocabularies differ by more than samples do.
_BY_TOKENIZER, _BY_RULE = 0.05, 0.3


@dataclass(frozen=True)
class Estimate:
    """tokens: training tokens of one pass; held_out: tokens that are scored before and after training; how:
    what the figures rest on."""

    tokens: float
    held_out: float
    how: str


@dataclass(frozen=True)
class Estimates:
    """by_source: without those of which nothing is known; tolerance: share by which they may be wrong."""

    by_source: dict[str, Estimate]
    tolerance: float


def of_sources(recipe: Recipe, survey: Survey, tokenizer: Path | None) -> Estimates:
    """An estimate a source. tokenizer: the base's file, None where it is not on this machine."""
    counter = _Counter(tokenizer)
    found = {
        source["name"]: _estimate(recipe, survey, source, counter)
        for source in recipe.model_dump(mode="json")["sources"]
    }
    known = {name: estimate for name, estimate in found.items() if estimate is not None}
    return Estimates(known, _BY_TOKENIZER if counter.exact else _BY_RULE)


def _estimate(recipe: Recipe, survey: Survey, source: dict[str, Any], counter: "_Counter") -> Estimate | None:
    """None where the source is not on this machine or nothing could be sampled."""
    try:
        if survey.files(source) is None:
            return None
        readable = survey.readable(source)
        sample = survey.sample(source, recipe.collect.max_record_bytes)
    except RewarmError:
        return None
    texts, documents = sample.estimate(readable)
    if not texts:
        return None
    if all(origin.name.lower().endswith((".txt", ".md", ".rst", ".html", ".htm")) for origin in readable):
        documents = float(len(readable))
    if source["limit"] and documents > source["limit"]:
        texts *= source["limit"] / documents
        documents = source["limit"]
    share = _held_out(recipe.holdout, documents)
    per_byte, how = counter.tokens_per_byte(sample)
    whole = texts * per_byte
    scored = min(whole / documents, recipe.evaluate.document_tokens or math.inf)
    held_out = min(share * documents * scored, recipe.evaluate.max_tokens or math.inf)
    return Estimate(whole * (1 - share), held_out, how)


def _held_out(holdout: Holdout, documents: float) -> float:
    """Share of a source's documents that is kept from training."""
    count = min(max(holdout.share * documents, holdout.min_documents), holdout.max_documents, documents / 2)
    return count / documents if documents else 0.0


class _Counter:
    """Tokens of sampled texts, by the base's tokenizer or by the rule."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._tokenizer: Any = None

    @property
    def exact(self) -> bool:
        """Whether the base's own tokenizer counted."""
        return self._tokenizer is not None

    def tokens_per_byte(self, sample: Sample) -> tuple[float, str]:
        size = sum(len(text.encode("utf-8", "replace")) for text in sample.texts)
        if self._file is not None and self._tokenizer is None:
            try:
                from tokenizers import Tokenizer

                self._tokenizer = Tokenizer.from_file(str(self._file))
            except Exception:  # a broken tokenizer is not this check's finding
                self._file = None
        if self._tokenizer is not None and size:
            count = sum(
                len(one.ids)
                for one in self._tokenizer.encode_batch_fast(sample.texts, add_special_tokens=False)
            )
            return count / size, "sampled, with the base's tokenizer"
        plain = sum(sum(letter < "\x80" for letter in text) for text in sample.texts)
        tokens = plain / _ASCII_BYTES + (size - plain) / _OTHER_BYTES
        return tokens / size if size else 0.25, "sampled, by bytes per token"
