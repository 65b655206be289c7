"""The same recipe without the documents of some sources in training (`rewarm run --without`).

The sources stay in the recipe and are left out by `mix.without` only. So every step before `mix` gives the
same tables, and the held-out documents of a source that is left out are still measured, which shows what it
taught.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from rewarm.errors import RewarmError
from rewarm.recipe import Recipe, selectors
from rewarm.recipe.shares import AUTO, Group, GroupValue, bounds
from rewarm.recipe.stages import Stage


def without(recipe: Recipe, names: Sequence[str]) -> dict[str, Any]:
    """The values of `mix` and `stages` that leave the sources out; the rest of a stage's mix keeps its
    proportions.

    Raises RewarmError for a name that is no source, or one that no stage trains on, and for a stage that
    would have nothing left.
    """
    known = [source.name for source in recipe.sources]
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, 1)
            meant = f". Did you mean {close[0]}?" if close else ""
            raise RewarmError(
                f"--without: '{name}' is not a source of the recipe; sources are {', '.join(known)}{meant}"
            )
        if not any(_may_draw(recipe, stage, [name]) for stage in recipe.stages):
            raise RewarmError(
                f"--without {name}: no stage trains on it, so nothing would change. Name a source of a mix"
            )
    left_out = list(dict.fromkeys([*recipe.mix.without, *names]))
    left = [name for name in known if name not in left_out]
    stages = [_stage(recipe, stage, left) for stage in recipe.stages]
    return {"mix": {**recipe.mix.model_dump(mode="json"), "without": left_out}, "stages": stages}


def _may_draw(recipe: Recipe, stage: Stage, names: Sequence[str]) -> bool:
    return any(_is_of(recipe, entry.name, names) for entry in recipe.entries(stage))


def _is_of(recipe: Recipe, entry: str, names: Sequence[str]) -> bool:
    """Whether an entry may select documents of one of the sources."""
    wanted = selectors.parse(entry)
    return any(source.may_be(wanted) for source in recipe.sources if source.name in names)


def _stage(recipe: Recipe, stage: Stage, left: Sequence[str]) -> dict[str, Any]:
    """The stage as plain values. left: the sources that stay."""
    mix: dict[str, Any] = {}
    for name, value in stage.mix.items():
        if isinstance(value, Group):
            if (group := _group(recipe, stage, name, value, left)) is not None:
                mix[name] = group
        elif _is_of(recipe, name, left):
            mix[name] = value
    if not mix:
        raise RewarmError(
            f"--without: stage {stage.name} trains on nothing else: its mix is {', '.join(stage.mix)}. "
            "Keep a source of it, or add another one to the mix"
        )
    plain = stage.model_dump(mode="json")
    plain["mix"] = _scaled(stage.mix, mix)
    if isinstance(stage.max_epochs, dict):
        names = {*mix, *(entry for one in mix.values() if isinstance(one, Group) and one.mix != AUTO
                         for entry in one.mix)}  # fmt: skip
        auto = any(isinstance(one, Group) and one.mix == AUTO for one in mix.values())
        limits = {name: value for name, value in stage.max_epochs.items() if auto or name in names}
        plain["max_epochs"] = limits or "auto"
    return plain


def _group(recipe: Recipe, stage: Stage, name: str, group: Group, left: Sequence[str]) -> Group | None:
    """The group without the entries that select nothing any more; None when it has none left."""
    if isinstance(group.mix, dict):
        kept = {entry: share for entry, share in group.mix.items() if _is_of(recipe, entry, left)}
        return group.model_copy(update={"mix": _scaled(group.mix, kept)}) if kept else None
    own = [entry.name for entry in recipe.entries(stage) if entry.group == name]
    gone = [entry for entry in own if entry not in left]
    return group.model_copy(update={"without": [*group.without, *gone]}) if len(gone) < len(own) else None


def _scaled(before: Mapping[str, GroupValue], kept: Mapping[str, GroupValue]) -> dict[str, Any]:
    """The shares of the entries that stay, as plain values. Fixed shares that are gone go to the others in
    proportion; `auto` and ranges that can reach 1 without it stay as they are."""
    gone = [_share(before[name]) for name in before if name not in kept]
    fixed = sum(low for low, high in map(bounds, gone) if low == high)
    factor = 1 / (1 - fixed) if fixed < 1 else 1.0
    low, high = (sum(bounds(_share(value))[end] for value in kept.values()) * factor for end in (0, 1))
    if low > 1 or high < 1:  # what is gone was a range or `auto`: the others take all of it
        factor /= high if high < 1 else low
    return {name: _times(value, factor) for name, value in kept.items()}


def _share(value: GroupValue) -> Any:  # noqa: ANN401 - a number, a range or `auto`
    return value.share if isinstance(value, Group) else value


def _times(value: GroupValue, factor: float) -> Any:  # noqa: ANN401 - as a recipe writes it
    if isinstance(value, Group):
        return {**value.model_dump(mode="json"), "share": _times(value.share, factor)}
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return tuple(min(1.0, end * factor) for end in value)
    return min(1.0, value * factor)
