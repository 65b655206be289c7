"""Questions reworded by a language model: remembered wording is of no use. Optional.

A paraphrase is used only if it has all numbers, dates, names and citations of the question and no others,
keeps its blank, and is not the question itself. Rejected ones are left out of the reform and counted: a
changed number would make the gold answer wrong.
"""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel

from rewarm.evaluate.reform.option_match import plain
from rewarm.evaluate.reform.variant import Reform, Variant, of_variants
from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.item import BLANK, Item
from rewarm.llm.answer import Answer
from rewarm.llm.client import Client
from rewarm.llm.quoting import RULE, quoted
from rewarm.llm.request import Request
from rewarm.text.facts import facts, invented, kept

_PURPOSE = (
    "The material is an exam question. Ask the same question in other words and in the same language. Keep "
    "every number, name, date, unit, formula and negation, and the blank ____ if there is one. Do not answer "
    "it, and add nothing."
)
_KINDS = ("numbers", "dates", "citations", "names")


class Paraphrase(BaseModel):
    """The answer of the model."""

    question: str


def paraphrased(asked: Asked, client: Client) -> Reform:
    """The reform `paraphrase`. Raises what `Client.ask_all` raises."""
    found = reworded(asked.items, client)
    variant = Variant(replace(asked, items=list(found.values())), tuple(found))
    return of_variants("paraphrase", [variant], len(asked.items), "no paraphrase kept the question's facts")


def reworded(items: Sequence[Item], client: Client) -> dict[int, Item]:
    """By position the items whose paraphrase is faithful, in order. Raises what `Client.ask_all` raises."""
    found: dict[int, Item] = {}

    def done(number: int, answer: Answer) -> None:
        item = items[number]
        text = "" if answer.rejected else str(answer.data["question"]).strip()
        if faithful(item.question, text):
            found[number] = replace(item, question=text)

    client.ask_all(requests(items), done)
    return dict(sorted(found.items()))


def requests(items: Sequence[Item]) -> list[Request]:
    """One request per item, in order."""
    return [
        Request(f"{_PURPOSE}\n\n{RULE}", quoted(item.question), Paraphrase, max_tokens=1024) for item in items
    ]


def faithful(question: str, text: str) -> bool:
    """Whether a paraphrase keeps the facts of the question, invents none and is not the question itself."""
    if not text or plain(text) == plain(question) or text.count(BLANK) != question.count(BLANK):
        return False
    origin, found = facts(question), facts(text)
    return kept(origin, text, found) == 1.0 and not invented(origin, question, found, _KINDS)
