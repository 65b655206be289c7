"""Whether the data can fill the stages: tokens are estimated from the samples and held against the plan.

Tokens per byte come from the base's own tokenizer where it is on this machine, otherwise from a rule:
4.0 bytes a token of ASCII text and 3.0 of other scripts, about what vocabularies of 100,000 and more
give in English and Chinese. What cleaning, deduplication and rules will drop is not known, so the
estimate is an upper bound; the exact figures are those of the step `mix`, repeated at the end.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rewarm.data.mix import shares
from rewarm.data.mix.start_shares import start_shares
from rewarm.errors import RewarmError
from rewarm.pipeline.preflight import base_model, mix_plan
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.mix_plan import Plan
from rewarm.pipeline.preflight.sampled import Sample
from rewarm.pipeline.preflight.subject import Subject
from rewarm.recipe import Holdout, Recipe, Source, selectors

_ASCII_BYTES, _OTHER_BYTES = 4.0, 3.0
# A shortfall below this is within what an estimate can tell; vocabularies differ by more than samples do.
_BY_TOKENIZER, _BY_RULE = 0.05, 0.3
# Tokens of a source that is not on this machine: it is not taken for the scarce one.
_UNKNOWN = 1e15
# Scoring that takes this many times as long as training is reported.
_MUCH_SCORING = 2


@dataclass(frozen=True)
class Estimate:
    """tokens: training tokens of one pass; held_out: tokens that are scored before and after training; how:
    what the figures rest on."""

    tokens: float
    held_out: float
    how: str


def available(subject: Subject) -> tuple[dict[str, float], str]:
    """Estimated tokens of one pass by entry of a mix, where known, and what they rest on."""
    known = _estimates(subject, _Counter(subject))
    entries = {entry.name for stage in subject.recipe.stages for entry in subject.recipe.entries(stage)}
    sources = [one for one in subject.recipe.sources if one.name not in subject.recipe.mix.without]
    tokens = {entry: _tokens(selectors.parse(entry), sources, known) for entry in entries}
    how = " and ".join(dict.fromkeys(one.how for one in known.values()))
    return {entry: count for entry, count in tokens.items() if 0 < count < _UNKNOWN}, how


def check(subject: Subject) -> Iterator[Finding]:
    """A finding a stage whose budget or mix the data cannot give, and a note with the estimates."""
    if subject.until is not None and not subject.needs_model:
        return
    counter = _Counter(subject)
    estimates = _estimates(subject, counter)
    starts = [start_shares(subject.recipe, number) for number in range(len(subject.recipe.stages))]
    entries = {
        entry: selectors.parse(entry) for start in starts for entry, share in start.shares.items() if share
    }
    trained = [
        source
        for source in subject.recipe.sources
        if source.name not in subject.recipe.mix.without
        and any(source.may_be(wanted) for wanted in entries.values())
    ]
    known = {one.name: estimates[one.name] for one in trained if one.name in estimates}
    if known:
        sizes = ", ".join(f"{name} about {_round(one.tokens)}" for name, one in known.items())
        how = " and ".join(dict.fromkeys(one.how for one in known.values()))
        what = f"estimated training tokens of one pass: {sizes} ({how}; before cleaning drops any)."
        yield Finding("note", "budget.estimate", subject.at("sources"), what)
    yield from _scoring(subject, sum(one.held_out for one in estimates.values()))
    tolerance = _BY_TOKENIZER if counter.exact else _BY_RULE
    tokens = {entry: _tokens(wanted, trained, known) for entry, wanted in entries.items()}
    plans = mix_plan.plans(subject.recipe, starts, tokens)
    yield from mix_plan.findings(subject, starts, plans)
    yield from _shortfalls(subject, plans, tokens, tolerance)


def _scoring(subject: Subject, held_out: float) -> Iterator[Finding]:
    """Where held-out documents cost far more than the training: a forward pass is a third of a training
    step, and both the base and the result are scored."""
    trained = sum(stage.tokens for stage in subject.recipe.stages)
    most = subject.recipe.evaluate.document_tokens
    remedy = (
        f"Lower evaluate.document_tokens ({most:,})"
        if most
        else "Set evaluate.max_tokens, as in 20000 for each source,"
    )
    if 2 * held_out > _MUCH_SCORING * 3 * trained:
        yield Finding(
            "warning",
            "budget.scoring",
            subject.at("evaluate") or subject.at("stages"),
            f"an estimated {_round(held_out)} held-out tokens are scored twice, for {trained:,} tokens of "
            "training: `baseline` and `evaluate` will take longer than `train`.",
            f"{remedy} or lower holdout.min_documents.",
        )


def _tokens(wanted: dict[str, str], sources: list[Source], known: dict[str, Estimate]) -> float:
    """Tokens that an entry of a mix can draw from. Which documents of a source it selects by labels of
    their own is not known before they are read."""
    mine = [source for source in sources if source.may_be(wanted)]
    if any(source.may_label(axis) for source in mine for axis in wanted):
        return _UNKNOWN
    return sum(known[source.name].tokens if source.name in known else _UNKNOWN for source in mine)


def _shortfalls(
    subject: Subject, plans: list[Plan], tokens: dict[str, float], tolerance: float
) -> Iterator[Finding]:
    recipe, shortfall = subject.recipe, subject.recipe.mix.shortfall
    stages = [
        {"name": stage.name, "tokens": stage.tokens, "mix": plan.shares, "best": stage.best}
        for stage, plan in zip(recipe.stages, plans, strict=True)
    ]
    room = [
        {name: cap * stage.best * tokens.get(name, 0.0) for name, cap in plan.caps.items()}
        for stage, plan in zip(recipe.stages, plans, strict=True)
    ]
    factor = shares.common_factor(stages, room)[0] if shortfall == "shrink" else 1.0
    taken: list[dict[str, int]] = []
    for index, (stage, plan) in enumerate(zip(recipe.stages, plans, strict=True)):
        mix = plan.shares
        left = {
            name: max(0, round(whole - _used(recipe, taken, name, stage.best)))
            for name, whole in room[index].items()
        }
        if shortfall == "shrink":
            given = shares.in_proportion(factor * stage.tokens, mix, left)
        else:
            given = shares.budgets(stage.tokens, mix, left)
        taken.append(given)
        whole = sum(given.values())
        real = {name: given[name] / whole if whole else 0.0 for name in mix}
        if (
            whole >= (1 - tolerance) * stage.tokens
            and max(abs(real[name] - share) for name, share in mix.items()) <= tolerance
        ):
            continue
        scarce = _scarce(stage.tokens, mix, left, room[index], tolerance)
        passes = " and ".join(dict.fromkeys(f"{plan.caps[name]:g}" for name in scarce))
        stops = shortfall == "stop" and whole < stage.tokens / 2
        yield Finding(
            "error" if stops else "warning",
            "budget",
            subject.at("stages", index, "tokens"),
            f"the data gives an estimated {_round(whole)} of the {stage.tokens:,} tokens of stage "
            f"'{stage.name}'{_mix_words(mix, real)}: {' and '.join(scarce)} "
            f"{'has' if len(scarce) == 1 else 'have'} too little for {passes} passes "
            f"(mix.shortfall: {shortfall}).",
            f"Add data, raise max_epochs, or set tokens to about {_round(whole)}.",
        )


def _used(recipe: Recipe, taken: list[dict[str, int]], name: str, best: float) -> float:
    """Tokens that stages before took of a source's best share; each took evenly from its own."""
    return sum(
        given.get(name, 0) * min(1.0, best / stage.best)
        for stage, given in zip(recipe.stages, taken, strict=False)
    )


