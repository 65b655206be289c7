"""How pairs and solutions look as text: many layouts, none of them frequent.

A model that reads a hundred thousand documents of the form "Question: … Answer: …" learns the form first.
A layout here is one of several shapes, with one of several marks, labels and gaps; together they are more
than a hundred templates, and documents take turns through all of them, so that each has less than 1 % of
the documents.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

Pair = tuple[str, str]

_LABELS = {
    "": (
        ("Q", "A"),
        ("Question", "Answer"),
        ("Asked", "Answered"),
        ("Query", "Reply"),
        ("Problem", "Response"),
    ),
    "zh": (("问", "答"), ("问题", "回答"), ("提问", "解答"), ("疑问", "答复"), ("题", "解")),
}
_SOLUTION_LABELS = {
    "": (
        ("Problem", "Cause", "Solution"), ("Symptom", "Reason", "Remedy"), ("Issue", "Root cause", "Fix"),
        ("Situation", "Explanation", "What to do"), ("Fault", "Origin", "Repair"),
        ("Observed", "Because", "Therefore"), ("Trouble", "Background", "Way out"),
        ("What happens", "Why", "How to solve it"),
    ),
    "zh": (
        ("问题", "原因", "解决方法"), ("现象", "成因", "处理"), ("故障", "根源", "修复"),
        ("情况", "解释", "做法"), ("症状", "缘由", "对策"), ("表现", "起因", "步骤"),
        ("异常", "来由", "排除"), ("困难", "背景", "办法"),
    ),
}  # fmt: skip
_SOLUTION_SHAPES = (
    "{label}{colon}{text}", "## {label}\n\n{text}", "### {label}\n{text}", "#### {label}\n\n{text}",
    "**{label}**\n{text}", "**{label}**{colon}{text}", "- {label}{colon}{text}", "* **{label}** {text}",
    "[{label}] {text}",
)  # fmt: skip
_GAPS = ("\n\n", "\n", "\n\n---\n\n")


@dataclass(frozen=True)
class Layout:
    """name: `SHAPE/VARIANT`, the template that a document has in tables; write: pairs to text."""

    name: str
    write: Callable[[list[Pair], str], str]

    @property
    def shape(self) -> str:
        return self.name.partition("/")[0]


def _plain(between: str) -> Callable[[Pair, int, str], str]:
    return lambda pair, number, language: f"{pair[0]}{between}{pair[1]}"


def _labelled(label: int, colon: str, bold: str) -> Callable[[Pair, int, str], str]:
    def one(pair: Pair, number: int, language: str) -> str:
        question, answer = _LABELS[language][label]
        sign = "：" if language == "zh" and colon == ": " else colon
        return (
            f"{bold}{question}{sign.rstrip()}{bold}{' ' if bold else sign[len(sign.rstrip()) :]}{pair[0]}\n"
            + (f"{bold}{answer}{sign.rstrip()}{bold}{' ' if bold else sign[len(sign.rstrip()) :]}{pair[1]}")
        )

    return one


def _bullet(mark: str, inner: str) -> Callable[[Pair, int, str], str]:
    return lambda pair, number, language: f"{mark} {pair[0]}\n  {inner}{pair[1]}"


def _heading(level: int, bold: str) -> Callable[[Pair, int, str], str]:
    return lambda pair, number, language: f"{'#' * level} {bold}{pair[0]}{bold}\n\n{pair[1]}"


def _numbered(mark: str, between: str) -> Callable[[Pair, int, str], str]:
    return lambda pair, number, language: f"{mark.format(number)} {pair[0]}{between}{pair[1]}"


def _bold(mark: str, between: str) -> Callable[[Pair, int, str], str]:
    return lambda pair, number, language: f"{mark}{pair[0]}{mark}{between}{pair[1]}"


def _dialogue(first: str, second: str) -> Callable[[Pair, int, str], str]:
    return lambda pair, number, language: f"{first}{pair[0]}\n{second}{pair[1]}"


def _row(edge: str, between: str) -> Callable[[Pair, int, str], str]:
    def one(pair: Pair, number: int, language: str) -> str:
        cells = (" ".join(side.split()).replace("|", "/") for side in pair)
        return f"{edge}{between.join(cells)}{edge[::-1]}"

    return one


def _each(one: Callable[[Pair, int, str], str], gap: str) -> Callable[[list[Pair], str], str]:
    return lambda pairs, language: gap.join(
        one(pair, number, language) for number, pair in enumerate(pairs, start=1)
    )


def _apart(mark: str, gap: str) -> Callable[[list[Pair], str], str]:
    """All questions, then all answers."""

    def write(pairs: list[Pair], language: str) -> str:
        sides = (
            "\n".join(f"{mark.format(number)} {pair[side]}" for number, pair in enumerate(pairs, start=1))
            for side in (0, 1)
        )
        return gap.join(sides)

    return write


def _all() -> tuple[Layout, ...]:
    shapes: dict[str, list[Callable[[Pair, int, str], str]]] = {
        "plain": [_plain(between) for between in ("\n", "\n\n", " ")],
        "labelled": [
            _labelled(label, colon, bold)
            for label, colon, bold in product(range(5), (": ", ". ", " — "), ("", "**"))
        ],
        "bullet": [_bullet(mark, inner) for mark, inner in product(("-", "*", "•"), ("", "→ "))],
        "heading": [_heading(level, bold) for level, bold in product((2, 3, 4), ("", "**"))],
        "numbered": [
            _numbered(mark, between)
            for mark, between in product(("{}.", "{})", "({})", "{}、"), ("\n", "\n   "))
        ],
        "bold": [_bold(mark, between) for mark, between in product(("**", "*", "__"), ("\n", "\n\n", " "))],
        "dialogue": [_dialogue(*marks) for marks in (("— ", "— "), ("> ", "\n"), ("– ", "– "), ("» ", "« "))],
        "row": [_row(*marks) for marks in (("| ", " | "), ("", "\t"), ("", " :: "), ("", " => "))],
        "definition": [_plain(between) for between in ("\n: ", "\n  ", "\n\t")],
    }
    found = [
        Layout(f"{shape}/{number}.{gap}", _each(one, text))
        for shape, variants in shapes.items()
        for number, one in enumerate(variants)
        for gap, text in enumerate(_GAPS)
    ]
    found += [
        Layout(f"apart/{number}.{gap}", _apart(mark, text))
        for number, mark in enumerate(("{}.", "{})", "({})", "-"))
        for gap, text in enumerate(_GAPS)
    ]
    return tuple(found)


LAYOUTS = _all()


def turn(place: int) -> Layout:
    """The layout of the document at a place in a shuffled order: all of them in turn, neighbours unlike."""
    step = 83  # Prime to their number, so that it visits each once in a round.
    return LAYOUTS[place * step % len(LAYOUTS)]


def solution(parts: list[str], place: int, language: str) -> tuple[str, str]:
    """A problem, its cause and its solution as text, and the template's name; empty parts are left out.

    Every tenth has no labels, so nothing in common with another; the rest take turns through 144 templates.
    """
    if place % 10 == 9:
        return "\n\n".join(part for part in parts if part.strip()), "solution/plain"
    number = place * 43 % (len(_SOLUTION_SHAPES) * 16)
    labels = _SOLUTION_LABELS[language][number % 8]
    gap = ("\n\n", "\n")[number // 8 % 2]
    shape = _SOLUTION_SHAPES[number // 16]
    colon = "：" if language == "zh" else ": "
    there = [(label, text) for label, text in zip(labels, parts, strict=True) if text.strip()]
    written = (shape.format(label=label, text=text, colon=colon) for label, text in there)
    return gap.join(written), f"solution/{number}"
