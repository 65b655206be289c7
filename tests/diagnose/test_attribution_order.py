"""The order of sources: by harm and lexical evidence."""

from rewarm.diagnose.attribution.attribute import Source, order_key


def _sorted(*sources: Source) -> list[str]:
    return [one.source for one in sorted(sources, key=order_key)]


def _source(name: str, share: float, harm: float | None, trained: float = 0.1) -> Source:
    return Source(name, share, trained, share / trained, None if harm is None else -harm, harm)


def test_a_harmful_source_without_evidence_is_before_one_with_a_little_of_both() -> None:
    assert _sorted(_source("near", 0.05, 0.05), _source("misspelt", 0, 0.6)) == ["misspelt", "near"]


def test_of_two_harmful_sources_the_one_about_the_same_things_is_first() -> None:
    assert _sorted(_source("other", 0.01, 0.5), _source("same", 0.4, 0.3)) == ["same", "other"]


def test_a_source_that_did_no_harm_is_last_whatever_its_evidence() -> None:
    assert _sorted(_source("clean", 0.9, 0), _source("harmful", 0, 0.1)) == ["harmful", "clean"]


def test_evidence_is_relative_to_the_size_of_a_source() -> None:
    large, small = _source("large", 0.5, 0.3, 0.8), _source("small", 0.2, 0.3, 0.05)
    assert _sorted(large, small) == ["small", "large"]


def test_without_gradients_the_most_evidence_is_first() -> None:
    assert _sorted(_source("b", 0.2, None), _source("a", 0.1, None), _source("c", 0.7, None)) == [
        "c",
        "b",
        "a",
    ]
