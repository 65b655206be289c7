"""The shares that each stage will have, as far as samples tell, and why; general text without English or
code.

What documents decide later is left out here: how task examples move general text, and how much an entry
repeats itself, which lowers its cap on passes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rewarm.data.mix import repetition
from rewarm.data.mix.settled_shares import missing_languages, settled
from rewarm.data.mix.start_shares import StartShares
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject
from rewarm.recipe import Recipe

# An entry of unknown size is not taken for the scarce one.
_UNKNOWN = 1e15


@dataclass(frozen=True)
class Plan:
    """shares, caps: by entry, of the stage's tokens and on passes; reasons: why, where the recipe leaves it
    open."""

    shares: dict[str, float]
    caps: dict[str, float]
    reasons: list[str]


def plans(recipe: Recipe, starts: Sequence[StartShares], tokens: dict[str, float]) -> list[Plan]:
    """The plan of each stage. tokens: by entry, an estimate of one pass, where there is one."""
    found = []
    for stage, start in zip(recipe.stages, starts, strict=True):
        written = stage.max_epochs
        caps = {name: repetition.cap(written, name, share, 0.0) for name, share in start.shares.items()}
        shares, reasons = start.shares, start.reasons
        if not start.fixed:
            given = {name: cap * stage.best * tokens.get(name, _UNKNOWN) for name, cap in caps.items()}
            asked = {"tokens": stage.tokens, "mix": start.shares, "open": start.plain()}
            open_shares = settled(asked, given, None, 0.0)
            shares, reasons = open_shares.shares, [*reasons, *open_shares.reasons]
        found.append(Plan(shares, caps, reasons))
    return found


def findings(subject: Subject, starts: Sequence[StartShares], planned: Sequence[Plan]) -> Iterator[Finding]:
    """A note for each stage whose shares the recipe leaves open, and warnings about missing languages."""
    recipe = subject.recipe
    missing: dict[str, list[int]] = {}
    for number, (stage, start, plan) in enumerate(zip(recipe.stages, starts, planned, strict=True)):
        if not start.fixed:
            shares = ", ".join(f"{name} {share:.1%}" for name, share in plan.shares.items())
            moved = "; task examples move general text once documents are read" if recipe.mix.examples else ""
            why = "".join(f"; {reason}" for reason in plan.reasons)
            what = f"stage '{stage.name}' is planned with {shares}{why}{moved}."
            yield Finding("note", "mix.shares", subject.at("stages", number, "mix"), what)
        general = {name: one for name, one in start.language.items() if name not in start.domain}
        if start.domain:
            for one in missing_languages(plan.shares, general):
                missing.setdefault(one, []).append(number)
    for one, numbers in missing.items():
        if len(numbers) == len(recipe.stages):
            named = "English" if one == "en" else one
            what = f"general text has no {named}: what the base knows of it may be forgotten."
            remedy = f"Add a source with `labels: {{language: {one}}}` to the mix."
            yield Finding("warning", f"mix.no_{one}", subject.at("stages", numbers[0], "mix"), what, remedy)
