"""`vocabulary.json`: which tokens the step `vocabulary` added, and what they save on held-out text."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.engine.publish import writing


@dataclass(frozen=True, slots=True)
class Fertility:
    """Counts over the held-out documents of one channel. before, after: tokens with the base's tokenizer and
    with the extended one; extended: new tokens among `after`; changed: documents whose tokens changed."""

    channel: str
    documents: int
    characters: int
    bytes: int
    words: int
    before: int
    after: int
    extended: int
    changed: int

    @property
    def saving(self) -> float:
        """Share of the tokens that is saved."""
        return 1 - self.after / self.before if self.before else 0.0

    def per_character(self, tokens: int) -> float:
        """Tokens per character."""
        return tokens / self.characters if self.characters else 0.0

    def bytes_per_token(self, tokens: int) -> float:
        """UTF-8 bytes per token."""
        return self.bytes / tokens if tokens else 0.0


@dataclass(frozen=True)
class Extension:
    """What the step added.

    first: ID of the first new token; tokens: each as the vocabulary spells it, in the order of their IDs;
    texts: the same as text; pieces: IDs of the base's tokens that each stands for; weights: parameters added;
    axis: of the channels; wanted: of the documents that the tokens were learned from; least:
    `vocabulary.least_saving`.
    """

    first: int
    tokens: list[str]
    texts: list[str]
    pieces: list[list[int]]
    weights: int
    axis: str
    channels: list[Fertility]
    wanted: Fertility
    least: float

    @property
    def enough(self) -> bool:
        """Whether the saving is at least `vocabulary.least_saving`."""
        return self.wanted.saving >= self.least

    def expand(self, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """int64 [base tokens]: `tokens` as the base spells them; and int64, the position in `tokens` of each.

        tokens: int [tokens], IDs of the extended tokenizer.
        """
        sizes = np.ones(self.first + len(self.pieces), dtype=np.int64)
        sizes[self.first :] = [len(one) for one in self.pieces]
        starts = np.cumsum(sizes) - sizes
        flat = np.concatenate([np.arange(self.first), *(np.array(one) for one in self.pieces)])
        tokens = tokens.astype(np.int64)
        counts = sizes[tokens]
        origin = np.repeat(np.arange(len(tokens)), counts)
        inside = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return flat[starts[tokens][origin] + inside].astype(np.int64), origin

    def plain(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def write(path: Path, extension: Extension) -> None:
    """Write `vocabulary.json`."""
    with writing(path) as aside:
        aside.write_text(json.dumps(extension.plain(), ensure_ascii=False, indent=1), encoding="utf-8")


def read(path: Path) -> Extension:
    """Read `vocabulary.json`."""
    found = json.loads(path.read_text(encoding="utf-8"))
    found["channels"] = [Fertility(**row) for row in found["channels"]]
    return Extension(**{**found, "wanted": Fertility(**found["wanted"])})


def lines(extension: Extension) -> list[str]:
    """What was added and what it saves, a line a channel, then the advice where there is one."""
    found = [
        f"{len(extension.tokens):,} tokens added ({extension.weights:,} weights): tokens of held-out text "
        f"by {extension.axis}"
    ]
    for row in extension.channels:
        found.append(
            f"  {row.channel}: {_tokens(row, row.before)} → {_tokens(row, row.after)}   "
            f"{0.0 - row.saving:+.1%}   {row.changed:,} of {row.documents:,} documents changed"
        )
    if not extension.enough:
        found.append(
            f"advice: leave `vocabulary` out. It saves {extension.wanted.saving:.1%} of the tokens, less "
            f"than {extension.least:.0%} (vocabulary.least_saving): the base covers this text already"
        )
    return found


def _tokens(row: Fertility, tokens: int) -> str:
    spaced = row.words and row.characters / row.words < 12
    if spaced:
        return f"{tokens / row.words:.2f} per word"
    return f"{row.per_character(tokens):.3f} per character"
