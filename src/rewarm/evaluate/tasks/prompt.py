"""Items to text: templates for the question, the two forms of its answer, and few-shot examples.

In *letters* form the options are listed and the answer is a letter; in *cloze* form the question stands alone
and the answer is the option's text. Small models are near chance with letters and above it with cloze. The
templates of English tasks equal those of lm-eval 0.4.13, so that scores can be compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from rewarm.evaluate.tasks.item import Item

Form = Literal["letters", "cloze"]
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# More options have too many subsets to score each.
MOST_MULTIPLE = 8


@dataclass(frozen=True, slots=True)
class Prompt:
    """Templates of a task, with {context}, {question}, {options}, {group} as fields.

    description: before everything; letters, cloze: of one item, up to its answer; context: of the passage,
    left out where an item has none; option: of one line of {options}; joiner: between prompt and answer;
    separator: between few-shot examples; ids: names of the options in letters form.
    """

    description: str = ""
    letters: str = "{context}{question}\n{options}Answer:"
    cloze: str = "{context}Question: {question}\nAnswer:"
    context: str = "{context}\n"
    option: str = "{id}. {option}\n"
    joiner: str = " "
    separator: str = "\n\n"
    ids: str = _LETTERS


ENGLISH = Prompt()
CHINESE = Prompt(
    letters="{context}{question}\n{options}答案：", cloze="{context}问题：{question}\n答案：", joiner=""
)


@dataclass(frozen=True, slots=True)
class Request:
    """One continuation to score: log-likelihood of `continuation` after `context`.

    candidate: what the continuation answers: positions of options, or () for an open item.
    """

    item: int
    candidate: tuple[int, ...]
    context: str
    continuation: str


def requests(items: Sequence[Item], prompt: Prompt, form: Form, shots: Sequence[Item] = ()) -> list[Request]:
    """The continuations of all items, in order; of an item in the order of its candidates."""
    examples = "".join(
        question(item, prompt, form) + gold_answer(item, prompt, form) + prompt.separator for item in shots
    )
    found = []
    for number, item in enumerate(items):
        before = prompt.description.format(group=item.group) + examples
        for candidate, context, continuation in _candidates(item, prompt, form):
            found.append(Request(number, candidate, before + context, continuation))
    return found


def question(item: Item, prompt: Prompt, form: Form) -> str:
    """The item up to its answer, without examples."""
    if item.kind == "blank" and form == "cloze":
        return (_context(item, prompt) + item.around_blank[0]).rstrip(" ")
    template = prompt.letters if form == "letters" and item.options else prompt.cloze
    listed = "".join(
        prompt.option.format(id=prompt.ids[number], option=option)
        for number, option in enumerate(item.options)
    )
    return template.format(
        context=_context(item, prompt), question=item.question.strip(), options=listed, group=item.group
    )


def gold_answer(item: Item, prompt: Prompt, form: Form) -> str:
    """What follows `question` in an example: the first accepted answer."""
    if not item.options:
        return prompt.joiner + item.answers[0]
    return next(
        continuation.rstrip("\n")
        for candidate, _, continuation in _candidates(item, prompt, form)
        if candidate == item.gold
    )


def _candidates(item: Item, prompt: Prompt, form: Form) -> list[tuple[tuple[int, ...], str, str]]:
    """(positions, context, continuation) of everything that may be answered."""
    asked = question(item, prompt, form)
    if not item.options:
        return [((), asked, prompt.joiner + item.answers[0])]
    singles = [(position,) for position in range(len(item.options))]
    if item.kind == "multiple" and form == "letters":
        # The line's end is scored too: otherwise "A" would never be less likely than "AC".
        return [
            (chosen, asked, prompt.joiner + "".join(prompt.ids[position] for position in chosen) + "\n")
            for size in range(1, len(item.options) + 1)
            for chosen in combinations(range(len(item.options)), size)
        ]
    if form == "letters":
        return [(chosen, asked, prompt.joiner + prompt.ids[chosen[0]]) for chosen in singles]
    if item.kind == "blank":
        before, after = item.around_blank
        gap = " " if before.endswith(" ") else ""
        return [(chosen, asked, gap + item.options[chosen[0]] + after) for chosen in singles]
    return [(chosen, asked, prompt.joiner + item.options[chosen[0]]) for chosen in singles]


def _context(item: Item, prompt: Prompt) -> str:
    return prompt.context.format(context=item.context.strip()) if item.context.strip() else ""
