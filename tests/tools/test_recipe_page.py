"""The reference of the recipe names every key with its type, default and description."""

import re
from typing import Annotated, Literal

import pytest
import recipe_page
from pydantic import BaseModel, Field

from rewarm.recipe import Recipe
from rewarm.recipe.bench import Bench
from rewarm.recipe.duels import Duels
from rewarm.recipe.part import Count, Effect, Part


@pytest.mark.parametrize("model", [Recipe, Duels, Bench], ids=lambda model: model.__name__)
def test_every_key_has_a_description(model: type[BaseModel]) -> None:
    missing = [
        f"{key} ({owner.__name__}.{name})" for key, owner, name, text in recipe_page.fields(model) if not text
    ]
    assert not missing, f"write a docstring below the field: {', '.join(missing)}"


def test_every_key_is_on_the_page() -> None:
    page = recipe_page.page()
    keys = [key for key, *_ in recipe_page.fields(Recipe)]
    assert len(keys) > 340 and "sources[].conversations.gap_minutes" in keys
    anchors = set(re.findall(r'<span id="([^"]+)">', page))
    sections = set(re.findall(r"\(#section-[^)]+\)", page))
    assert {
        key for key in keys if not any(other.startswith((f"{key}.", f"{key}[", f"{key}.*")) for other in keys)
    } <= anchors
    for section in sections:
        assert f"{{{section[1:-1]}}}" in page


class Inner(Part):
    """What an inner part is for. More about it."""

    share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """A share | of something."""


class Outer(Part):
    size: Annotated[Count, Effect.NONE] = 20_000
    """Bytes."""
    kind: Literal["a", "b"] | None = None
    inner: list[Inner] = Field(default_factory=list)


def test_types_defaults_and_missing_descriptions() -> None:
    lines = list(recipe_page._section(Outer, "outer", 2))
    assert '| <span id="outer.size"></span>`size` † | integer, > 0 | 20,000 | Bytes. |' in lines
    assert '| <span id="outer.kind"></span>`kind` | `a`, `b` or null | `null` |  |' in lines
    assert (
        "| [`inner`](#section-outer-inner) | list of section | `[]` | What an inner part is for. |" in lines
    )
    cells = "`share` | number, ≥ 0, ≤ 1 | `0.5` | A share \\| of something. |"
    assert f'| <span id="outer.inner[].share"></span>{cells}' in lines
    assert [key for key, _, _, text in recipe_page.fields(Outer) if not text] == ["kind"]
