"""Filters and ranks base models for a language, a kind of domain, hardware and a need, with reasons.

The order is a sum of points, so that every place can be explained and disputed; docs/models.md has the
table. It encodes: a base that knows the language natively is worth more than one whose vocabulary must be
extended; a family with many sizes has siblings for pilots, teachers and judges; size follows compute, not the
task, except for demanding reasoning; a published score on the domain's kind of benchmark decides between
models of like size. What a catalogue cannot know is the base's loss on the user's own text: that is measured
(`rewarm models --loss`) and goes before the points where two are close.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import log2
from typing import Any, Literal

from rewarm.plan import models
from rewarm.plan.accelerators import Accelerator
from rewarm.plan.figure import big, gb
from rewarm.plan.models import BaseModelEntry, Benchmark
from rewarm.plan.training_way import Way, days, training_way

Need = Literal["adapt", "reasoning"]
# The kind of ability that a domain rests on, by the benchmark that comes nearest.
DOMAINS: dict[str, Benchmark] = {
    "general": "mmlu",
    "law": "mmlu",
    "medicine": "mmlu",
    "finance": "mmlu",
    "science": "mmlu",
    "service": "mmlu",
    "documentation": "mmlu",
    "code": "humaneval",
    "math": "gsm8k",
}
# Below this size, chains of reasoning fail too often for continued pre-training to help.
REASONING = 7e9
_NATIVE, _COVERED = 40.0, 20.0
_FULL, _LORA = 15.0, 8.0
_DOUBLING, _SMALLEST, _LARGEST = 5.0, 0.25e9, 32e9
_SCORE = 30.0
_SIBLING, _MOST_SIBLINGS = 1.5, 6
_UNDECAYED = 3.0
_YEAR = 4.0
_LICENCE = {"permissive": 4.0, "custom": 0.0, "research": -10.0}
_TOO_SMALL = -30.0
# A difference of points that the loss on the user's text may overrule.
_CLOSE = 5.0
# Trained on for each token of the domain: as much general text is replayed.
REPLAYED = 2.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted. language: ISO 639-1, "" for any; card: None without hardware, so that no size is left
    out; tokens: of domain text, with as many of replay; days: of training; context: tokens that the base must
    read."""

    language: str = ""
    domain: str = "general"
    need: Need = "adapt"
    card: Accelerator | None = None
    cards: int = 1
    tokens: float | None = None
    days: float | None = None
    seq_len: int = 4096
    context: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """points: what it adds to the order; words: why."""

    points: float
    words: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A model with its place's reasons. way: how it trains on the cards, None without hardware; days: of
    training; pilot, teacher: ids of siblings, empty when there is none."""

    model: BaseModelEntry
    reasons: list[Reason]
    warnings: list[str]
    way: Way | None = None
    days: float | None = None
    pilot: str = ""
    teacher: str = ""

    @property
    def points(self) -> float:
        return sum(reason.points for reason in self.reasons)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "id": self.model.id,
            "family": self.model.title,
            "parameters": self.model.parameters,
            "context": self.model.context,
            "licence": self.model.licence,
            "released": self.model.released.isoformat(),
            "scores": dict(self.model.scores),
            "source": self.model.source,
            "source_date": self.model.source_date.isoformat(),
            "undecayed": self.model.undecayed,
            "points": round(self.points, 2),
            "reasons": [{"points": round(one.points, 2), "why": one.words} for one in self.reasons],
            "warnings": self.warnings,
            "training": self.way.words() if self.way else None,
            "bytes_per_card": self.way.total if self.way else None,
            "days": self.days,
            "pilot": self.pilot or None,
            "teacher": self.teacher or None,
        }


@dataclass(frozen=True, slots=True)
class Ranking:
    """choices: the best first; left_out: id → why it is not among them."""

    choices: list[Choice]
    left_out: dict[str, str] = field(default_factory=dict)


def rank(wish: Wish, listed: Sequence[BaseModelEntry] | None = None) -> Ranking:
    """All models of the catalogue (or `listed`) that fit the wish, the best first.

    Raises ValueError for a domain that is not one of DOMAINS.
    """
    if wish.domain not in DOMAINS:
        raise ValueError(f"domain: {wish.domain!r} is not one of {', '.join(DOMAINS)}")
    listed = models.catalogue() if listed is None else listed
    ways: dict[str, tuple[Way, float | None]] = {}
    left_out: dict[str, str] = {}
    for model in listed:
        why = _left_out(model, wish) or _hardware(model, wish, ways)
        if why:
            left_out[model.id] = why
    found = [model for model in listed if model.id not in left_out]
    kind: Benchmark = "gsm8k" if wish.need == "reasoning" else DOMAINS[wish.domain]
    lowest = min((model.scores[kind] for model in found if kind in model.scores), default=0.0)
    newest = max((model.released for model in listed), default=None)
    choices = []
    for model in found:
        way, time = ways.get(model.id, (None, None))
        family = [other for other in listed if other.family == model.family and other.id != model.id]
        score = _score(model, kind, family, lowest)
        reasons = [_language(model, wish), _size(model), *_training(way), score]
        reasons.append(
            Reason(
                _SIBLING * min(len(family), _MOST_SIBLINGS),
                f"{len(family)} other sizes of the family"
                + (" for pilots, teachers and judges" if family else ""),
            )
        )
        if newest is not None:
            age = (newest - model.released).days / 365
            reasons.append(Reason(-_YEAR * min(age, 4.0), f"released {model.released}"))
        reasons.append(Reason(_LICENCE[model.licence_kind], f"licence {model.licence}"))
        if model.undecayed:
            reasons.append(Reason(_UNDECAYED, f"undecayed: {model.undecayed}"))
        if wish.need == "reasoning" and model.parameters < REASONING:
            reasons.append(Reason(_TOO_SMALL, f"below {big(REASONING)}: too small for demanding reasoning"))
        choices.append(
            Choice(
                model, reasons, warnings(model), way, time,
                _named(model, family, smaller=True), _named(model, family, smaller=False),
            )
        )  # fmt: skip
    choices.sort(key=lambda choice: (-choice.points, choice.model.parameters, choice.model.id))
    return Ranking(choices, left_out)


def by_loss(ranking: Ranking, bits: dict[str, float]) -> Ranking:
    """Order neighbours whose points are within 5 by their measured loss.

    bits: id → bits per byte on the user's text. A candidate that was not measured keeps its place.
    """
    order: list[Choice] = []
    group: list[Choice] = []
    for choice in [*ranking.choices, None]:
        joins = choice is not None and choice.model.id in bits
        if group and not (joins and choice and group[0].points - choice.points <= _CLOSE):
            order += sorted(group, key=lambda one: bits[one.model.id])
            group = []
        if choice is None:
            break
        if joins:
            loss = Reason(0.0, f"{bits[choice.model.id]:.3f} bits per byte on your text")
            group.append(replace(choice, reasons=[*choice.reasons, loss]))
        else:
            order.append(choice)
    return Ranking(order, ranking.left_out)


def warnings(model: BaseModelEntry) -> list[str]:
    """What to know before taking this model as a base."""
    found = []
    if model.licence_kind == "research":
        found.append(f"licence {model.licence}: research only; ask its maker before commercial use")
    if model.licence_kind == "custom":
        found.append(f"licence {model.licence} has conditions: read it before commercial use")
    if model.instructions:
        found.append("instructions were part of its pre-training: it is not a plain base")
    if not model.scores:
        found.append("no score of the base version is listed")
    if model.remark:
        found.append(model.remark)
    return found


def _left_out(model: BaseModelEntry, wish: Wish) -> str:
    if model.loads != "transformers":
        return "loads only with its own Python code, which rewarm does not run"
    if wish.language and model.language(wish.language) == "none":
        return f"not pre-trained on {wish.language}: it needs new vocabulary and tens of billions of tokens"
    if model.context < wish.context:
        return f"reads {model.context:,} tokens, {wish.context:,} are wanted"
    return ""


def _hardware(model: BaseModelEntry, wish: Wish, ways: dict[str, tuple[Way, float | None]]) -> str:
    """Why the cards do not train it; fills `ways` when they do."""
    if wish.card is None:
        return ""
    shapes = model.shapes()
    seq_len = min(wish.seq_len, model.context)
    way = training_way(shapes, wish.card, wish.cards, seq_len)
    if way is None:
        return f"does not fit on {wish.cards} x {wish.card.title}, even with LoRA"
    time = None
    if wish.tokens is not None:
        trained = REPLAYED * wish.tokens
        time = days(shapes, way, trained, wish.card, wish.cards, seq_len)
        if wish.days is not None and time > wish.days:
            return f"needs {time:.3g} days for {big(trained)} tokens, {wish.days:g} are given"
    ways[model.id] = (way, time)
    return ""


def _language(model: BaseModelEntry, wish: Wish) -> Reason:
    if not wish.language:
        return Reason(0.0, "any language")
    if model.language(wish.language) == "native":
        return Reason(_NATIVE, f"{wish.language} is a main language of its pre-training")
    return Reason(_COVERED, f"{wish.language} is covered, not a main language")


def _size(model: BaseModelEntry) -> Reason:
    size = min(max(model.parameters, _SMALLEST), _LARGEST)
    return Reason(_DOUBLING * log2(size / _SMALLEST), f"{big(model.parameters)} parameters")


def _training(way: Way | None) -> list[Reason]:
    if way is None:
        return []
    points = _LORA if way.kind == "LoRA" else _FULL
    return [Reason(points, f"trains on these cards: {way.words()}, {gb(way.total)} a card")]


def _score(model: BaseModelEntry, kind: Benchmark, family: Sequence[BaseModelEntry], lowest: float) -> Reason:
    """Without a score of its own a model counts as its best smaller sibling, else as the lowest candidate."""
    if kind in model.scores:
        return Reason(
            _SCORE * model.scores[kind] / 100,
            f"{kind} {model.scores[kind]:g} ({model.source}, {model.source_date})",
        )
    smaller = [o for o in family if o.parameters < model.parameters and kind in o.scores]
    if smaller:
        best = max(smaller, key=lambda other: other.scores[kind])
        return Reason(
            _SCORE * best.scores[kind] / 100,
            f"no {kind} score is listed: counted as its smaller sibling {best.name}, {best.scores[kind]:g}",
        )
    return Reason(_SCORE * lowest / 100, f"no {kind} score is listed: counted as the lowest, {lowest:g}")


def _named(model: BaseModelEntry, family: Sequence[BaseModelEntry], *, smaller: bool) -> str:
    """The sibling for pilots (the largest of at most a fifth of the size, else the smallest), or for a
    teacher (the largest)."""
    if smaller:
        below = sorted((o for o in family if o.parameters < model.parameters), key=lambda o: o.parameters)
        small = [other for other in below if other.parameters <= model.parameters / 5]
        return (small[-1] if small else below[0]).id if below else ""
    above = [other for other in family if other.parameters > model.parameters]
    return max(above, key=lambda other: other.parameters).id if above else ""