def _scarce(
    tokens: int, mix: dict[str, float], left: dict[str, int], room: dict[str, float], tolerance: float
) -> list[str]:
    """The sources that cannot give their share; where stages before decide, the one with the least."""
    wanted = {name: tokens * share for name, share in mix.items() if share > 0}
    short = [name for name, count in wanted.items() if left[name] < (1 - tolerance) * count]
    return short or [min(wanted, key=lambda name: room[name] / wanted[name])]


def _mix_words(planned: dict[str, float], real: dict[str, float]) -> str:
    """How the mix would change; empty where it stays."""
    if max(abs(real[name] - share) for name, share in planned.items()) <= 0.01 or not any(real.values()):
        return ""
    now = " / ".join(f"{name} {share:.0%}" for name, share in real.items())
    return f", mixed {now} instead of {' / '.join(f'{share:.0%}' for share in planned.values())}"


def _estimates(subject: Subject, counter: "_Counter") -> dict[str, Estimate]:
    """By source; those that nothing is known of are left out."""
    found = {
        source["name"]: _estimate(subject, source, counter)
        for source in subject.recipe.model_dump(mode="json")["sources"]
    }
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def _estimate(subject: Subject, source: dict[str, Any], counter: "_Counter") -> Estimate | None:
    """None where the source is not on this machine or nothing could be sampled."""
    try:
        if subject.survey.files(source) is None:
            return None
        readable = subject.survey.readable(source)
        sample = subject.survey.sample(source, subject.recipe.collect.max_record_bytes)
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
    share = _held_out(subject.recipe.holdout, documents)
    per_byte, how = counter.tokens_per_byte(sample)
    whole = texts * per_byte
    scored = min(whole / documents, subject.recipe.evaluate.document_tokens or math.inf)
    held_out = min(share * documents * scored, subject.recipe.evaluate.max_tokens or math.inf)
    return Estimate(whole * (1 - share), held_out, how)


def _held_out(holdout: Holdout, documents: float) -> float:
    """Share of a source's documents that is kept from training."""
    count = min(max(holdout.share * documents, holdout.min_documents), holdout.max_documents, documents / 2)
    return count / documents if documents else 0.0


class _Counter:
    """Tokens of sampled texts, by the base's tokenizer or by the rule."""

    def __init__(self, subject: Subject) -> None:
        self._file = base_model.tokenizer_file(subject) if subject.needs_model else None
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


def _round(tokens: float) -> str:
    """Two significant digits: more would be pretended."""
    if tokens < 100:
        return f"{tokens:.0f}"
    digits = len(str(int(tokens))) - 2
    return f"{round(tokens / 10**digits) * 10**digits:,}"
