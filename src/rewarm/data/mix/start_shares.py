"""The shares that a recipe asks for, before its documents are known: fixed ones, and what `auto` starts at.

Two levels. How much of a stage is general text depends on the kind of adaptation: text like that of
pre-training forgets little, another language or longer documents forget more. Within general text, Chinese,
English and code start at 4 : 4 : 2, in equal parts for the sources of each; documents and task examples move
that later (`settled_shares.py`). Every choice comes with its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewarm.data.mix.bounded import bounded
from rewarm.recipe import Recipe, selectors
from rewarm.recipe.shares import AUTO, DOMAIN, GENERAL, Entry, Group, bounds

# Share of general text by kind of adaptation, and why.
KINDS = {
    "knowledge": (
        0.25,
        "knowledge of a domain starts at a low loss and forgets little: 5 % can suffice, and scarce domain "
        "text gains from more (2403.08763, 2603.04964)",
    ),
    "language": (
        0.5,
        "a new language starts at a high loss and forgets more: 25 to 50 % held English (2403.08763)",
    ),
    "long-context": (
        0.4,
        "longer sequences start at a high loss and forget short tasks: 40 % short text was best (2410.02660)",
    ),
}
_LATE = 0.5
_LATE_WHY = "it enters only after the first stage, where lower shares work better (2510.14865)"
LANGUAGES = {"zh": 4.0, "en": 4.0, "code": 2.0}
_OTHER_LANGUAGE = 2.0
_LANGUAGES_WHY = "general text starts at zh : en : code 4 : 4 : 2"


@dataclass(frozen=True)
class StartShares:
    """shares: entry → share of the stage; groups: name → bounds of its share, "" left out; entries: with
    their bounds within the group; language: entry → zh, en, code or another, "" where it is not known;
    domain: entries of domain text; reasons."""

    shares: dict[str, float]
    groups: dict[str, tuple[float, float]]
    entries: dict[str, tuple[str, float, float]]
    language: dict[str, str]
    domain: list[str]
    reasons: list[str] = field(default_factory=list)

    @property
    def fixed(self) -> bool:
        """Whether the recipe leaves nothing open."""
        inside = [(low, high) for _, low, high in self.entries.values()]
        return all(low == high for low, high in [*inside, *self.groups.values()])

    def plain(self) -> dict[str, Any]:
        """For the configuration of the step."""
        return {
            "groups": {name: list(one) for name, one in self.groups.items()},
            "entries": {name: list(one) for name, one in self.entries.items()},
            "language": {name: one for name, one in self.language.items() if name not in self.domain},
            "domain": self.domain,
        }


def adaptation(recipe: Recipe) -> tuple[str, str]:
    """The kind of adaptation, and what it follows from."""
    if recipe.mix.adaptation != AUTO:
        return recipe.mix.adaptation, "mix.adaptation"
    for stage in recipe.stages:
        if stage.rope is not None:
            return "long-context", f"stage {stage.name} changes the positions (rope)"
    tasks = {source.name: source.fixed_labels.get("task") for source in recipe.sources}
    languages = {source.name: source.fixed_labels.get("language") for source in recipe.sources}
    general = {languages[name] for name, task in tasks.items() if task != DOMAIN and languages[name]}
    mine = {languages[name] for name, task in tasks.items() if task == DOMAIN and languages[name]}
    new = sorted(one for one in mine if one and one not in general and one not in LANGUAGES)
    if new:
        return "language", f"the domain is in {', '.join(new)}, and general text is not"
    return "knowledge", "neither new positions nor a new language"


def start_shares(recipe: Recipe, number: int) -> StartShares:
    """Of a stage, by its number from 0."""
    stage = recipe.stages[number]
    written = recipe.entries(stage)
    facts = {entry.name: _fact(recipe, entry.name) for entry in written}
    reasons: list[str] = []
    groups = {name: bounds(value.share) for name, value in stage.mix.items() if isinstance(value, Group)}
    alone = {entry.name: entry for entry in written if not entry.group}
    for name, entry in alone.items():
        if entry.value == AUTO:
            groups.setdefault(_kind_of(facts[name]), (0.0, 1.0))
    fixed = {name: entry for name, entry in alone.items() if entry.value != AUTO}
    tops = {**groups, **{name: bounds(entry.value) for name, entry in fixed.items()}}
    weights = {name: (low + high) / 2 for name, (low, high) in tops.items()}
    _weigh_groups(recipe, number, stage.mix, tops, weights, reasons)
    top = bounded(weights, tops)
    shares: dict[str, float] = {name: top[name] for name in fixed}
    inside: dict[str, tuple[str, float, float]] = {name: ("", *bounds(fixed[name].value)) for name in fixed}
    for group in groups:
        mine = [entry for entry in written if _group_of(entry, facts) == group and entry.name not in fixed]
        own = {entry.name: bounds(entry.value) for entry in mine}
        found = bounded(_weights(mine, facts, group, reasons), own)
        shares |= {name: top[group] * share for name, share in found.items()}
        inside |= {name: (group, *own[name]) for name in own}
    order = [entry.name for entry in written]
    return StartShares(
        {name: shares[name] for name in order},
        groups,
        {name: inside[name] for name in order},
        {name: facts[name][1] for name in order},
        [name for name in order if facts[name][0] == DOMAIN],
        list(dict.fromkeys(reasons)),
    )


def _weigh_groups(
    recipe: Recipe, number: int, mix: Mapping[str, object], tops: Mapping[str, tuple[float, float]],
    weights: dict[str, float], reasons: list[str],
) -> None:  # fmt: skip
    """Set the weights of groups on `auto`: general text by the kind of adaptation, the domain the rest."""
    free = [name for name in weights if _is_auto(mix.get(name), name, mix)]
    if not free:
        return
    others = sum(weight for name, weight in weights.items() if name not in (*free, DOMAIN, GENERAL))
    fixed = [name for name in (DOMAIN, GENERAL) if name in tops and tops[name][0] == tops[name][1]]
    rest = max(0.0, 1 - others - sum(weights[name] for name in fixed))
    if fixed or not {DOMAIN, GENERAL} <= weights.keys():
        weights |= {name: rest / len(free) for name in free}
        return
    kind, because = adaptation(recipe)
    general, why = KINDS[kind]
    domain, told = 1 - general, ""
    if number > 0 and DOMAIN in free and not _has_domain(recipe, 0):
        domain, told = domain * _LATE, f"; half of that of the domain, because {_LATE_WHY}"
    weights |= {DOMAIN: rest * domain, GENERAL: rest * (1 - domain)}
    reasons.append(f"general {1 - domain:.0%}: {kind} ({because}): {why}{told}")


def _is_auto(value: object, name: str, mix: Mapping[str, object]) -> bool:
    if isinstance(value, Group):
        return value.share == AUTO
    return name not in mix


def _has_domain(recipe: Recipe, number: int) -> bool:
    return any(_fact(recipe, entry.name)[0] == DOMAIN for entry in recipe.entries(recipe.stages[number]))


def _weights(
    mine: Sequence[Entry], facts: Mapping[str, tuple[str | None, str]], group: str, reasons: list[str]
) -> dict[str, float]:
    """Weights within a group: fixed shares and middles of ranges as they are, `auto` by language."""
    free = [entry.name for entry in mine if entry.value == AUTO]
    given = {entry.name: sum(bounds(entry.value)) / 2 for entry in mine if entry.value != AUTO}
    rest = max(0.0, 1 - sum(given.values()))
    if group == DOMAIN:
        return {**given, **{name: rest / len(free) for name in free}}
    classes = {name: facts[name][1] for name in free}
    own = {one: LANGUAGES.get(one, _OTHER_LANGUAGE) for one in dict.fromkeys(classes.values())}
    if len(own) > 1:
        known = " : ".join(f"{one or 'other'} {weight:g}" for one, weight in own.items())
        reasons.append(f"{_LANGUAGES_WHY}; here {known}")
    total = sum(own.values())
    sizes = {one: list(classes.values()).count(one) for one in own}
    return {**given, **{name: rest * own[one] / total / sizes[one] for name, one in classes.items()}}


def _group_of(entry: Entry, facts: Mapping[str, tuple[str | None, str]]) -> str:
    return entry.group or (_kind_of(facts[entry.name]) if entry.value == AUTO else "")


def _kind_of(fact: tuple[str | None, str]) -> str:
    return DOMAIN if fact[0] == DOMAIN else GENERAL


def _fact(recipe: Recipe, entry: str) -> tuple[str | None, str]:
    """(task, class of language) of the documents of an entry, as far as the recipe says."""
    wanted = selectors.parse(entry)
    mine = [source for source in recipe.sources if source.may_be(wanted)]

    def value(axis: str) -> str | None:
        if axis in wanted:
            return wanted[axis]
        found = {None if source.may_label(axis) else source.fixed_labels.get(axis) for source in mine}
        return found.pop() if len(found) == 1 else None

    task, language = value("task"), value("language")
    return task, "code" if "code" in (task, language) else language or ""
