"""Settles the shares that a recipe leaves open, by the documents there are and by examples of tasks.

Within a group, `auto` entries of one language share its part in proportion to the tokens that they can give,
epochs counted. General text is then moved toward the entries that task examples resemble. No entry with a
range or `auto` gets more than it can give, so that open shares never shorten a stage: what one lacks goes to
the others of its group, then to the other groups. Fixed shares stay as written; what they lack is a matter of
`mix.shortfall`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewarm.data.mix.bounded import bounded
from rewarm.data.mix.start_shares import LANGUAGES

_CHANGED = 0.005


@dataclass(frozen=True)
class Settled:
    """shares: entry → share of the stage; reasons: what moved them, a sentence each."""

    shares: dict[str, float]
    reasons: list[str]


def settled(
    stage: Mapping[str, Any],
    available: Mapping[str, float],
    likeness: Mapping[str, float] | None,
    examples_weight: float,
) -> Settled:
    """stage: tokens, mix (start shares) and open (groups, entries, language); available: tokens that each
    entry can give; likeness: entry → share of the examples that are most like it, None without examples."""
    start, opened = dict(stage["mix"]), stage["open"]
    whole = stage["tokens"]
    groups: dict[str, list[str]] = {}
    for name, (group, _, _) in opened["entries"].items():
        groups.setdefault(group, []).append(name)
    reasons: list[str] = []
    tops: dict[str, tuple[float, float]] = {}
    weights: dict[str, float] = {}
    for group, (low, high) in opened["groups"].items():
        mine = groups.get(group, [])
        most = _most(low, high, sum(available[name] for name in mine) / whole)
        weights[group] = sum(start[name] for name in mine)
        tops[group] = (low, most)
    for name in groups.get("", []):
        _, low, high = opened["entries"][name]
        weights[name], tops[name] = start[name], (low, _most(low, high, available[name] / whole))
    top = bounded(weights, tops)
    found: dict[str, float] = {}
    for group in opened["groups"]:
        mine = groups.get(group, [])
        share = top[group]
        inside = {name: opened["entries"][name][1:] for name in mine}
        own = _by_size(start, mine, inside, opened["language"], available)
        if likeness is not None and any(likeness.get(name) for name in mine) and _is_general(mine, opened):
            own = _toward(own, inside, likeness, examples_weight, reasons)
        limits = {
            name: (low, _most(low, high, available[name] / whole / share if share else 1.0))
            for name, (low, high) in inside.items()
        }
        parts = bounded(own, limits)
        found |= {name: share * part for name, part in parts.items()}
    found |= {name: top[name] for name in groups.get("", [])}
    total = sum(found.values())
    if total > 0:
        # Where everything is at its limit the stage gets shorter, and the shares still sum to 1.
        found = {name: share / total for name, share in found.items()}
    for name, share in found.items():
        limit = available[name] / whole
        if abs(share - start[name]) > _CHANGED and limit < start[name]:
            reasons.append(
                f"{name} {share:.1%} instead of {start[name]:.1%}: it gives {available[name]:,.0f} tokens"
            )
    return Settled({name: found[name] for name in start}, reasons)


def _most(low: float, high: float, given: float) -> float:
    """The upper bound of an open share; a fixed one stays."""
    return high if low == high else max(low, min(high, given))


def _by_size(
    start: Mapping[str, float], mine: Sequence[str], inside: Mapping[str, tuple[float, float]],
    language: Mapping[str, str], available: Mapping[str, float],
) -> dict[str, float]:  # fmt: skip
    """Weights within a group: the `auto` entries of one language share its part by their tokens."""
    total = sum(start[name] for name in mine)
    own = {name: start[name] / total if total else 1 / len(mine) for name in mine}
    free = [name for name in mine if tuple(inside[name]) == (0.0, 1.0)]
    for one in dict.fromkeys(language.get(name) for name in free):
        same = [name for name in free if language.get(name) == one]
        part, tokens = sum(own[name] for name in same), sum(available[name] for name in same)
        if len(same) > 1 and tokens:
            own |= {name: part * available[name] / tokens for name in same}
    return own


def _is_general(mine: Sequence[str], opened: Mapping[str, Any]) -> bool:
    return any(name not in opened["domain"] for name in mine)


def _toward(
    own: dict[str, float], inside: Mapping[str, tuple[float, float]], likeness: Mapping[str, float],
    weight: float, reasons: list[str],
) -> dict[str, float]:  # fmt: skip
    """The weights, moved toward the examples' shares; those of fixed entries stay."""
    free = [name for name in own if inside[name][0] < inside[name][1]]
    part, like = sum(own[name] for name in free), sum(likeness.get(name, 0.0) for name in free)
    if not free or not like:
        return own
    moved = dict(own)
    for name in free:
        aim = part * likeness.get(name, 0.0) / like
        moved[name] = (1 - weight) * own[name] + weight * aim
        if abs(moved[name] - own[name]) > _CHANGED:
            reasons.append(
                f"{name} {moved[name]:.1%} of its group instead of {own[name]:.1%}: "
                f"{likeness.get(name, 0.0):.0%} of the task examples are most like it"
            )
    return moved


def missing_languages(shares: Mapping[str, float], language: Mapping[str, str]) -> list[str]:
    """English or code where general text with known languages has none of it."""
    known = {language[name] for name, share in shares.items() if share > 0 and name in language}
    if not known or "" in known:
        return []
    return [one for one in LANGUAGES if one in ("en", "code") and one not in known]
