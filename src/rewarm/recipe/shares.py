"""Shares of a mix as a recipe writes them: a number, a range, `auto`, or a group of entries with a share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Tag, model_validator

from rewarm.recipe.part import Part, Share

AUTO: Literal["auto"] = "auto"
DOMAIN, GENERAL = "domain", "general"


def _form(value: object) -> str:
    """The form of a written share; brackets keep it out of the place that an error names."""
    if isinstance(value, Mapping | Part):
        return "[group]"
    if isinstance(value, list | tuple):
        return "[range]"
    return "[auto]" if isinstance(value, str) else "[share]"


_Share = Annotated[Share, Tag("[share]")]
_Range = Annotated[tuple[Share, Share], Tag("[range]")]
_Auto = Annotated[Literal["auto"], Tag("[auto]")]
Value = Annotated[_Share | _Range | _Auto, Discriminator(_form)]
Plain: TypeAlias = float | tuple[float, float] | Literal["auto"]


class Group(Part):
    """Entries that share a part of a stage: shares inside it sum to 1."""

    share: Value = "auto"
    """Of the stage's tokens. `auto`: by the kind of adaptation (`mix.adaptation`)."""
    mix: dict[str, Value] | Literal["auto"] = "auto"
    """Entry → share within the group. `auto`, for the groups `domain` and `general` only: every source that
    is labelled `task: domain`, or every other one."""
    without: list[str] = []
    """Sources that `mix: auto` leaves out, as those that are only measured."""

    @model_validator(mode="after")
    def _possible(self) -> "Group":
        check_bounds(self.share)
        if self.without and self.mix != AUTO:
            raise ValueError("without: only `mix: auto` leaves sources out; remove them from the mix")
        if isinstance(self.mix, dict):
            if not self.mix:
                raise ValueError("mix: is empty; give entries, or auto")
            check_sum(self.mix)
        return self


GroupValue = Annotated[_Share | _Range | _Auto | Annotated[Group, Tag("[group]")], Discriminator(_form)]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a mix. group: "" for one that stands alone; value: as written, within its group."""

    name: str
    group: str
    value: Plain


def bounds(value: Plain) -> tuple[float, float]:
    """The least and the largest share that are allowed."""
    if isinstance(value, str):
        return 0.0, 1.0
    return value if isinstance(value, tuple) else (value, value)


def check_bounds(value: Plain) -> None:
    """Raise ValueError for a range whose ends are exchanged."""
    low, high = bounds(value)
    if low > high:
        raise ValueError(f"range [{low}, {high}]: the first is the least share, the second the largest")


def check_sum(mix: Mapping[str, Plain]) -> None:
    """Raise ValueError for shares that cannot sum to 1."""
    for value in mix.values():
        check_bounds(value)
    low, high = (sum(bounds(value)[end] for value in mix.values()) for end in (0, 1))
    if low > 1 + 0.01 or high < 1 - 0.01:
        raise ValueError(f"shares sum to {low:g} at least and {high:g} at most; 1 must be possible")


def entries(mix: Mapping[str, "Plain | Group"], sources: Mapping[str, str | None]) -> Iterator[Entry]:
    """Every entry of a stage's mix. sources: name → label on the axis task.

    Raises ValueError for a group with `mix: auto` that has no name of its own kind, or no sources.
    """
    for name, value in mix.items():
        if not isinstance(value, Group):
            yield Entry(name, "", value)
            continue
        inside: Mapping[str, Plain] | str = value.mix
        if isinstance(inside, str):
            if name not in (DOMAIN, GENERAL):
                raise ValueError(
                    f"mix.{name}: `mix: auto` is for the groups domain and general; list the entries"
                )
            unknown = [one for one in value.without if one not in sources]
            if unknown:
                raise ValueError(f"mix.{name}.without: '{unknown[0]}' is not a source")
            inside = {
                source: AUTO
                for source, task in sources.items()
                if (task == DOMAIN) == (name == DOMAIN) and source not in value.without
            }
            if not inside:
                said = "has the label task: domain" if name == DOMAIN else "is general"
                raise ValueError(f"mix.{name}: no source {said}; add one, or remove the group")
        for entry, share in inside.items():
            yield Entry(entry, name, share)
