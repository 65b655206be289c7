"""The tokens that a run added to the base's tokenizer."""

from collections.abc import Iterator
from typing import Any

from rewarm.corpus.tables import vocabulary
from rewarm.corpus.tables.vocabulary import Extension
from rewarm.errors import RewarmError
from rewarm.runs.run import Run


def of_run(run: Run) -> Extension:
    """Raises RewarmError for a run whose vocabulary is the base's."""
    path = run.file("vocabulary", "vocabulary.json")
    if path is None:
        raise RewarmError(
            f"{run.path}: has the base's own vocabulary, or the step vocabulary has not run; add "
            "`vocabulary` to the recipe and run it with --until vocabulary"
        )
    return vocabulary.read(path)


def lines(extension: Extension, most: int) -> Iterator[str]:
    """Savings by channel, the advice, how to compare at equal bytes, and the first `most` tokens."""
    yield from vocabulary.lines(extension)
    kept = 1 - extension.wanted.saving
    yield (
        f"equal bytes: {1 / kept:.2f} tokens of the base are one token here; scale stages[].tokens by "
        f"{kept:.3f}"
    )
    if most and extension.texts:
        yield f"first tokens: {'  '.join(extension.texts[:most])}"


def plain(extension: Extension) -> dict[str, Any]:
    """For `--json`: counts by channel, and the tokens as text."""
    found = extension.plain()
    for name in ("tokens", "pieces"):
        found.pop(name)
    return {**found, "enough": extension.enough}
