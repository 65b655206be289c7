"""One item of a task: question, options and gold answer, and the JSON schema in which it is written.

    {"id": "12", "question": "…", "options": ["…", "…"], "answer": 1}          multiple choice
    {"question": "…", "options": ["…", "…", "…"], "answer": [0, 2]}            multiple-select
    {"question": "Article ____ governs leases.", "options": […], "answer": 0}  cloze: options fill the blank
    {"question": "…", "answer": "42"}                                         generation or continuation
    {"question": "…", "answer": ["42", "forty-two"]}                          several accepted answers

Further fields: `context` (a passage before the question), `group` (for example the subject), `labels` (axis →
value, as of documents), `origin` (where the item came from). The answer is a position in `options`, from 0,
or the text itself if there are no options. `docs/tasks.md` documents the schema for users.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rewarm.corpus.benchmarks.canary import CANARY
from rewarm.errors import RewarmError

BLANK = "____"
# Four underscores; a longer line is a place to write on, as in published questions.
_BLANK = re.compile(r"(?<!_)____(?!_)")
_FIELDS = {
    "id", "question", "options", "answer", "context", "group", "labels", "origin", "canary", "meta",
    "fill_blank",
}  # fmt: skip
Kind = Literal["choice", "multiple", "blank", "open"]


@dataclass(frozen=True, slots=True)
class Item:
    """options: empty for open items; gold: positions of right options; answers: accepted texts of an open
    item; group: for example the subject; labels: axis → value; origin: where the item came from; fill_blank:
    whether options fill a blank of the question, where it has one."""

    id: str
    question: str
    options: tuple[str, ...] = ()
    gold: tuple[int, ...] = ()
    answers: tuple[str, ...] = ()
    context: str = ""
    group: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)
    multiple: bool = False
    fill_blank: bool = True

    @property
    def kind(self) -> Kind:
        """How the item is asked; several right options, or a list with one, make it multiple-select."""
        if not self.options:
            return "open"
        if self.multiple:
            return "multiple"
        return "blank" if self.fill_blank and len(_BLANK.findall(self.question)) == 1 else "choice"

    @property
    def around_blank(self) -> tuple[str, str]:
        """The question before and after its blank, if its kind is `blank`."""
        before, after = _BLANK.split(self.question)
        return before, after

    @property
    def equal_options(self) -> bool:
        """Whether two options are the same text, as in some published items: no model can tell them apart."""
        return len(set(self.options)) < len(self.options)

    @property
    def chance(self) -> float:
        """Accuracy of guessing: 1 / options, or 1 / non-empty subsets for multiple-select; 0 if open."""
        if not self.options:
            return 0.0
        return 1 / ((1 << len(self.options)) - 1) if self.multiple else 1 / len(self.options)


def of_record(record: Mapping[str, Any], where: str, default_id: str) -> Item:
    """The item in a record of the schema above.

    where: names the file and record in errors. Raises RewarmError for a missing, unknown or wrong field.
    """
    for name in record:
        if name not in _FIELDS:
            known = ", ".join(sorted(_FIELDS - {"canary"}))
            raise RewarmError(f"{where}: unknown field {name!r}; fields of an item are {known}")
    question = record.get("question")
    if not isinstance(question, str) or not question.strip():
        raise RewarmError(f"{where}: question: {_shown(question)} is not a text; every item needs one")
    options = record.get("options") or []
    if not isinstance(options, list) or not all(isinstance(text, str) and text.strip() for text in options):
        raise RewarmError(f"{where}: options: {_shown(options)} is not a list of texts")
    labels = record.get("labels") or {}
    if not isinstance(labels, dict):
        raise RewarmError(f"{where}: labels: {_shown(labels)} is not a mapping of axis to value")
    gold, answers, multiple = _answer(record, options, where)
    return Item(
        id=str(record.get("id", default_id)),
        question=_utf8(question),
        options=tuple(map(_utf8, options)),
        gold=gold,
        answers=tuple(map(_utf8, answers)),
        context=_utf8(str(record.get("context") or "")),
        group=str(record.get("group") or ""),
        labels={str(axis): str(value) for axis, value in labels.items()},
        origin=record.get("origin") or {},
        multiple=multiple,
        fill_blank=record.get("fill_blank", True) is not False,
    )


def record_of(item: Item) -> dict[str, Any]:
    """The record that `of_record` reads back as the same item, with the canary."""
    answer: Any = list(item.answers)
    if item.options:
        answer = list(item.gold) if item.multiple else item.gold[0]
    record = {
        "id": item.id,
        "question": item.question,
        "options": list(item.options),
        "answer": answer,
        "context": item.context,
        "group": item.group,
        "labels": dict(item.labels),
        "origin": dict(item.origin),
    }
    if not item.fill_blank:
        record["fill_blank"] = False
    return {name: value for name, value in record.items() if value not in ("", [], {})} | {"canary": CANARY}


def _answer(
    record: Mapping[str, Any], options: list[str], where: str
) -> tuple[tuple[int, ...], tuple[str, ...], bool]:
    """Positions, texts, and whether several options may be right."""
    answer = record.get("answer")
    if not options:
        texts = answer if isinstance(answer, list) else [answer]
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            raise RewarmError(f"{where}: answer: {_shown(answer)} is not a text, and the item has no options")
        return (), tuple(texts), False
    if len(options) < 2:
        raise RewarmError(f"{where}: options: {_shown(options)} has one option; give two or more")
    positions = answer if isinstance(answer, list) else [answer]
    for position in positions:
        if isinstance(position, bool) or not isinstance(position, int) or not 0 <= position < len(options):
            raise RewarmError(
                f"{where}: answer: {_shown(position)} is not a position in options, 0 to {len(options) - 1}"
            )
    if not positions or len(set(positions)) < len(positions):
        raise RewarmError(f"{where}: answer: {_shown(answer)} names no option, or one twice")
    return tuple(sorted(positions)), (), isinstance(answer, list)


def _utf8(text: str) -> str:
    # Lone surrogates, which JSON may spell, are not valid UTF-8.
    return text.encode("utf-8", "replace").decode()


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
