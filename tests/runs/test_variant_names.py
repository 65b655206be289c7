"""Names of variants without sources, and the way back."""

import pytest

from rewarm.runs import variant_names


@pytest.mark.parametrize(
    ("names", "variant", "expected"),
    [
        (["news"], "", "without-news"),
        (["news", "api"], "fast", "fast-without-news-api"),
        # A variant that has left out a source by itself.
        (["news"], "without-news", "without-news-without-news"),
    ],
)
def test_a_name_and_the_way_back(names: list[str], variant: str, expected: str) -> None:
    assert variant_names.without(names, variant) == expected
    assert variant_names.with_sources(expected, names) == variant


def test_a_variant_that_leaves_out_no_source_keeps_its_name() -> None:
    assert variant_names.with_sources("fast-", []) == "fast-"
    # `mix.without` of the recipe, not of `--without`.
    assert variant_names.with_sources("fast-", ["news"]) == "fast-"
