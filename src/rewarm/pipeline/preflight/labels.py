"""Labels: a value or axis spelled differently from its siblings, and no trained `task: domain`.

Labels are free text, so a misspelled one makes a channel of its own and an empty verdict. Two values
are taken for one when they differ only in case and separators, or by one letter (not digit) in five or
more: `law-zh` and `law-en` differ by two, `news1` and `news2` by a digit.
"""

import re
from collections.abc import Iterator

from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject
from rewarm.recipe import selectors
from rewarm.recipe.shares import bounds

_AXES = ("language", "task", "domain")
_AXIS_NAMES = {"lang": "language", "languages": "language", "tasks": "task", "domains": "domain"}
_TASKS = ("domain", "general", "reasoning")
_LANGUAGE_NAMES = {
    "chinese": "zh", "mandarin": "zh", "zh_cn": "zh", "cn": "zh", "中文": "zh", "english": "en",
    "german": "de", "deutsch": "de", "french": "fr", "spanish": "es", "japanese": "ja", "jp": "ja",
    "korean": "ko", "kr": "ko", "russian": "ru",
}  # fmt: skip
_SEPARATORS = re.compile(r"[\s_\-.]+")


def check(subject: Subject) -> Iterator[Finding]:
    """Findings about labels; all of them warnings, since training itself does not need labels."""
    yield from _axes(subject)
    values: dict[str, dict[str, list[int]]] = {}
    for index, source in enumerate(subject.recipe.sources):
        for axis, value in source.fixed_labels.items():
            values.setdefault(axis, {}).setdefault(value, []).append(index)
    for axis, seen in values.items():
        for value, indices in seen.items():
            meant = _meant(axis, value, [other for other in seen if other != value], len(indices), seen)
            if meant:
                what = f"'{value}' looks like another spelling of '{meant}'; they are two channels."
                yield Finding(
                    "warning",
                    "labels.spelling",
                    subject.at("sources", indices[0], "labels", axis),
                    what,
                    f"Write {axis}: {meant}.",
                )
    yield from _domain(subject)


def _axes(subject: Subject) -> Iterator[Finding]:
    used = {axis for source in subject.recipe.sources for axis in source.labels}
    for index, source in enumerate(subject.recipe.sources):
        for axis in source.labels:
            plain = _plain(axis)
            meant = _AXIS_NAMES.get(plain) or next(
                (known for known in (*_AXES, *sorted(used)) if known != axis and _alike(known, axis)), None
            )
            if meant and meant != axis and (meant in _AXES or len(meant) > len(axis)):
                yield Finding(
                    "warning",
                    "labels.axis",
                    subject.at("sources", index, "labels", axis),
                    f"the axis '{axis}' looks like another spelling of '{meant}'.",
                    f"Write {meant}: {source.fixed_labels[axis]}."
                    if axis in source.fixed_labels
                    else f"Write {meant} instead of {axis}.",
                )


def _meant(axis: str, value: str, others: list[str], count: int, seen: dict[str, list[int]]) -> str | None:
    """The value that this one is another spelling of, or None."""
    if axis == "task":
        known = next((one for one in _TASKS if one != value and _alike(one, value)), None)
        if known:
            return known
    if axis == "language":
        code = _LANGUAGE_NAMES.get(_SEPARATORS.sub("_", value.strip().casefold()))
        primary = re.split(r"[-_]", value.strip().casefold())[0]
        code = code or (
            primary if primary != value and (primary in others or primary in ("zh", "en")) else None
        )
        if code and code != value:
            return code
        return None
    for other in others:
        if _alike(other, value) and (len(seen[other]), other) > (count, value):
            return other
    return None


def _plain(text: str) -> str:
    return _SEPARATORS.sub("-", text.strip().casefold())


def _alike(one: str, two: str) -> bool:
    a, b = _plain(one), _plain(two)
    if a == b or a.replace("-", "") == b.replace("-", ""):
        return True
    return min(len(a), len(b)) >= 5 and _one_letter_apart(a, b)


def _one_letter_apart(a: str, b: str) -> bool:
    """One letter more, less or other, or two neighbours swapped."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    x, y = a[start:], b[start:]
    changed = {*x[:1], *y[:1]}
    if any(not letter.isalpha() for letter in changed):
        return False
    swapped = len(x) > 1 and len(y) > 1 and x[0] == y[1] and x[1] == y[0] and x[2:] == y[2:]
    return swapped or x[1:] == y[1:] or x[1:] == y or x == y[1:]


def _domain(subject: Subject) -> Iterator[Finding]:
    recipe = subject.recipe
    labelled = [source for source in recipe.sources if source.fixed_labels.get("task") == "domain"]
    own = [source for source in recipe.sources if source.may_label("task")]
    entries = [
        selectors.parse(entry.name)
        for stage in recipe.stages
        for entry in recipe.entries(stage)
        if bounds(entry.value)[1] > 0
    ]
    if any(source.may_be(wanted) for source in [*labelled, *own] for wanted in entries):
        return
    if labelled:
        names = ", ".join(source.name for source in labelled)
        what = f"no stage trains on the domain ({names}); the report cannot say what was learned."
        yield Finding("warning", "labels.domain", subject.at("stages", 0, "mix"), what, "Add it to a mix.")
        return
    what = "no source has the label task: domain; the report cannot say what was learned."
    remedy = "Set labels: {task: domain} on the sources to learn."
    yield Finding("warning", "labels.domain", subject.at("sources"), what, remedy)
